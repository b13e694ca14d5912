"""Objectives of pictures: each learns, goes on as if never stopped, and tells wrong recipes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from muse.models.picture_gan import PictureGanConfig
from muse.nn.variational import free_bits, gaussian_kl, log_normal, reparameterised, risen
from muse.train.checkpoint import load_checkpoint
from muse.train.flow_matching import even_times, flow_matching_loss, logit_normal_times
from muse.train.kinds import kind_of
from muse.train.picture_adversarial import Adversaries
from muse.train.picture_objectives import signed
from muse.train.picture_tokens import load_mosaic, prepare_mosaics
from muse.train.run import train
from muse.train.shard import Place
from muse.works.base import WishError
from tests.train.toy_pictures import MODELS, toy_picture_recipe, toy_picture_shards

FALLS = {"digits-flow": 0.75, "digits-vae": 0.5, "digits-codes": 0.6}
"""To which part of what it was the held-out measure falls in a few steps."""


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_picture_shards(tmp_path_factory.mktemp("pictures"))


@pytest.mark.parametrize("kind", FALLS)
def test_the_held_out_measure_falls(kind: str, shards: Path, tmp_path: Path) -> None:
    recipe = toy_picture_recipe(kind, shards, steps=60, evaluate_every=60)
    objective = kind_of(recipe).objective(recipe)
    with torch.no_grad():
        before = objective.held_out(objective.model.eval())
    after = train(recipe, tmp_path)
    name = next(iter(after))
    assert after[name] < FALLS[kind] * before[name]


def test_the_critic_learns_to_tell_and_the_generator_to_be_taken(shards: Path) -> None:
    recipe = toy_picture_recipe("digits-gan", shards, objective={"penalty": 0.1})
    objective = kind_of(recipe).objective(recipe)
    pair = objective.model
    assert isinstance(pair, Adversaries)
    batch = next(objective.batches(0, Place()))
    real, classes = signed(batch.pixels), torch.from_numpy(batch.labels)
    z = torch.randn(len(real), 8)

    def lead() -> float:
        with torch.no_grad():
            made = pair.generator(z, classes)
            return float((pair.critic(real, classes) - pair.critic(made, classes)).mean())

    leads = [lead()]
    for part in (pair.critic, pair.generator):
        optimiser = torch.optim.Adam(part.parameters(), lr=2e-3)
        for step in range(25):
            pair.zero_grad()
            pair(real.clone(), classes, z, 0.1 if step % 4 == 0 else 0.0).mean().backward()
            optimiser.step()
        leads.append(lead())
    assert leads[1] > leads[0] + 1
    assert leads[2] < leads[1] - 1
    with torch.no_grad():
        held_out = objective.held_out(pair)
    assert set(held_out) == {"distance"}


@pytest.mark.parametrize("kind", MODELS)
def test_a_stopped_run_goes_on_as_if_it_had_not(kind: str, shards: Path, tmp_path: Path) -> None:
    recipe = toy_picture_recipe(kind, shards, steps=12, evaluate_every=6, checkpoint_every=5)
    train(recipe, tmp_path / "whole")
    train(recipe, tmp_path / "parts", stop_at=7)
    train(recipe, tmp_path / "parts")
    name = f"{kind}/checkpoint.safetensors"
    whole, parts = (load_checkpoint(tmp_path / each / name)[0] for each in ("whole", "parts"))
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[key], parts[key]) for key in whole)


def test_the_parts_of_adversaries_get_their_own_gradients() -> None:
    torch.manual_seed(0)
    pair = Adversaries(PictureGanConfig(latent=4, width=16))
    real, z, classes = torch.rand(4, 1, 28, 28), torch.randn(4, 4), torch.arange(4)

    def slopes(penalty: float) -> dict[str, torch.Tensor]:
        pair.zero_grad()
        pair(real.clone(), classes, z, penalty).sum().backward()
        return {n: p.grad.clone() for n, p in pair.named_parameters() if p.grad is not None}

    plain, held = slopes(0.0), slopes(1.0)
    # The penalties move the critic alone. (Its biases they leave: within a piece of a piecewise
    # linear network, the slope does not depend on them.)
    for name in plain:
        if name.startswith("generator.") or name.endswith("weight"):
            assert torch.equal(plain[name], held[name]) == name.startswith("generator."), name
    # The generator's hope does not reach the critic: that would cancel what the critic learns.
    assert float(plain["critic.features.weight"].abs().sum()) > 0


def test_tokens_of_a_mosaic_run(shards: Path, tmp_path: Path) -> None:
    codes = toy_picture_recipe("digits-codes", shards, steps=20)
    train(codes, tmp_path)
    import msgspec

    run = tmp_path / "digits-codes"
    (run / "recipe.json").write_bytes(msgspec.json.encode(codes))
    recipe = toy_picture_recipe(
        "digits-tokens", tmp_path / "tokens", length=49, steps=40, evaluate_every=40,
        model={"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1,
               "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 16},
    )  # fmt: skip
    assert prepare_mosaics(recipe, run)["train"] == {"pictures": 200, "tokens": 200 * 50}
    objective = kind_of(recipe).objective(recipe)
    batch = next(iter(objective.batches(0, Place())))
    assert batch.ids.shape == (16, 50) and not batch.pieces.any()
    with torch.no_grad():
        before = objective.held_out(objective.model.eval())["nats/picture"]
    assert train(recipe, tmp_path)["nats/picture"] < 0.5 * before
    with pytest.raises(WishError, match="digits-flow"):
        other = toy_picture_recipe("digits-flow", shards)
        (run / "recipe.json").write_bytes(msgspec.json.encode(other))
        load_mosaic(run)


@pytest.mark.parametrize(
    "kind, changes",
    [
        ("digits-flow", {"objective": {"drop_class": 2.0}}),
        ("digits-flow", {"objective": {"drop": 0.1}}),
        ("digits-gan", {"objective": {"penalty_every": 0}}),
        ("digits-flow", {"model": {"size": 28, "patch": 5}}),
        ("digits-vae", {"model": {"size": 32}}),
        ("digits-codes", {"model": {"levels": [1, 2]}}),
    ],
)
def test_wrong_recipes_are_told(kind: str, changes: dict[str, Any], shards: Path) -> None:
    recipe = toy_picture_recipe(kind, shards, **changes)
    with pytest.raises(WishError):
        kind_of(recipe).objective(recipe)


def test_gaussian_divergence_is_torchs() -> None:
    mu, log_variance, other, other_log = torch.randn(4, 5, 3)
    theirs = torch.distributions.kl_divergence(
        torch.distributions.Normal(mu, (0.5 * log_variance).exp()),
        torch.distributions.Normal(other, (0.5 * other_log).exp()),
    )
    assert torch.allclose(gaussian_kl(mu, log_variance, other, other_log), theirs, atol=1e-5)
    zero = torch.zeros_like(mu)
    assert torch.allclose(gaussian_kl(mu, log_variance), gaussian_kl(mu, log_variance, zero, zero))
    density = torch.distributions.Normal(mu, (0.5 * log_variance).exp()).log_prob(other).sum(-1)
    assert torch.allclose(log_normal(other, mu, log_variance), density, atol=1e-5)


def test_draws_free_bits_and_warming() -> None:
    rng = torch.Generator().manual_seed(0)
    z = reparameterised(torch.full((20_000,), 2.0), torch.full((20_000,), np.log(9.0)), rng)
    assert abs(float(z.mean()) - 2) < 0.1 and abs(float(z.std()) - 3) < 0.1
    kl = torch.tensor([[0.0, 4.0], [0.2, 2.0]])
    assert float(free_bits(kl, 0.5)) == pytest.approx(0.5 + 3.0)
    assert float(free_bits(kl, 0.0)) == pytest.approx(3.1)
    assert [risen(step, 4) for step in (0, 1, 3, 9)] == [0.25, 0.5, 1, 1]
    assert risen(0, 0, 0.7) == 0.7


def test_flow_matching_knows_the_right_velocity() -> None:
    x0 = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))

    def knowing(x: torch.Tensor, time: torch.Tensor, cond: Any) -> torch.Tensor:
        return (x - x0) / time[:, None]  # (1 - t) x0 + t noise - x0 = t (noise - x0)

    losses = flow_matching_loss(knowing, x0, None, torch.Generator().manual_seed(1), even_times(50))
    assert losses.shape == (50,) and float(losses.max()) < 1e-6
    times = logit_normal_times(20_000, torch.Generator().manual_seed(2))
    assert abs(float(times.mean()) - 0.5) < 0.01 and abs(float(times.logit().std()) - 1) < 0.02
