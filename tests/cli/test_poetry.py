"""`muse poem` and `muse redo` as their user sees them, with an untrained network in a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from muse.bundle import save_bundle
from muse.cli import main
from muse.evaluate.chinese_form import faults_of
from muse.hub import tokenizer_path
from muse.models.decoder import Decoder, DecoderConfig
from muse.tokens.text import load_pieces
from muse.works.formats import open_work
from muse.works.poem import Poem


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An untrained bundle `verse-zh` in a shelf of its own, and an empty folder to work in."""
    path = tokenizer_path("chinese")
    config = DecoderConfig(
        vocab_size=len(load_pieces(path)), hidden_size=16, intermediate_size=16, head_dim=8,
        num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1,
        max_position_embeddings=512,
    )  # fmt: skip
    torch.manual_seed(0)
    save_bundle(
        tmp_path / "shelf" / "verse-zh", kind="verse-zh", config=config, card="untrained",
        weights=Decoder(config).state_dict(), about={"version": "0", "licence": "MIT"},
        sampling={}, pieces=path,
    )  # fmt: skip
    monkeypatch.setenv("MUSE_HOME", str(tmp_path / "shelf"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def call(*words: str) -> int:
    try:
        return main(list(words)) or 0
    except SystemExit as end:
        return int(end.code or 0)


def test_a_poem_is_written_redone_and_made_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        call("poem", "春江", "--form", "七绝", "--seed", "3", "-o", "poem.txt", "-o", "p.html") == 0
    )
    poem = open_work("poem.txt")
    assert isinstance(poem, Poem)
    assert faults_of(poem) == []
    assert poem.provenance["model"] == "verse-zh 0" and poem.provenance["seed"] == 3
    assert "春江" in Path("p.html").read_text("utf-8")
    assert call("regrow", "poem.txt") == 0
    assert "the same, word for word" in capsys.readouterr().err
    assert call("redo", "poem.txt", "--line", "3", "--alternatives", "2", "-o", "new.json") == 0
    for number in (1, 2):
        again = open_work(f"new-{number}.json")
        assert isinstance(again, Poem)
        assert [n for n in range(4) if again.lines[n] != poem.lines[n]] in ([2], [])
        assert faults_of(again) == []
        assert call("regrow", f"new-{number}.json") == 0


def test_alternatives_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    call("poem", "--form", "五绝", "-o", "poem.txt")
    capsys.readouterr()
    assert call("redo", "poem.txt", "--line", "2", "--alternatives", "3") == 0
    shown = capsys.readouterr().out
    assert all(f"{number})" in shown for number in (1, 2, 3))


def test_a_poem_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("poem", "明月", "--form", "浣溪沙", "--json", "--variations", "2") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == 2 and found[0]["form"] == "浣溪沙"


@pytest.mark.parametrize(
    "words",
    [
        ("poem", "春江", "--form", "没有"),
        ("poem", "春江", "--form", "七绝", "-o", "poem.mid"),
        ("poem", "春江", "--lock", "三:明月"),
        ("poem", "春江", "--lock", "1:明月", "--lock", "1:江水"),
        ("poem", "winter sea", "--form", "七绝", "--model", "verse-en"),
        ("redo", "nothing.txt", "--line", "1"),
    ],
)
def test_wrong_wishes_are_one_line(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1 and told.err.startswith("muse")
    assert not list(Path().iterdir())
