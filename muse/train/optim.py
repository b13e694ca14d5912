"""Optimisers and schedules: Muon for matrices, AdamW for the rest, averaged weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from muse.train.shard import gathered, shared_like


def orthogonalised(matrices: Tensor, steps: int = 5) -> Tensor:
    """The nearest matrices with all singular values near one, by Newton-Schulz iteration.

    Args:
        matrices: (n, rows, columns).

    Source: Jordan et al., Muon (2024), with its quintic coefficients, in fp32.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.transpose(1, 2) if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum whose updates of matrices are orthogonalised (Jordan et al. 2024).

    torch has one of its own, which works in bfloat16: slow on CPUs without bfloat16 arithmetic.
    Here matrices of equal shape are stacked, so a step is a few large products.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float, weight_decay: float):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update all matrices that have a gradient."""
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    by_shape[parameter.shape].append(parameter)
            for shape, parameters in by_shape.items():
                moving = []
                for parameter in parameters:
                    state, gradient = self.state[parameter], cast(Tensor, parameter.grad)
                    if "momentum" not in state:
                        state["momentum"] = torch.zeros_like(parameter)
                    state["momentum"].lerp_(gradient, 1 - group["momentum"])
                    # A matrix is orthogonalised whole, also where processes share its parts.
                    moving.append(gathered(gradient.lerp(state["momentum"], group["momentum"])))
                # Updates keep the same root mean square whatever the shape (Liu et al. 2025).
                scale = 0.2 * max(shape) ** 0.5
                updates = orthogonalised(torch.stack(moving)) * scale
                for parameter, update in zip(parameters, updates):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.add_(shared_like(update, parameter), alpha=-group["lr"])


def make_optimisers(
    model: nn.Module, muon_rate: float, adam_rate: float, momentum: float, weight_decay: float,
    betas: tuple[float, float] = (0.9, 0.95),
) -> list[torch.optim.Optimizer]:  # fmt: skip
    """Muon for the matrices inside the blocks, AdamW for embeddings, norms and biases.

    At a `muon_rate` of 0, AdamW has all. Parameters that need no gradient are left out.
    """
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        inner = parameter.ndim == 2 and "embed" not in name and "lm_head" not in name
        (matrices if inner and muon_rate > 0 else others).append(parameter)
    optimisers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(others, lr=adam_rate, betas=betas, weight_decay=0.0)
    ]
    if matrices:
        optimisers.insert(0, Muon(matrices, muon_rate, momentum, weight_decay))
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["base_lr"] = group["lr"]
    return optimisers


def rate_factor(step: int, steps: int, warmup: int, warmdown: float) -> float:
    """Part of the full learning rate at a step: rising, flat, then falling in a line to zero."""
    rise = min(1.0, (step + 1) / max(warmup, 1))
    fall = min(1.0, (steps - step) / max(warmdown * steps, 1))
    return min(rise, fall)


class Averaged:
    """An exponential moving average of a model's weights."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights = {k: v.detach().clone() for k, v in model.state_dict().items()}
        self.count = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move towards the model's weights; early on by a plain average, so no start lingers."""
        self.count += 1
        decay = min(self.decay, self.count / (self.count + 9))
        for name, value in model.state_dict().items():
            self.weights[name].lerp_(value.detach(), 1 - decay)
