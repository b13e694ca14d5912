"""`muse import-model`: a checkpoint of others becomes a bundle, and writes as it did before."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from muse.bundle import load_bundle
from muse.cli import run
from muse.hub import find_bundle
from muse.importing import bundling
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import draw, generators
from muse.sampling.policies import Temperature, standard_policies
from muse.works.base import WishError

from .making import SPECIAL, TEXTS, byte_level_tokenizer, round_to_half, tiny_gguf, tiny_network

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf(
        tmp_path_factory.mktemp("gguf") / "Tiny Model.Q8_0.gguf", kind="Q8_0",
        **{"general.author": "A `poet`\n\x1b[2J| of\u2028 words", "general.source.url": "https://x.org"},
    )  # fmt: skip


@pytest.fixture
def muse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Call:
    """`muse ...` with an empty shelf: exit code, stdout, stderr."""
    monkeypatch.setenv("MUSE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code = run(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_a_file_becomes_a_bundle_that_is_listed(muse: Call, path: Path) -> None:
    code, out, err = muse("import-model", str(path), "--name", "tiny")
    assert (code, out, err) == (0, "home/tiny\n".replace("home", str(Path("home").resolve())), "")
    files = {str(p.relative_to("home/tiny")) for p in Path("home/tiny").rglob("*") if p.is_file()}
    assert files == {
        "config.json", "generation_config.json", "model.safetensors", "README.md",
        "tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json",
    }  # fmt: skip
    assert {stat.S_IMODE(Path("home/tiny", name).stat().st_mode) for name in files} == {
        stat.S_IMODE(Path("home/tiny/README.md").stat().st_mode)
    }
    assert [p.name for p in Path("home").iterdir()] == ["tiny"], "nothing is left beside it"
    code, out, _ = muse("models")
    assert code == 0 and "tiny       language version 1" in out
    found = {each["name"]: each for each in json.loads(muse("models", "--json")[1])}["tiny"]
    assert found["kind"] == "language" and found["licence"] == "cc0-1.0"
    assert found["origin"]["source"] == "https://x.org" and len(found["origin"]["sha256"]) == 64
    assert found["origin"]["format"] == "GGUF (Q8_0 x 15, F32 x 5)"


def test_the_card_tells_origin_and_licence_and_nothing_else(muse: Call, path: Path) -> None:
    muse("import-model", str(path), "--name", "tiny")
    card = Path("home/tiny/README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: cc0-1.0\n") and "| licence | `cc0-1.0` |" in card
    assert "| author | `A 'poet' [2J/ of words` |" in card, "one cell, no control characters"
    assert "| file | `Tiny Model.Q8_0.gguf` |" in card
    count = load_bundle(Path("home/tiny")).network().parameter_count
    assert f"{count:,} parameters: 2 layers of width 64" in card


def test_without_a_licence_the_card_says_so(muse: Call, tmp_path: Path) -> None:
    tiny_gguf(tmp_path / "a.gguf", **{"general.license": ""})
    muse("import-model", "a.gguf")
    card = Path("home/a/README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: other\n") and "states no licence" in card
    assert json.loads(muse("models", "--json")[1])[0]["licence"] == "not stated in the file"


def test_names(muse: Call, path: Path) -> None:
    assert muse("import-model", str(path))[0] == 0
    assert Path("home/Tiny-Model.Q8_0/config.json").is_file()
    for name in ("Tiny-Model.Q8_0", "melody"):
        code, _, err = muse("import-model", str(path), "--name", name)
        assert code == 2 and f"there is a bundle named {name} already" in err
    for name in ("../x", ".hidden", "a/b", "a b", "-x", "x" * 200):
        code, _, err = muse("import-model", str(path), f"--name={name}")
        assert code == 2 and "a bundle's name is letters" in err and err.count("\n") == 1
    assert sorted(p.name for p in Path().iterdir()) == ["home"]


def test_without_a_home_of_its_own(path: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("MUSE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert bundling.import_model(path, "tiny") == tmp_path / ".muse" / "tiny"
    assert find_bundle("tiny") == tmp_path / ".muse" / "tiny"


REFUSED = {
    "model.bin": "is a pickle, which can run any code",
    "model.pth": "is a pickle",
    "model.safetensors": "holds weights alone; give the folder",
    "none.gguf": "cannot read none.gguf: No such file",
    "text.gguf": "does not begin with GGUF",
}


@pytest.mark.parametrize(("name", "words"), REFUSED.items(), ids=REFUSED)
def test_other_files_are_refused(muse: Call, name: str, words: str) -> None:
    if not name.startswith("none"):
        Path(name).write_bytes(b"x" * 99)
    code, out, err = muse("import-model", name)
    assert (code, out) == (2, "") and words in err and err.count("\n") == 1
    assert not Path("home").exists()


def test_a_bundle_appears_whole_or_not_at_all(muse: Call, path: Path, monkeypatch) -> None:
    def full(*arguments: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("muse.bundle_files.save_file", full)
    code, _, err = muse("import-model", str(path), "--name", "tiny")
    assert code == 2 and "No space left on device" in err and err.count("\n") == 1
    assert list(Path("home").iterdir()) == []


@pytest.mark.parametrize("missing", ["gguf", "tokenizers"])
def test_what_is_missing_is_named(muse: Call, path: Path, monkeypatch, missing: str) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    code, _, err = muse("import-model", str(path), "--name", "tiny")
    assert code == 2 and "pip install 'muse-engine[import]'" in err and err.count("\n") == 1


def test_tokens_of_another_model_are_refused(muse: Call, path: Path) -> None:
    muse("import-model", str(path), "--name", "tiny")
    byte_level_tokenizer(size=500).save("home/tiny/tokenizer/tokenizer.json")
    with pytest.raises(WishError, match="it is of another model"):
        load_bundle(Path("home/tiny"))
    Path("home/tiny/tokenizer/tokenizer.json").unlink()
    with pytest.raises(WishError, match=r"cannot read .*tokenizer.json"):
        load_bundle(Path("home/tiny"))


def test_it_writes_as_transformers_does(muse: Call, tmp_path: Path) -> None:
    """Greedy tokens with Muse's sampler and cache are those of `generate`."""
    network = tiny_network()
    tiny_gguf(tmp_path / "a.gguf", network)
    muse("import-model", "a.gguf")
    bundle = load_bundle(find_bundle("a"))
    assert bundle.tokenizer is not None and bundle.sampling["eos_token_id"] == 0
    ids = bundle.tokenizer.encode(TEXTS[0])
    sampler = Autoregressive(40, policies=(Temperature(0.0),))
    ours = draw(sampler, bundle.model, np.array([ids]), rng=generators(1, 1))
    round_to_half(network)
    theirs = network.generate(
        torch.tensor([ids]), max_new_tokens=40, min_new_tokens=40, do_sample=False,
        eos_token_id=None,
    )  # fmt: skip
    assert ours.tolist() == theirs.tolist()
    assert bundle.tokenizer.decode(ours[0].tolist()).startswith(TEXTS[0])


