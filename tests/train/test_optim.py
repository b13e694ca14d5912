"""Optimisers, schedules and averages."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from muse.models.decoder import Decoder, DecoderConfig
from muse.train.optim import Averaged, Muon, make_optimisers, orthogonalised, rate_factor


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 8, 40), (2, 40, 8), (1, 1, 5)])
def test_orthogonalised_has_singular_values_near_one(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    matrices = torch.randn(shape) * torch.tensor([1e-3, 5.0, 100.0])[: shape[0], None, None]
    found = orthogonalised(matrices)
    values = torch.linalg.svdvals(found)
    if shape[1] != shape[2]:
        assert values.min() > 0.6 and values.max() < 1.3, values
    else:
        # The least singular values of a square noise matrix are near zero and rise slowly.
        assert values.max() < 1.3 and values.median() > 0.6
    left, _, right = torch.linalg.svd(matrices, full_matrices=False)
    likeness = (found * (left @ right)).sum(dim=(1, 2)) / values.sum(dim=1)
    assert (likeness > 0.97).all(), "the same singular directions"


def test_muon_steps_are_orthogonal_and_decay_the_weights() -> None:
    torch.manual_seed(0)
    weight = nn.Parameter(torch.randn(6, 10))
    before = weight.detach().clone()
    optimiser = Muon([weight], lr=0.1, momentum=0.9, weight_decay=0.5)
    weight.grad = torch.randn(6, 10)
    gradient = weight.grad.clone()
    optimiser.step()
    # Nesterov: the first moved gradient is 0.1 g + 0.9 (0.1 g), whose direction is g's.
    moved = orthogonalised(gradient[None])[0] * 0.2 * 10**0.5
    torch.testing.assert_close(weight.detach(), before * (1 - 0.05) - 0.1 * moved)
    second = torch.randn(6, 10)
    weight.grad, before = second.clone(), weight.detach().clone()
    optimiser.step()
    momentum = 0.9 * (0.1 * gradient) + 0.1 * second
    moved = orthogonalised((0.1 * second + 0.9 * momentum)[None])[0] * 0.2 * 10**0.5
    torch.testing.assert_close(weight.detach(), before * 0.95 - 0.1 * moved)


def test_muon_finds_a_matrix() -> None:
    torch.manual_seed(0)
    target, weight = torch.randn(8, 8), nn.Parameter(torch.zeros(8, 8))
    optimiser = Muon([weight], lr=0.1, momentum=0.9, weight_decay=0.0)
    for step in range(200):
        optimiser.param_groups[0]["lr"] = 0.1 * rate_factor(step, 200, 0, 0.8)
        loss = (weight - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.01


def test_matrices_go_to_muon_and_the_rest_to_adam() -> None:
    config = DecoderConfig(vocab_size=30, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
                           num_attention_heads=2, num_key_value_heads=1, head_dim=8)  # fmt: skip
    model = Decoder(config)
    muon, adam = make_optimisers(model, 0.02, 0.003, 0.95, 0.1)
    assert isinstance(muon, Muon) and isinstance(adam, torch.optim.AdamW)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    in_muon = {names[id(p)] for p in muon.param_groups[0]["params"]}
    in_adam = {names[id(p)] for p in adam.param_groups[0]["params"]}
    assert in_muon | in_adam == set(names.values()) and not in_muon & in_adam
    assert all(name.endswith("_proj.weight") for name in in_muon) and len(in_muon) == 14
    assert "model.embed_tokens.weight" in in_adam and "model.norm.weight" in in_adam
    assert [o.param_groups[0]["base_lr"] for o in (muon, adam)] == [0.02, 0.003]


def test_rate_rises_stays_and_falls() -> None:
    factors = [rate_factor(step, 100, 10, 0.4) for step in range(100)]
    assert factors[:10] == pytest.approx([0.1 * n for n in range(1, 11)])
    assert factors[10:61] == [1.0] * 51
    assert factors[60:] == pytest.approx([1 - n / 40 for n in range(40)])
    assert rate_factor(0, 10, 0, 0) == 1.0


def test_averages_follow_the_weights() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 100.0)
    average = Averaged(model, decay=0.9)
    for value in (1.0, 2.0):
        nn.init.constant_(model.weight, value)
        average.update(model)
    # Decays of the first two updates: 1/10 and 2/11.
    first = 0.1 * 100 + 0.9 * 1
    expected = 2 / 11 * first + 9 / 11 * 2
    assert float(average.weights["weight"]) == pytest.approx(expected)
    nn.init.constant_(model.weight, 3.0)
    for _ in range(300):
        average.update(model)
    assert float(average.weights["weight"]) == pytest.approx(3.0)
    assert average.weights["weight"] is not model.weight
