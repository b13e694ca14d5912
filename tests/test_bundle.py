"""Bundles: what is saved is loaded, and nothing else is."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from muse import hub
from muse.bundle import Bundle, load_bundle, save_bundle
from muse.models.decoder import Decoder, DecoderConfig
from muse.tokens.melody import melody_vocabulary
from muse.works.base import WishError


def decoder(**changes: Any) -> Decoder:
    shape = {
        "vocab_size": len(melody_vocabulary()), "hidden_size": 16, "intermediate_size": 24,
        "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8,
    }  # fmt: skip
    torch.manual_seed(0)
    return Decoder(DecoderConfig(**(shape | changes)))


def saved(folder: Path, kind: str = "melody", **changes: Any) -> Decoder:
    model = decoder(**changes)
    save_bundle(
        folder, kind=kind, config=model.config, weights=model.state_dict(),
        about={"version": "4", "licence": "CC0", "figures": {"nats/token": 0.5}},
        sampling={"temperature": 0.9}, card="# A card\n",
    )  # fmt: skip
    return model


@pytest.mark.parametrize("kind", ["melody", "chorale"])
@pytest.mark.parametrize("changes", [{}, {"tie_word_embeddings": False}, {"qk_norm": False}])
def test_round_trip(tmp_path: Path, kind: str, changes: dict[str, Any]) -> None:
    model = saved(tmp_path / "b", kind, **changes)
    found = load_bundle(tmp_path / "b", "name")
    assert isinstance(found, Bundle)
    assert (found.name, found.kind, found.version) == ("name", kind, "4")
    network = found.network()
    assert found.folder == tmp_path / "b" and network.config == model.config
    assert found.about["licence"] == "CC0" and found.about["figures"] == {"nats/token": 0.5}
    assert found.sampling == {"bos_token_id": 1, "eos_token_id": 2, "temperature": 0.9}
    assert not network.training
    for name, tensor in model.state_dict().items():
        kept = network.state_dict()[name]
        assert torch.equal(kept, tensor.half().float()), name
    assert not any(parameter.requires_grad for parameter in network.parameters())
    ids = torch.randint(0, 600, (1, 20))
    half = decoder(**changes)
    half.load_state_dict({k: v.half().float() for k, v in model.state_dict().items()})
    torch.testing.assert_close(network(ids), half.eval()(ids))
    for engine in ("torch", "auto"):
        drawing = load_bundle(tmp_path / "b", engine=engine).model
        scores = drawing.scores(ids.numpy(), drawing.new_cache(1, 20))
        np.testing.assert_allclose(scores, half(ids)[:, -1].detach(), rtol=0, atol=1e-4)


def test_the_folder_holds_data_alone(tmp_path: Path) -> None:
    saved(tmp_path / "b")
    names = {str(p.relative_to(tmp_path / "b")) for p in (tmp_path / "b").rglob("*") if p.is_file()}
    assert names == {
        "config.json", "generation_config.json", "model.safetensors", "README.md",
        "tokenizer/vocab.json", "tokenizer/tokenizer.json",
    }  # fmt: skip
    keys = json.loads((tmp_path / "b" / "config.json").read_text())
    assert (keys["model_type"], keys["eos_token_id"]) == ("qwen3", 2)
    assert "lm_head.weight" not in load_file(tmp_path / "b" / "model.safetensors")
    assert load_bundle(tmp_path / "b").name == "b"


def edit_json(path: Path, change: Callable[[Any], Any]) -> None:
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


def edit_weights(folder: Path, change: Callable[[dict], dict]) -> None:
    """Change the weights and their checksum."""
    import hashlib

    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    edit_json(folder / "config.json", lambda k: k | {"muse": k["muse"] | {"sha256": digest}})


def flip_a_byte(folder: Path) -> None:
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


class Bomb:
    """What a hostile pickle would do."""

    def __reduce__(self) -> tuple:
        return (Path.touch, (Path("exploded"),))


def put_a_pickle(folder: Path) -> None:
    data = pickle.dumps(Bomb())
    (folder / "model.safetensors").write_bytes(data)
    edit_json(folder / "config.json", lambda k: k | {"muse": {"kind": "melody", "version": "1"}})


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: edit_weights(
        folder, lambda w: {k: v for k, v in w.items() if k != name}
    )  # fmt: skip


def config(**changes: Any) -> Callable[[Path], None]:
    return lambda folder: edit_json(folder / "config.json", lambda k: k | changes)


def muse_section(**changes: Any) -> Callable[[Path], None]:
    return lambda folder: edit_json(
        folder / "config.json", lambda k: k | {"muse": k["muse"] | changes}
    )


NORM = "model.layers.0.input_layernorm.weight"
DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a changed byte": (flip_a_byte, "checksum is not the recorded one"),
    "another checksum": (muse_section(sha256="0" * 64), "checksum"),
    "a missing tensor": (without(NORM), f"tensor {NORM} is missing"),
    "missing tied weights": (without("model.embed_tokens.weight"), "embed_tokens.weight is missing"),
    "a tensor of another shape": (
        lambda f: edit_weights(f, lambda w: w | {NORM: torch.ones(99)}), f"{NORM} is missing or not"
    ),
    "a pickle": (put_a_pickle, "model.safetensors"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "cannot read .*model.safetensors"),
    "cut weights": (
        lambda f: (f / "model.safetensors").write_bytes((f / "model.safetensors").read_bytes()[:50]),
        "model.safetensors",
    ),
    "a wrong kind": (muse_section(kind="os.system"), "no bundle of Muse; kinds are"),
    "no kind": (lambda f: edit_json(f / "config.json", lambda k: k | {"muse": {}}), "no bundle"),
    "no section of Muse": (
        lambda f: edit_json(f / "config.json", lambda k: {n: v for n, v in k.items() if n != "muse"}),
        "no bundle of Muse",
    ),
    "a config that is a list": (lambda f: edit_json(f / "config.json", lambda k: [k]), "config.json"),
    "a config that is no JSON": (lambda f: (f / "config.json").write_text("{"), "cannot read .*config"),
    "no config": (lambda f: (f / "config.json").unlink(), "cannot read .*config.json"),
    "another network": (config(model_type="gpt2"), "config.json: model_type"),
    "absurd layers": (config(num_hidden_layers=10**8), "config.json: num_hidden_layers"),
    "another vocabulary size": (config(vocab_size=600), "vocab_size is not the number of tokens"),
    "tokens of another version": (
        lambda f: edit_json(f / "tokenizer" / "vocab.json", lambda names: names[::-1]),
        "tokens are of another version",
    ),
    "tokens that are a number": (
        lambda f: (f / "tokenizer" / "vocab.json").write_text("7"), "vocab.json|tokens"
    ),
    "no tokens": (lambda f: (f / "tokenizer" / "vocab.json").unlink(), "cannot read .*vocab.json"),
    "nested JSON": (lambda f: (f / "config.json").write_text("[" * 90_000), "cannot read"),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "words"), DAMAGES.values(), ids=DAMAGES)
def test_damaged_bundles_are_refused(
    tmp_path: Path, monkeypatch, damage: Callable[[Path], object], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path / "b")
    damage(tmp_path / "b")
    with pytest.raises(WishError, match=words) as raised:
        load_bundle(tmp_path / "b")
    assert "\n" not in str(raised.value)
    assert not Path("exploded").exists(), "no pickle is ever read"


def test_bundles_are_found_by_name_path_and_home(tmp_path: Path, monkeypatch) -> None:
    saved(tmp_path / "home" / "mine")
    monkeypatch.setenv("MUSE_HOME", str(tmp_path / "home"))
    assert hub.find_bundle("mine") == tmp_path / "home" / "mine"
    assert hub.bundle_folders()["mine"] == tmp_path / "home" / "mine"
    assert hub.find_bundle(str(tmp_path / "home" / "mine")) == tmp_path / "home" / "mine"
    for name, words in [
        ("other", "no bundle named 'other'; there are: .*mine"),
        (str(tmp_path), "no bundle in the folder"),
        ("../home", "no bundle in the folder"),
        ("", "no bundle named ''"),
    ]:
        with pytest.raises(WishError, match=words):
            hub.find_bundle(name)
