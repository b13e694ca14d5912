"""The LSTM baseline: it learns, resumes where it was stopped, and is scored as all models are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from muse.data.shards import PieceInfo, write_shard
from muse.evaluate.likelihood import likelihood, network_nats
from muse.evaluate.lstm import LstmRecipe, TuneLstm, epoch_batches, load_lstm, train
from muse.tokens.melody import melody_vocabulary
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import WishError
from muse.works.score import Note, Part, Score

TINY = LstmRecipe(width=24, layers=2, dropout=0.1, epochs=3, batch=4, rate=3e-2, context=80)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    for split, count in (("train", 24), ("valid", 4)):
        pieces = []
        for number in range(count):
            notes = tuple(Note(12 * i, 12, 60 + (i * (1 + number % 3)) % 12) for i in range(16))
            ids = MelodyTokenizer().encode(Score((Part(notes),), 2))
            pieces.append((ids, PieceInfo("made", str(number), str(number), 16)))
        write_shard(folder / f"{split}.bin", pieces, "melody", len(melody_vocabulary()))
    return folder


def test_its_shape_is_folk_rnns() -> None:
    model = TuneLstm(137, LstmRecipe())
    assert [model.lstm.input_size, model.lstm.hidden_size, model.lstm.num_layers] == [137, 512, 3]
    assert model.lstm.dropout == model.dropout.p == 0.5
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(5_599_881, rel=0.01)


def test_what_comes_later_does_not_change_what_came_before() -> None:
    torch.manual_seed(0)
    model = TuneLstm(20, TINY).eval()
    ids = torch.randint(0, 20, (2, 9))
    changed = ids.clone()
    changed[:, 6:] = 3
    assert torch.allclose(model(ids)[:, :6], model(changed)[:, :6])


def test_every_window_stands_once_in_an_epoch() -> None:
    pieces = [np.zeros(n, np.int64) for n in np.random.default_rng(0).integers(5, 60, 203)]
    batches = epoch_batches(pieces, TINY, 3)
    assert sorted(place for batch in batches for place in batch) == list(range(203))
    assert batches == epoch_batches(pieces, TINY, 3) != epoch_batches(pieces, TINY, 4)


def test_it_learns_and_goes_on_as_if_never_stopped(shards: Path, tmp_path: Path) -> None:
    whole = train(shards, tmp_path / "whole", TINY, evaluate_every=9)
    lines = [json.loads(x) for x in (tmp_path / "whole" / "log.jsonl").read_text().splitlines()]
    assert lines[-1]["step"] == lines[-1]["steps"] == 18
    assert lines[-1]["loss"] < 0.7 * lines[0]["loss"]

    for _ in range(5):  # stopped after every step
        assert train(shards, tmp_path / "cut", TINY, evaluate_every=9, seconds=0.0) == {}
    train(shards, tmp_path / "cut", TINY, evaluate_every=9)
    steps = [
        json.loads(x)["step"] for x in (tmp_path / "cut" / "log.jsonl").read_text().splitlines()
    ]
    assert steps == [1, 2, 3, 4, 5, 10, 18]
    one, state = load_lstm(tmp_path / "whole" / "best.safetensors")
    other, _ = load_lstm(tmp_path / "cut" / "best.safetensors")
    for name, weight in one.state_dict().items():
        assert torch.allclose(weight, other.state_dict()[name], atol=1e-6), name

    pieces = [np.array(MelodyTokenizer().encode(Score((Part((Note(0, 96, 60),)),), 1)))]
    assert likelihood(network_nats(one), pieces).bits_per_note > 0
    assert state["bits/note"] == pytest.approx(whole["bits/note"]) or state["step"] < 18


def test_a_run_goes_on_only_with_its_own_recipe(shards: Path, tmp_path: Path) -> None:
    train(shards, tmp_path, TINY, seconds=0.0)
    with pytest.raises(WishError, match="another recipe"):
        train(shards, tmp_path, LstmRecipe(width=8), seconds=0.0)
    with pytest.raises(WishError, match=r"python -m muse\.evaluate\.lstm"):
        load_lstm(tmp_path / "nothing.safetensors")