def test_seeds_variations_and_locks_hold_as_for_muses_own(muse: Call, path: Path) -> None:
    from muse.grammar.base import Slots

    muse("import-model", str(path), "--name", "tiny")
    bundle = load_bundle(find_bundle("tiny"))
    assert bundle.tokenizer is not None
    prompt = np.array([bundle.tokenizer.encode("the sea")])
    free = Autoregressive(12, policies=standard_policies(0.9, top_p=0.95))
    many = draw(free, bundle.model, prompt, rng=generators(5, 3))
    alone = draw(free, bundle.model, prompt, rng=generators(5, 1, first=2))
    assert many[2:].tolist() == alone.tolist() and many[0].tolist() != many[1].tolist()
    locked = bundle.tokenizer.encode("love")
    slots = Slots(
        len(bundle.tokenizer), tuple([id] for id in locked), bundle.tokenizer.vocabulary[SPECIAL]
    )
    found = draw(
        Autoregressive(12, stop=0, grammar=slots), bundle.model, prompt, rng=generators(1, 1)
    )
    assert bundle.tokenizer.decode(found[0].tolist()) == "the sealove"


def test_an_exported_bundle_loads_in_transformers(muse: Call, path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    muse("import-model", str(path), "--name", "tiny")
    assert muse("export", "tiny", "out")[0] == 0
    theirs = AutoModelForCausalLM.from_pretrained("out", dtype=torch.float32).eval()
    bundle = load_bundle(find_bundle("tiny"))
    ids = torch.arange(40)[None]
    with torch.no_grad():
        torch.testing.assert_close(theirs(ids).logits, bundle.network()(ids), rtol=0, atol=1e-4)
    tokenizer = AutoTokenizer.from_pretrained("out")
    assert bundle.tokenizer is not None and tokenizer.eos_token == SPECIAL
    for text in TEXTS[:-1]:
        ids_ = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert ids_ == bundle.tokenizer.encode(text)


def test_no_maker_takes_it_for_a_composer(muse: Call, path: Path) -> None:
    muse("import-model", str(path), "--name", "tiny")
    code, _, err = muse("melody", "--bars", "2", "--model", "tiny")
    assert code == 2 and "tiny" in err and "language" in err and err.count("\n") == 1
