"""Learning characters: windows of one text or packed poems, measured in nats a character."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from muse.cli import run
from muse.data.characters import VOCABULARY, text_draw, write_corpus
from muse.data.loader import Batch
from muse.data.texts import Corpus, Text, in_two
from muse.evaluate.characters import character_score
from muse.evaluate.likelihood import network_nats
from muse.train.checkpoint import load_checkpoint
from muse.train.kinds import decoder_config
from muse.train.objectives import CharactersObjective
from muse.train.run import train
from muse.train.shard import Place
from muse.works.base import WishError

from .toys import read_log, toy_recipe, write_recipe

LINES = ["the sea, the sea\n", "a ship on the sea\n", "the ship is old\n"]


def verses(count: int, seed: int) -> str:
    rng = np.random.default_rng(seed)
    return "".join(LINES[place] for place in rng.integers(0, 3, count))


def one_text(folder: Path) -> Path:
    """Shards of one long text, cut in two."""
    write_corpus(Corpus(in_two(verses(300, 0), "sea")), folder)
    return folder


def poems(folder: Path) -> Path:
    """Shards of many poems."""
    splits = {
        split: [Text(verses(1 + n % 4, n), str(n), "sea") for n in numbers]
        for split, numbers in (("train", range(150)), ("valid", range(200, 212)))
    }
    write_corpus(Corpus(splits), folder)
    return folder


def objective(folder: Path) -> CharactersObjective:
    recipe = toy_recipe(folder, kind="characters")
    return CharactersObjective(decoder_config(recipe), folder, text_draw, rows=4, length=64, seed=0)


@pytest.mark.parametrize("shards", [one_text, poems])
def test_a_run_drives_its_losses_down_and_goes_on(shards, tmp_path: Path) -> None:
    folder = shards(tmp_path / "shards")
    changes = {"kind": "characters", "length": 64, "steps": 40, "evaluate_every": 20}
    recipe = toy_recipe(folder, **changes)
    measures = train(recipe, tmp_path)
    log = read_log(tmp_path / "toy")
    assert log[0]["loss"] > 2 and log[-1]["loss"] < 0.9
    held_out = [line["held_out"]["nats/character"] for line in log if "held_out" in line]
    assert held_out[-1] < held_out[0] and measures == {"nats/character": held_out[-1]}
    again = toy_recipe(folder, name="again", **changes)
    train(again, tmp_path, stop_at=13)
    train(again, tmp_path)
    assert read_log(tmp_path / "again") == log


def test_one_text_is_shown_as_windows_and_poems_as_packed_rows(tmp_path: Path) -> None:
    windows = next(objective(one_text(tmp_path / "one")).batches(0, Place()))
    assert windows.ids.shape == (4, 65) and not windows.pieces.any()
    batches = objective(poems(tmp_path / "many")).batches(0, Place())
    packed = [next(batches) for _ in range(4)]
    assert {batch.ids.shape for batch in packed} == {(4, 65)}
    assert max(batch.pieces.max() for batch in packed) >= 2


def test_batches_continue_and_differ_by_rank(tmp_path: Path) -> None:
    learned = objective(one_text(tmp_path))
    whole = learned.batches(0, Place())
    first, second = next(whole), next(whole)
    assert (next(learned.batches(1, Place())).ids == second.ids).all()
    halves = [next(learned.batches(0, Place(rank, 2))).ids for rank in range(2)]
    assert {tuple(row) for row in first.ids} == {tuple(row) for half in halves for row in half}


def test_loss_without_a_mask_is_the_loss_with_one(tmp_path: Path) -> None:
    learned = objective(one_text(tmp_path))
    ids = next(learned.batches(0, Place())).ids
    total, count = learned.loss(learned.model, Batch(ids, np.zeros_like(ids)))
    masked, same = learned.loss(learned.model, Batch(ids, np.ones_like(ids)))
    assert int(count) == int(same) == 4 * 64
    torch.testing.assert_close(total, masked)
    assert float(total.detach()) / 256 == pytest.approx(
        math.log(learned.model.config.vocab_size), rel=0.1
    )


def test_held_out_is_exact_over_the_whole_split(tmp_path: Path) -> None:
    learned = objective(one_text(tmp_path))
    model = learned.model.eval()
    score = character_score(network_nats(model), learned.valid_shard, learned.tokenizer, 64)
    assert learned.held_out(model) == {"nats/character": score.nats_per_character}
    assert score.characters == len(learned.valid_shard[0]) - 1 > 400


def test_the_command_prepares_trains_and_measures(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    one_text(tmp_path / "shards" / "sea")
    recipe = toy_recipe(
        Path("shards/sea"), name="sea", kind="characters", length=64, steps=10, evaluate_every=10
    )
    write_recipe(tmp_path / "sea.toml", recipe)
    assert run(["train", "sea.toml"]) == 0
    said = capsys.readouterr().out
    assert "nats/character" in said
    weights = "runs/sea/best.safetensors"
    assert run(["evaluate", "runs/sea", "-o", "found.json"]) == 0
    out = capsys.readouterr().out
    assert "valid, model, windows of 64 apart" in out and "valid, Kneser-Ney, order 3" in out
    found = json.loads((tmp_path / "found.json").read_text())
    told = found["likelihood"]["valid"]
    assert told["nats_per_character"] == pytest.approx(
        load_checkpoint(Path(weights))[1]["nats/character"], abs=1e-4
    )
    assert found["likelihood"]["context"] == 64 and told["unknown"] == 0
    assert told["bits_per_character"] == pytest.approx(
        told["nats_per_character"] / math.log(2), abs=1e-3
    )
    orders = found["ngram"]["valid_nats_per_character_by_order"]
    assert min(orders.values()) == found["ngram"]["valid"]["nats_per_character"]
    assert set(orders) == {str(order) for order in range(2, 9)} and "test" not in found["ngram"]
    assert run(["evaluate", "melody", "--shards", "shards/sea", "--of", "likelihood"]) == 2
    assert "give runs/NAME" in capsys.readouterr().err
    assert run(["evaluate", weights, "--shards", "shards/sea", "--of", "music"]) == 2
    assert "there are: likelihood ngram all" in capsys.readouterr().err
    poems(tmp_path / "shards" / "other")
    (tmp_path / "shards" / "other" / VOCABULARY).write_text('"ab"')
    assert run(["evaluate", weights, "--shards", "shards/other", "--of", "likelihood"]) == 2
    assert "learned other characters" in capsys.readouterr().err


def test_wrong_texts_are_told_in_one_line(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments, words in (
        (["data", "prepare", "tinyshakespeare"], "say --from FOLDER"),
        (["data", "prepare", "tinyshakespeare", "--from", "."], "no input.txt of char-rnn"),
        (["data", "prepare", "songci-tuned", "--from", "."], "unpack npm's chinese-poetry"),
        (["train", "songci"], "prepare the data"),
    ):
        assert run(arguments) == 2
        err = capsys.readouterr().err
        assert words in err and err.count("\n") == 1, err
    with pytest.raises(WishError, match="prepare the data"):
        train(toy_recipe(tmp_path / "nowhere", kind="characters"), tmp_path)
