"""Hugging Face folders: what `transformers` saves is imported, pickles and strangers are not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from muse.bundle import load_bundle
from muse.importing.bundling import import_model
from muse.importing.folder import open_folder
from muse.works.base import WishError

from .making import byte_level_tokenizer, round_to_half, tiny_network

IDS = torch.randint(0, 400, (2, 40), generator=torch.Generator().manual_seed(7))
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 5000.0, "factor": 8.0, "low_freq_factor": 1.0,
    "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "llama": {},
    "llama, untied": {"tie_word_embeddings": False},
    "llama, stretched as Llama 3": {"rope_parameters": LLAMA3},
    "llama, stretched evenly": {
        "rope_parameters": {"rope_type": "linear", "rope_theta": 5000.0, "factor": 4.0}
    },
    "mistral": {"sliding_window": None},
    "qwen2": {},
    "qwen3": {},
}


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MUSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def saved(folder: Path, kind: str = "llama", shard: str = "1GB", **changes: Any) -> Any:
    """Save a tiny network and a tokenizer as `transformers` does; returns the network."""
    network = tiny_network(kind, **changes)
    network.save_pretrained(folder, max_shard_size=shard)
    byte_level_tokenizer("smollm").save(str(folder / "tokenizer.json"))
    return network


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hf") / "tiny"
    saved(folder)
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "tiny"))


def equal_logits(folder: Path, network: Any) -> None:
    ours = load_bundle(import_model(folder)).network()
    round_to_half(network)
    with torch.no_grad():
        torch.testing.assert_close(ours(IDS), network(IDS).logits, rtol=0, atol=2e-4)


@pytest.mark.parametrize("case", KINDS)
def test_logits_are_those_of_transformers(tmp_path: Path, case: str) -> None:
    network = saved(tmp_path / "tiny", case.partition(",")[0], **KINDS[case])
    equal_logits(tmp_path / "tiny", network)


def test_parts_are_one_network(tmp_path: Path) -> None:
    network = saved(tmp_path / "tiny", shard="60KB", tie_word_embeddings=False)
    assert len(list((tmp_path / "tiny").glob("model-*.safetensors"))) > 2
    assert not (tmp_path / "tiny" / "model.safetensors").exists()
    equal_logits(tmp_path / "tiny", network)


def test_half_precisions_are_read(tmp_path: Path) -> None:
    for kind in (torch.bfloat16, torch.float16):
        network = tiny_network().to(kind)
        network.save_pretrained(tmp_path / str(kind))
        byte_level_tokenizer().save(str(tmp_path / str(kind) / "tokenizer.json"))
        checkpoint = open_folder(tmp_path / str(kind))
        name = "model.layers.1.mlp.up_proj.weight"
        assert torch.equal(checkpoint.read(name), network.state_dict()[name].half())


def test_older_configs_say_the_same_in_other_words(folder: Path) -> None:
    """Before transformers 5, rotary settings stood beside the rest, and `type` was their name."""
    config = json.loads((folder / "config.json").read_text())
    rope = config.pop("rope_parameters")
    config |= {"rope_theta": rope["rope_theta"], "rope_scaling": {"type": "linear", "factor": 2.0}}
    (folder / "config.json").write_text(json.dumps(config | {"head_dim": None, "hidden_size": 128}))
    with pytest.raises(WishError, match="is not"):
        open_folder(folder)
    (folder / "config.json").write_text(json.dumps(config))
    found = open_folder(folder).config
    assert found.rope_theta == 5000.0 and found.rope_scaling is not None
    assert found.rope_scaling.factor == 2.0


def test_marks_settings_licence_and_template_are_taken(folder: Path) -> None:
    (folder / "generation_config.json").write_text(json.dumps(
        {"eos_token_id": [0, 7], "pad_token_id": 10**9, "temperature": 0.6, "top_k": True, "top_p": 3}
    ))  # fmt: skip
    (folder / "tokenizer_config.json").write_text('{"chat_template": "{{ messages }}"}')
    (folder / "README.md").write_text(
        '---\nlicense: apache-2.0\nlicense_link: "https://x.org/`l`"\nbase_model: a/b\n---\n# T\n'
    )
    found = open_folder(folder)
    assert found.marks == {"bos_token_id": 0, "eos_token_id": [0, 7], "temperature": 0.6}
    assert found.chat_template == "{{ messages }}"
    assert found.origin["licence"] == "apache-2.0" and found.origin["base_model"] == "a/b"
    assert found.origin["licence_link"] == "https://x.org/'l'"


def config(**changes: Any) -> Callable[[Path], object]:
    def act(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return act


def weights(change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> Any:
    def act(folder: Path) -> None:
        path = folder / "model.safetensors"
        save_file(change(load_file(path)), path)

    return act


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def index(**files: str) -> Callable[[Path], object]:
    def act(folder: Path) -> None:
        (folder / "model.safetensors").rename(folder.parent / "model.safetensors")
        table = {"weight_map": {name.replace("__", "."): file for name, file in files.items()}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(table))

    return act


NORM = "model.norm.weight"
WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "no config": (lambda f: (f / "config.json").unlink(), "cannot read .*config.json"),
    "a config that is no JSON": (lambda f: (f / "config.json").write_text("{"), "is no JSON"),
    "a config that is a list": (lambda f: (f / "config.json").write_text("[]"), "holds no table"),
    "nested JSON": (lambda f: (f / "config.json").write_text("[" * 90_000), "is no JSON"),
    "another network": (config(model_type="gpt2"), "model_type is 'gpt2'; the decoder takes llama"),
    "a part of a network": (config(hidden_size=None), "hidden_size: missing"),
    "quantised": (config(quantization_config={"bits": 4}), "quantization_config: these weights"),
    "biases": (config(attention_bias=True), "attention_bias: the decoder has no such kind"),
    "a window": (
        config(model_type="mistral", sliding_window=4096), "sliding_window: the decoder has no such"
    ),
    "windows by layer": (config(layer_types=["full_attention", "sliding_attention"]), "layer_types"),
    "half-turned heads": (config(partial_rotary_factor=0.5), "partial_rotary_factor"),
    "yarn": (config(rope_parameters={"rope_type": "yarn", "factor": 4}), "rope_type is 'yarn'"),
    "a list for a table": (config(rope_parameters=[1]), "rope_scaling is .1.; it must be a table"),
    "no factor": (config(rope_parameters={"rope_type": "linear"}), "factor is None; it must be"),
    "another depth": (config(num_hidden_layers=3), "tensor model.layers.2.* is missing"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "has no model.safetensors"),
    "a pickle": (pickled, r"as pickle \('pytorch_model.bin'\), which can run any code"),
    "a pickle by name": (
        lambda f: (f / "model.safetensors").write_bytes(b"\x80\x04." * 99), "cannot read .*model"
    ),
    "a missing tensor": (weights(lambda w: {k: w[k] for k in w if k != NORM}), f"{NORM} is missing"),
    "another shape": (weights(lambda w: w | {NORM: torch.ones(3)}), f"tensor {NORM} is not"),
    "a part more": (weights(lambda w: w | {"adapter": torch.ones(3)}), "'adapter' has no place"),
    "whole numbers": (
        weights(lambda w: w | {NORM: torch.ones(64, dtype=torch.int8)}), "is of type 'I8'; Muse takes"
    ),
    "no number": (
        weights(lambda w: w | {NORM: torch.full((64,), torch.nan)}), "beyond half precision"
    ),
    "parts elsewhere": (index(model__norm__weight="../model.safetensors"), "is no name of a saf"),
    "hidden parts": (index(model__norm__weight="..safetensors"), "is no name of a safetensors"),
    "parts by path": (index(model__norm__weight="/etc/passwd"), "'/etc/passwd' is no name"),
    "parts that are not there": (index(model__norm__weight="a.safetensors"), "cannot read .*a.saf"),
    "an index of nothing": (index(), "weight_map names no files"),
    "no tokenizer": (lambda f: (f / "tokenizer.json").unlink(), "has no tokenizer.json; transformers"),
    "another tokenizer": (
        lambda f: byte_level_tokenizer(size=480).save(str(f / "tokenizer.json")), "of another model"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "words"), WRONG.values(), ids=WRONG)
def test_other_folders_are_refused(
    folder: Path, shelf: Path, damage: Callable[[Path], object], words: str
) -> None:
    damage(folder)
    with pytest.raises(WishError, match=words) as raised:
        import_model(folder)
    assert "\n" not in str(raised.value) and "tiny" in str(raised.value)
    assert not shelf.exists() or not list(shelf.iterdir()), "nothing is left behind"


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    file=st.sampled_from(["config.json", "model.safetensors", "generation_config.json"]),
    changes=st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_changed_files_are_read_or_refused(
    folder: Path, template: Path, file: str, changes: list[tuple[int, int]]
) -> None:
    data = bytearray((template / file).read_bytes())
    for place, value in changes:
        data[place % len(data)] = value
    (folder / file).write_bytes(data)
    try:
        checkpoint = open_folder(folder)
        checkpoint.read(NORM)
    except WishError as error:
        assert "\n" not in str(error) and len(str(error)) < 1000
    (folder / file).write_bytes((template / file).read_bytes())
