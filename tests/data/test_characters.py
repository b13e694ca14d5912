"""Texts as shards and windows: every character once an epoch, the same rows for a seed."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from muse.data.characters import WindowLoader, prepare_characters, text_draw, write_corpus
from muse.data.shards import Shard
from muse.data.texts import Corpus, Text, in_two
from muse.tokens.characters import load_characters
from muse.works.base import WishError

IDS = np.random.default_rng(0).integers(4, 30, 2000)


def loader(**changes: int) -> WindowLoader:
    return WindowLoader(IDS, **({"rows": 4, "length": 32, "seed": 5} | changes))


def rows_of(loader: WindowLoader, steps: int, first: int = 0) -> list[bytes]:
    return [row.tobytes() for batch in islice(loader.batches(first), steps) for row in batch.ids]


def test_windows_are_the_same_for_a_seed_and_others_for_another() -> None:
    assert rows_of(loader(), 40) == rows_of(loader(), 40)
    assert rows_of(loader(), 40) != rows_of(loader(seed=6), 40)


@pytest.mark.parametrize("first", [1, 14, 15, 16, 37])
def test_windows_go_on_at_any_step(first: int) -> None:
    assert len(loader().starts(0)) // 4 == 15, "the steps that are tried lie in several epochs"
    assert rows_of(loader(), 40)[4 * first :] == rows_of(loader(), 40 - first, first)


def test_ranks_share_the_windows_of_a_step() -> None:
    whole = rows_of(loader(), 20)
    ranks = [rows_of(loader(rank=rank, world=2), 20) for rank in range(2)]
    for step in range(20):
        halves = [rank[2 * step : 2 * step + 2] for rank in ranks]
        assert sorted(halves[0] + halves[1]) == sorted(whole[4 * step : 4 * step + 4])
        assert not set(halves[0]) & set(halves[1])
    with pytest.raises(ValueError, match="do not divide"):
        loader(world=3)


def test_an_epoch_has_each_target_once_and_windows_are_runs_of_the_text() -> None:
    firsts = set()
    for epoch in range(20):
        starts = loader().starts(epoch)
        targets = sorted(place for start in starts for place in range(start + 1, start + 33))
        assert len(set(targets)) == len(targets) > len(IDS) - 64
        assert targets[-1] < len(IDS)
        assert starts.tolist() != sorted(starts), "in random order"
        firsts.add(min(starts))
    assert len(firsts) > 10, "epochs cut the text at different places"
    batch = next(loader().batches())
    assert batch.ids.shape == (4, 33) and not batch.pieces.any()
    start = loader().starts(0)[0]
    assert (batch.ids[0] == IDS[start : start + 33]).all()


def test_a_text_that_fills_no_step_is_refused() -> None:
    with pytest.raises(ValueError, match="too few for 70 windows of 32"):
        loader(rows=70)


def test_long_poems_are_cut_from_anywhere() -> None:
    rng, piece = np.random.default_rng(0), np.arange(50)
    assert text_draw(piece, 60, rng) == piece.tolist() == text_draw(piece, 50, rng)
    drawn = [text_draw(piece, 20, rng) for _ in range(300)]
    assert all(ids == list(range(ids[0], ids[0] + 20)) for ids in drawn)
    assert {ids[0] for ids in drawn} == set(range(31))


def test_a_text_is_cut_in_two_and_written(tmp_path: Path) -> None:
    text = "to be or not to be " * 10 + "whether"
    splits = in_two(text, "hamlet")
    assert (splits["train"][0].characters, splits["valid"][0].characters) == (
        text[:177], text[177:]
    )  # fmt: skip
    report = write_corpus(Corpus(splits, {"hamlet": {"licence": "public domain"}}), tmp_path)
    # "whether" has an h and a w that the training text does not.
    assert report["valid"] == {"texts": 1, "characters": 20, "unknown characters": 3}
    tokenizer, shard = load_characters(tmp_path / "characters.json"), Shard(tmp_path / "train.bin")
    assert tokenizer.vocabulary.names[4:] == tuple(" benort")
    assert len(shard) == 1 and tokenizer.decode(shard[0]) == text[:177]
    assert shard.index.vocabulary == len(tokenizer.vocabulary)
    assert shard.index.tokenizer == "characters"
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["splits"] == report and told["sources"]["hamlet"]["licence"] == "public domain"


def test_texts_beside_the_tables_bring_no_characters(tmp_path: Path) -> None:
    own, other = Text("aabbc", "1", "own"), Text("aaxx", "2", "beside", "Other")
    report = write_corpus(
        Corpus({"train": [own, other], "valid": [Text("abx", "3", "own")]}, fewest=2), tmp_path
    )
    tokenizer = load_characters(tmp_path / "characters.json")
    names, shard = tokenizer.vocabulary.names, Shard(tmp_path / "train.bin")
    assert names[4:] == ("a", "b")
    assert [names[i] for i in shard[0]] == ["BOS", "a", "a", "b", "b", "UNK"]
    assert [names[i] for i in shard[1]] == ["Other", "a", "a", "UNK", "UNK"]
    assert report["train"]["unknown characters"] == 3 and report["valid"]["unknown characters"] == 1


def test_other_texts_than_the_published_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WishError, match=r"no input\.txt of char-rnn below"):
        prepare_characters("tinyshakespeare", tmp_path, tmp_path / "out")
    (tmp_path / "input.txt").write_text("First Citizen:\nBefore we proceed any further")
    with pytest.raises(WishError, match=r"github\.com/karpathy/char-rnn"):
        prepare_characters("tinyshakespeare", tmp_path, tmp_path / "out")
    with pytest.raises(WishError, match="'hamlet'; there are: tinyshakespeare songci"):
        prepare_characters("hamlet", tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
