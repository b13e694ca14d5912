"""What voices learn: batches that can be drawn again, losses that fall, runs that go on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from muse.data.renders import Renders
from muse.nn.mel import MelDefinition, log_mel
from muse.train.kinds import kind_of
from muse.train.recipe import load_train_recipe
from muse.train.run import train
from muse.train.shard import Place
from muse.train.voice_batches import Choice, Drawn, drawn_stretches, stretches
from muse.train.voice_objectives import after_onsets
from muse.works.base import WishError

_spec = importlib.util.spec_from_file_location(
    "voice_toys", Path(__file__).with_name("voice_toys.py")
)
assert _spec and _spec.loader
voice_toys = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(voice_toys)

MEL = MelDefinition()
KINDS = ["voice-gan", "voice-flow", "acoustic"]


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return voice_toys.toy_renders(tmp_path_factory.mktemp("renders"))


def test_a_stretch_is_cut_from_its_piece(shards: Path) -> None:
    renders = Renders(shards / "train.pcm")
    batch = stretches(renders, MEL, [(Choice(1, 20, gain=2.0),)], 33, rolls=True)
    wanted = 2 * renders.sound(1, 20 * MEL.hop, 32 * MEL.hop)
    assert np.allclose(batch.sound[0].numpy(), wanted)
    whole = log_mel(torch.from_numpy(2 * renders.sound(1, 0, 4 * MEL.rate))[None], MEL)
    assert torch.allclose(batch.logs, whole[:, 20:53], atol=1e-3)
    assert batch.timbre[0].argmax() == 5 and batch.rolls is not None
    assert batch.rolls.shape == (1, 33, 440)


def test_batches_are_the_same_whenever_they_are_drawn(shards: Path) -> None:
    renders = Renders(shards / "train.pcm")
    how = Drawn(17, (0.5, 4.0), 0.3, 0.5)
    batches = drawn_stretches(renders, MEL, how, 4, 7, 0, Place())
    first, second, third = (next(batches) for _ in range(3))
    again = next(drawn_stretches(renders, MEL, how, 4, 7, 2, Place()))
    assert again.step == 2 and torch.equal(again.sound, third.sound)
    assert not torch.equal(first.sound, second.sound)


def test_renders_that_are_damaged_are_refused(shards: Path, tmp_path: Path) -> None:
    with pytest.raises(WishError, match="prepare voice"):
        Renders(tmp_path / "train.pcm")
    for name in ("train.json", "train.notes.npy"):
        (tmp_path / name).write_bytes((shards / name).read_bytes())
    (tmp_path / "train.pcm").write_bytes((shards / "train.pcm").read_bytes()[:1000])
    with pytest.raises(WishError, match="disagree"):
        Renders(tmp_path / "train.pcm")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_overfits_one_batch(kind: str, shards: Path) -> None:
    later = {"adversarial_from": 1000} if kind == "voice-gan" else {}
    recipe = voice_toys.toy_recipe(kind, shards, 25, objective=later)
    objective = kind_of(recipe).objective(recipe)
    batch = next(objective.batches(0, Place()))
    optimiser = torch.optim.AdamW(objective.model.parameters(), 5e-3)
    losses = []
    for _ in range(25):
        total, count = objective.loss(objective.model, batch)
        optimiser.zero_grad()
        (total / count).backward()
        optimiser.step()
        losses.append(total.item() / count.item())
    assert losses[-1] < 0.8 * losses[0]
    figures = objective.held_out(objective.model.eval())
    assert all(np.isfinite(value) for value in figures.values())


def test_before_the_critics_come_in_only_the_vocoder_learns(shards: Path) -> None:
    recipe = voice_toys.toy_recipe(
        "voice-gan", shards, 4, objective={"adversarial_from": 2, "settled_from": 3}
    )
    objective = kind_of(recipe).objective(recipe)
    batches = objective.batches(0, Place())
    moved = []
    for _ in range(4):
        total, _ = objective.loss(objective.model, next(batches))
        objective.model.zero_grad()
        total.backward()
        moved.append(any(p.grad is not None for p in objective.model.critics.parameters()))
        score = objective.held_out(objective.model)["score"]
        assert (score > 90) == (objective.step < 3)
    assert moved == [False, False, True, True]


def test_a_run_goes_on_where_it_stopped(shards: Path, tmp_path: Path) -> None:
    recipe = voice_toys.toy_recipe(
        "voice-gan", shards, 6, objective={"adversarial_from": 2}, checkpoint_every=3
    )
    whole = train(recipe, tmp_path / "a")
    train(recipe, tmp_path / "b", stop_at=3)
    assert train(recipe, tmp_path / "b") == pytest.approx(whole, rel=1e-4)


def test_unknown_settings_are_refused(shards: Path) -> None:
    recipe = voice_toys.toy_recipe("voice-gan", shards, 1, objective={"colour": 1})
    with pytest.raises(WishError, match="colour"):
        kind_of(recipe).objective(recipe)


@pytest.mark.parametrize("kind", KINDS)
def test_recipes_that_ship_are_whole(kind: str) -> None:
    recipe = load_train_recipe(kind)
    assert recipe.kind == kind and recipe.threads == 1


def test_onsets_are_followed_by_sixty_milliseconds() -> None:
    rolls = torch.zeros(1, 20, 440)
    rolls[0, 5, 100] = 0.5
    assert after_onsets(rolls)[0].nonzero().flatten().tolist() == [5, 6, 7, 8, 9, 10]
