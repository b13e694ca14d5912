"""The flow vocoder: from noise to the spectra of a sound in four to eight steps, told the mel.

It works on complex spectra at the mel's frames (RFWave, Liu et al. 2024), each divided by the
pseudo-inverse of the mel and turned back by the phases of the harmonic source, then its magnitude
squeezed by a square root. So standard noise in its domain is noise scaled by the mel in the sound's
(PriorGrad, Lee et al. 2022), and where the source is right about the phase nothing is left to say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from muse.models.vocoder import heard, normal_mel
from muse.nn.convnext import Trunk
from muse.nn.mel import USUAL_MEL, MelDefinition, magnitudes_of

POWER = 0.5
"""Of the magnitudes in the network's domain."""

LARGEST = 6.0
"""Magnitudes in the network's domain that are larger are taken as this one."""

Told = tuple[Tensor, Tensor]
"""The log-mel (B, F, bands) and the harmonic source's spectra (B, F, bins), zeros for none."""


@dataclass(frozen=True)
class VoiceFlowConfig:
    """Shape of a flow vocoder.

    Attributes:
        size: channels of the trunk.
        layers: blocks of the trunk.
        expand: channels inside a block, as a multiple of `size`.
        clock: channels of the time.
        mel: of the frames it takes.
    """

    size: int = 256
    layers: int = 6
    expand: int = 3
    clock: int = 64
    mel: MelDefinition = USUAL_MEL

    def __post_init__(self) -> None:
        if not (8 <= self.size <= 4096 and 1 <= self.layers <= 64 and 1 <= self.expand <= 8):
            raise ValueError(f"no usable shape: {self}")
        if not (2 <= self.clock <= 4096 and self.clock % 2 == 0):
            raise ValueError(f"the clock has an even number of channels: {self}")


class VoiceFlow(nn.Module):
    """Says the clean sample x0 of a noisy one: `sampling.parametrisation.Clean` takes it as it is."""

    def __init__(self, config: VoiceFlowConfig) -> None:
        super().__init__()
        self.config = config
        bins = config.mel.bins
        self.from_noisy = nn.Linear(2 * bins, config.size)
        self.from_mel = nn.Linear(config.mel.bands, config.size)
        self.from_source = nn.Linear(bins, config.size)
        self.clock = nn.Sequential(
            nn.Linear(config.clock, config.clock), nn.SiLU(), nn.Linear(config.clock, config.clock)
        )
        self.trunk = Trunk(config.size, config.layers, config.expand, condition=config.clock)
        self.to_clean = nn.Linear(config.size, 2 * bins)

    @property
    def context(self) -> int:
        """Frames to either side that one call's answer at a frame depends on."""
        return self.trunk.context

    def forward(self, x: Tensor, time: Tensor, cond: Told) -> Tensor:
        """The clean sample, (B, F, 2 * bins).

        Args:
            x: noisy sample (B, F, 2 * bins): real parts, then imaginary ones.
            time: (B,), the share of noise in x, 0 to 1.
            cond: what is told.
        """
        logs, source = cond
        y = self.from_noisy(x) + self.from_mel(normal_mel(logs)) + self.from_source(heard(source))
        y = self.trunk(y, self.clock(_waves(time, self.config.clock))[:, None])
        # What is left of a sample with little noise is mostly right already.
        return (1 - time)[:, None, None] * x + self.to_clean(y)


def to_domain(spectra: Tensor, told: Told, mel: MelDefinition) -> Tensor:
    """Spectra of a sound (B, F, bins) as the network sees them, (B, F, 2 * bins)."""
    logs, source = told
    ratio = spectra.abs() / magnitudes_of(logs, mel)
    squeezed = ratio.pow(POWER).clamp(max=LARGEST)
    turned = torch.polar(squeezed, spectra.angle() - source.angle())
    return torch.cat((turned.real, turned.imag), dim=-1)


def from_domain(sample: Tensor, told: Told, mel: MelDefinition) -> Tensor:
    """Spectra (B, F, bins) of what the network says, (B, F, 2 * bins)."""
    logs, source = told
    real, imaginary = sample.chunk(2, dim=-1)
    # At POWER one half: multiplying by the magnitude once more undoes the root, with no division.
    power = (real.square() + imaginary.square()).clamp(1e-12, LARGEST**2)
    scale = power.pow((1 / POWER - 1) / 2) * magnitudes_of(logs, mel)
    return torch.complex(real * scale, imaginary * scale) * torch.polar(
        torch.ones_like(scale), source.angle()
    )


def _waves(time: Tensor, channels: int) -> Tensor:
    """Sines and cosines of a time (B,) from 0 to 1, (B, channels)."""
    speeds = torch.exp(torch.linspace(0, math.log(1000.0), channels // 2, device=time.device))
    angles = time[:, None] * speeds
    return torch.cat((angles.sin(), angles.cos()), dim=-1)
