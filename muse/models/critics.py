"""Critics that tell played sound from made sound, cheap enough for a CPU.

Spectral critics see power-compressed complex spectra with frequencies as channels, so that they
are convolutions along time alone (two-dimensional ones cost 10 to 60 times the vocoder here).
Period critics see every p-th sample (HiFi-GAN, Kong et al. 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.nn.stft import stft

SLOPE = 0.1
"""Of the leaky rectifiers."""

Verdict = tuple[Tensor, list[Tensor]]
"""A critic's score at each place, and what its layers saw."""


@dataclass(frozen=True)
class CriticsConfig:
    """Which critics there are.

    Attributes:
        windows: of the spectral critics, in samples.
        periods: of the period critics, in samples.
        channels: of the spectral critics' layers.
        period_channels: of the first layer of a period critic; later ones have more.
    """

    windows: tuple[int, ...] = (512, 1024, 2048)
    periods: tuple[int, ...] = (2, 3, 5)
    channels: int = 128
    period_channels: int = 8


class SpectralCritic(nn.Module):
    """Judges spectra of one window size."""

    def __init__(self, window: int, channels: int) -> None:
        super().__init__()
        self.window = window
        bins = window // 2 + 1
        self.layers = nn.ModuleList(
            [
                nn.Conv1d(2 * bins, channels, 3, padding=1),
                nn.Conv1d(channels, channels, 5, padding=2),
                nn.Conv1d(channels, channels, 5, padding=4, dilation=2),
                nn.Conv1d(channels, channels, 3, padding=1),
            ]
        )
        self.score = nn.Conv1d(channels, 1, 3, padding=1)

    def forward(self, sound: Tensor) -> Verdict:
        """Sound (B, T) -> scores (B, places) and layers."""
        spectra = stft(sound, self.window, self.window // 4, centred=False)
        parts = torch.cat((spectra.real, spectra.imag), dim=-1)
        power = spectra.real.square() + spectra.imag.square()
        # |S| ** 0.3 at the same angle; the small number keeps the gradient at silence finite.
        squeezed = parts * (power + 1e-5).pow(-0.35).repeat(1, 1, 2)
        return judged(squeezed.transpose(1, 2), self.layers, self.score)


class PeriodCritic(nn.Module):
    """Judges samples that are a period apart: each phase of the period is a row of its own."""

    def __init__(self, period: int, channels: int) -> None:
        super().__init__()
        self.period = period
        sizes = [1, *(channels * 2**place for place in range(4))]
        self.layers = nn.ModuleList(
            nn.Conv1d(before, after, 5, stride=3, padding=2)
            for before, after in zip(sizes, sizes[1:])
        )
        self.score = nn.Conv1d(sizes[-1], 1, 3, padding=1)

    def forward(self, sound: Tensor) -> Verdict:
        """Sound (B, T) -> scores (B, places) and layers."""
        whole = sound.shape[-1] // self.period * self.period
        rows = sound[:, :whole].reshape(len(sound), -1, self.period).transpose(1, 2)
        score, layers = judged(rows.reshape(-1, 1, rows.shape[-1]), self.layers, self.score)
        return score.reshape(len(sound), -1), layers


class Critics(nn.Module):
    """All critics together."""

    def __init__(self, config: CriticsConfig) -> None:
        super().__init__()
        self.critics = nn.ModuleList(
            [SpectralCritic(window, config.channels) for window in config.windows]
            + [PeriodCritic(period, config.period_channels) for period in config.periods]
        )

    def forward(self, sound: Tensor) -> list[Verdict]:
        """The verdicts on sound (B, T)."""
        return [critic(sound) for critic in self.critics]


def judged(x: Tensor, layers: nn.ModuleList, score: nn.Module) -> Verdict:
    """Run x through convolutions, keeping what each says."""
    seen = []
    for layer in layers:
        x = F.leaky_relu(layer(x), SLOPE)
        seen.append(x)
    return score(x).squeeze(1), seen


def critic_loss(real: list[Verdict], made: list[Verdict]) -> Tensor:
    """Least squares: played sound should score 1, made sound 0 (Mao et al. 2017)."""
    losses = [
        (1 - one[0]).square().mean() + other[0].square().mean() for one, other in zip(real, made)
    ]
    return torch.stack(losses).sum()


def maker_loss(made: list[Verdict]) -> Tensor:
    """Made sound should score 1."""
    return torch.stack([(1 - score).square().mean() for score, _ in made]).sum()


def feature_loss(real: list[Verdict], made: list[Verdict]) -> Tensor:
    """What the critics' layers see should be alike (Kumar et al. 2019), each layer at its own scale."""
    losses = [
        (ours - theirs.detach()).abs().mean() / theirs.detach().abs().mean().clamp_min(1e-4)
        for (_, one), (_, other) in zip(real, made)
        for theirs, ours in zip(one, other)
    ]
    return torch.stack(losses).sum()
