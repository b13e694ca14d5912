"""The vocoder: a log-mel, and where it is known the harmonic source, become sound in one pass.

Frames go through a ConvNeXt trunk; each becomes a spectrum, and an inverse Fourier transform makes
sound of them (Vocos, Siuzdak 2023). Magnitudes are a correction of the pseudo-inverse of the mel
(FreeV, Lv et al. 2024); phases turn on from those of the harmonic source (HiFTNet, Li et al. 2023),
which keeps the pitch steady. Without a source the phases come from the mel alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from muse.nn.convnext import Trunk
from muse.nn.mel import USUAL_MEL, MelDefinition, magnitudes_of
from muse.nn.stft import inverse_stft, stft

LOUDEST = 6.0
"""Natural logarithm of the largest magnitude: a window of full-scale sine has ln 256 = 5.5."""


@dataclass(frozen=True)
class VocoderConfig:
    """Shape of a vocoder.

    Attributes:
        size: channels of the trunk.
        layers: blocks of the trunk.
        expand: channels inside a block, as a multiple of `size`.
        mel: of the frames it takes.
    """

    size: int = 256
    layers: int = 6
    expand: int = 3
    mel: MelDefinition = USUAL_MEL

    def __post_init__(self) -> None:
        if not (8 <= self.size <= 4096 and 1 <= self.layers <= 64 and 1 <= self.expand <= 8):
            raise ValueError(f"no usable shape: {self}")


class Vocoder(nn.Module):
    """The network; see the module."""

    def __init__(self, config: VocoderConfig) -> None:
        super().__init__()
        self.config = config
        self.from_mel = nn.Linear(config.mel.bands, config.size)
        self.from_source = nn.Linear(config.mel.bins, config.size)
        self.trunk = Trunk(config.size, config.layers, config.expand)
        self.to_magnitude = nn.Linear(config.size, config.mel.bins)
        self.to_phase = nn.Linear(config.size, config.mel.bins)

    @property
    def context(self) -> int:
        """Frames to either side that the sound at a frame depends on."""
        return self.trunk.context + self.config.mel.window // self.config.mel.hop

    def forward(self, logs: Tensor, source: Tensor | None = None) -> Tensor:
        """Sound (B, (F - 1) * hop) of a log-mel.

        Args:
            logs: (B, F, bands), natural logarithms of magnitudes.
            source: the harmonic source's spectra (B, F, bins), complex; None if there is none.
        """
        mel = self.config.mel
        return inverse_stft(self.spectra(logs, source), mel.window, mel.hop)

    def spectra(self, logs: Tensor, source: Tensor | None = None) -> Tensor:
        """Complex spectra (B, F, bins); arguments as of `forward`."""
        mel = self.config.mel
        x = self.from_mel(normal_mel(logs))
        if source is not None:
            x = x + self.from_source(heard(source))
        x = self.trunk(x)
        logarithm = magnitudes_of(logs, mel).log() + self.to_magnitude(x)
        phases = self.to_phase(x)
        if source is not None:
            phases = phases + source.angle()
        return torch.polar(logarithm.clamp(max=LOUDEST).exp(), phases)


def normal_mel(logs: Tensor) -> Tensor:
    """A log-mel with values near one, as networks like them."""
    return (logs + 5) / 3


def heard(source: Tensor) -> Tensor:
    """Log magnitudes of a source's spectra, 0 where it is silent: silence says as little as None."""
    return torch.log1p(source.abs() * 100) / 4


def source_spectra(source: Tensor, mel: MelDefinition) -> Tensor:
    """Spectra (B, F, bins) of a harmonic source (B, T) at the definition's frames, detached."""
    with torch.no_grad():
        return stft(source, mel.window, mel.hop)
