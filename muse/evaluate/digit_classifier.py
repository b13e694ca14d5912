"""A small convolutional network that reads digits: the judge of drawn ones, never shown to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from muse.works.base import WishError, write_atomically

FEATURES = 64
EPOCHS = 4
ROWS = 128


class DigitClassifier(nn.Module):
    """LeNet's shape (LeCun et al. 1998) with strided convolutions; 0.2 million parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 24, 5, stride=2, padding=2)
        self.second = nn.Conv2d(24, 48, 5, stride=2, padding=2)
        self.third = nn.Linear(48 * 49, FEATURES)
        self.last = nn.Linear(FEATURES, 10)

    def features(self, x: Tensor) -> Tensor:
        """Pictures (B, H, W) in 0 to 1 -> (B, FEATURES), of the layer before the last."""
        y = F.relu(self.second(F.relu(self.first(x[:, None] * 2 - 1))))
        return F.relu(self.third(F.dropout(y.flatten(1), 0.3, self.training)))

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (B, H, W) in 0 to 1 -> logits (B, 10)."""
        return self.last(self.features(x))


def train_classifier(
    pixels: NDArray[np.uint8], labels: NDArray[np.int64], epochs: int = EPOCHS, seed: int = 0,
    watch: Callable[[int, int], None] = lambda step, steps: None,
) -> DigitClassifier:  # fmt: skip
    """Learn to read labelled pictures, each shifted by up to two pixels.

    Args:
        pixels: (N, 28, 28).
        labels: (N,).
        epochs: over all of them.
        seed: of weights and order.
        watch: is told of each step.
    """
    torch.manual_seed(seed)
    model, rng = DigitClassifier(), np.random.default_rng(seed)
    steps = epochs * (len(pixels) // ROWS)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=max(steps, 2))
    padded = np.pad(np.asarray(pixels), ((0, 0), (2, 2), (2, 2)))
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(pixels))
        for at in range(0, len(order) - ROWS + 1, ROWS):
            places = order[at : at + ROWS]
            top, left = rng.integers(0, 5, 2)
            x = torch.from_numpy(padded[places, top : top + 28, left : left + 28]).float() / 255
            F.cross_entropy(model(x), torch.from_numpy(labels[places])).backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            rates.step()
            step += 1
            watch(step, steps)
    return model.eval().requires_grad_(False)


@torch.inference_mode()
def read_pictures(
    model: DigitClassifier, pixels: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Features (N, FEATURES) and the digits that are seen in pictures (N, 28, 28)."""
    features, seen = [], []
    for at in range(0, len(pixels), 500):
        found = model.features(torch.from_numpy(np.array(pixels[at : at + 500])).float() / 255)
        features.append(found.numpy())
        seen.append(model.last(found).argmax(-1).numpy())
    return np.concatenate(features), np.concatenate(seen)


def cached_classifier(path: Path, train: Callable[[], DigitClassifier]) -> DigitClassifier:
    """The classifier that `path` holds; if there is none, it is trained and kept there.

    Raises:
        WishError: if the file is there but no classifier.
    """
    if not path.is_file():
        model = train()
        write_atomically(path, save(model.state_dict()))
        return model
    model = DigitClassifier()
    try:
        model.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise WishError(f"{path} holds no classifier; delete it to train it anew") from error
    return model.eval().requires_grad_(False)
