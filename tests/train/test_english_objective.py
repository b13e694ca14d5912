"""English verse as an objective: held-out poems in both orders, and a loss that falls."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from muse.data.english_draw import EnglishDraw
from muse.data.shards import PieceInfo, write_shard
from muse.models.decoder import DecoderConfig
from muse.tokens.english_scene import flatten_scene, scene_ids
from muse.tokens.english_verse import flatten_verse, verse_ids
from muse.train.english_objective import EnglishVerseObjective, held_out_pieces
from muse.train.loop import fit
from muse.train.recipe import DataWish, OptimWish, TrainRecipe
from muse.train.shard import join

from ..tokens.small_english import SCENE, small_pieces, small_verse


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    pieces = small_pieces()
    info = PieceInfo("test", "The winter sea", "w shakespeare", 10, "sonnet")
    poem = flatten_verse(verse_ids(small_verse(), pieces), pieces)
    scene = flatten_scene(scene_ids(SCENE, pieces), pieces)
    for split in ("train", "valid"):
        found = [(poem, info)] * 6 + [(scene, info)] * 2
        write_shard(tmp_path / f"{split}.bin", found, "verse-en", len(pieces))
    return tmp_path


def _objective(shards: Path) -> EnglishVerseObjective:
    pieces = small_pieces()
    config = DecoderConfig(
        vocab_size=len(pieces), hidden_size=32, intermediate_size=64, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, head_dim=16, max_position_embeddings=1024,
    )  # fmt: skip
    return EnglishVerseObjective(
        config, shards, EnglishDraw(pieces), rows=2, length=1000, seed=0, held_out_pieces=4
    )


def test_poems_are_measured_in_both_orders_without_header_or_holes(shards: Path) -> None:
    pieces, objective = small_pieces(), _objective(shards)
    measured = list(held_out_pieces(objective.valid_shard, pieces, 4, 1000))
    assert [piece.order for piece in measured] == ["forward", "backward"] * 4 + ["scene"] * 2
    first = measured[0]
    lines = [line.text for stanza in small_verse().stanzas for line in stanza]
    assert first.characters == sum(len(line) + 1 for line in lines)
    assert pieces["Hole"] not in first.ids
    assert not first.counted[: int(np.flatnonzero(first.ids == pieces["Body"])[0]) + 1].any()
    assert first.counted[-1]
    assert not pieces.is_tag[first.ids[first.text]].any()
    second = measured[1]
    assert sorted(first.ids[first.text]) == sorted(second.ids[second.text])
    assert first.ids[first.text].tolist() != second.ids[second.text].tolist()


def test_an_untrained_network_takes_the_bits_of_a_uniform_guess(shards: Path) -> None:
    objective = _objective(shards)
    torch.nn.init.zeros_(objective.model.get_parameter("model.embed_tokens.weight"))
    found = objective.held_out(objective.model.eval())
    assert found["nats/token"] == pytest.approx(math.log(len(small_pieces())), rel=1e-3)
    assert found["bits/char forward"] == pytest.approx(found["bits/char backward"], rel=1e-3)
    assert found["bits/char forward text"] < found["bits/char forward"]
    assert found["bits/char scene"] > 0


def test_the_loss_falls(shards: Path, tmp_path: Path) -> None:
    objective = _objective(shards)
    before = objective.held_out(objective.model.eval())["nats/token"]
    recipe = TrainRecipe(
        name="small", kind="verse-en", data=DataWish(shards=str(shards), sources=()), steps=30,
        rows=2, length=1000, evaluate_every=30, checkpoint_every=30,
        optim=OptimWish(muon_rate=0.02, adam_rate=0.01, warmup=2, ema=0.5),
    )  # fmt: skip
    after = fit(objective, recipe, tmp_path / "run", join("ddp"))
    assert after["nats/token"] < before - 1
