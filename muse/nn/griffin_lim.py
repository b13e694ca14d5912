"""Sound of a mel without any network: the baseline that every voice is measured against."""

from __future__ import annotations

import torch
from torch import Tensor

from muse.nn.mel import MelDefinition, magnitudes_of
from muse.nn.stft import inverse_stft, stft


def griffin_lim(
    logs: Tensor, mel: MelDefinition, *, iterations: int = 32, momentum: float = 0.99, seed: int = 0
) -> Tensor:
    """Sound (B, (F - 1) * hop) whose spectra have the magnitudes of a log-mel (B, F, bands).

    The fast Griffin-Lim algorithm (Perraudin et al. 2013) from random phases; magnitudes by the
    pseudo-inverse of the filters.
    """
    return sound_of_magnitudes(
        magnitudes_of(logs, mel), mel, iterations=iterations, momentum=momentum, seed=seed
    )


def sound_of_magnitudes(
    magnitudes: Tensor, mel: MelDefinition, *, iterations: int, momentum: float, seed: int
) -> Tensor:
    """Sound (B, (F - 1) * hop) whose spectra have magnitudes (B, F, bins)."""
    rng = torch.Generator().manual_seed(seed)
    turns = torch.rand(magnitudes.shape, generator=rng).to(magnitudes)
    phases = torch.polar(torch.ones_like(turns), turns * (2 * torch.pi))
    before = torch.zeros_like(phases)
    for _ in range(iterations):
        sound = inverse_stft(magnitudes * phases, mel.window, mel.hop)
        now = stft(sound, mel.window, mel.hop)
        ahead = now - (momentum / (1 + momentum)) * before
        phases = ahead / ahead.abs().clamp_min(1e-16)
        before = now
    return inverse_stft(magnitudes * phases, mel.window, mel.hop)
