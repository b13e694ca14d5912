"""The one mel spectrogram that all voices share: its definition, and the way there and back.

Conventions:
    Mels are (B, F, bands): natural logarithms of magnitudes, frame i centred on sample i * hop.
    Filters are those of Slaney's Auditory Toolbox (1998), each of unit area, as librosa has them.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from muse.nn.stft import stft


@dataclass(frozen=True)
class MelDefinition:
    """What a mel spectrogram is made of. Two that differ do not understand each other.

    Attributes:
        rate: samples a second.
        window: of the transform, in samples.
        hop: samples from a frame to the next; divides the window.
        bands: how many filters.
        lowest: Hz, where the first filter begins.
        highest: Hz, where the last filter ends.
        floor: smaller magnitudes are taken as this one.
    """

    rate: int = 22_050
    window: int = 1024
    hop: int = 256
    bands: int = 100
    lowest: float = 20.0
    highest: float = 11_025.0
    floor: float = 1e-5

    def __post_init__(self) -> None:
        if not (
            8000 <= self.rate <= 192_000 and 64 <= self.window <= 8192 and 1 <= self.bands <= 512
        ):
            raise ValueError(f"no usable mel: {self}")
        if self.hop < 16 or self.window % self.hop or self.window // self.hop < 2:
            raise ValueError(f"the hop divides the window twice or more: {self}")
        if not (0 <= self.lowest < self.highest <= self.rate / 2 and 0 < self.floor < 1):
            raise ValueError(f"no usable mel: {self}")

    @property
    def bins(self) -> int:
        """Frequencies of a spectrum."""
        return self.window // 2 + 1

    @property
    def frame_rate(self) -> float:
        """Frames a second."""
        return self.rate / self.hop

    @property
    def fingerprint(self) -> str:
        """A short hash of all that the definition says."""
        said = repr(sorted((name, float(value)) for name, value in asdict(self).items()))
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def __str__(self) -> str:
        return (
            f"{self.bands} Slaney bands from {self.lowest:g} to {self.highest:g} Hz, window "
            f"{self.window}, hop {self.hop}, {self.rate} Hz, floor {self.floor:g} ({self.fingerprint})"
        )


USUAL_MEL = MelDefinition()
"""The definition of all voices that ship."""


def log_mel(sound: Tensor, mel: MelDefinition, *, centred: bool = True) -> Tensor:
    """Log-mel spectrogram (B, F, bands) of sound (B, T) at the definition's rate."""
    return log_mel_of(stft(sound, mel.window, mel.hop, centred=centred).abs(), mel)


def log_mel_of(magnitudes: Tensor, mel: MelDefinition) -> Tensor:
    """Log-mel spectrogram (B, F, bands) of magnitudes (B, F, bins)."""
    filters = torch.from_numpy(mel_filters(mel)).to(magnitudes)
    return (magnitudes @ filters).clamp_min(mel.floor).log()


def magnitudes_of(logs: Tensor, mel: MelDefinition) -> Tensor:
    """Magnitudes (B, F, bins) of a log-mel (B, F, bands) by the filters' pseudo-inverse.

    The cheapest idea of a spectrum that has this mel (FreeV, Lv et al. 2024): smooth over the
    partials of a tone, and never below the definition's floor.
    """
    inverse = torch.from_numpy(inverse_filters(mel)).to(logs)
    return (logs.exp() @ inverse).clamp_min(mel.floor)


@lru_cache(maxsize=8)
def mel_filters(mel: MelDefinition) -> np.ndarray:
    """Slaney's filters (bins, bands), float32; from torchaudio where it loads, else our own."""
    try:
        # The only place that touches it; beside a torch of another build its import fails.
        from torchaudio.functional import melscale_fbanks
    except (ImportError, OSError):
        return slaney_filters(mel)
    found = melscale_fbanks(
        mel.bins, mel.lowest, mel.highest, mel.bands, mel.rate, norm="slaney", mel_scale="slaney"
    )
    return np.ascontiguousarray(found.numpy(), dtype=np.float32)


def slaney_filters(mel: MelDefinition) -> np.ndarray:
    """Slaney's triangular filters of unit area (bins, bands), float32."""
    edges = _hertz(np.linspace(_mels(mel.lowest), _mels(mel.highest), mel.bands + 2))
    bins = np.linspace(0, mel.rate / 2, mel.bins)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins[:, None] - low) / (middle - low)
    falling = (high - bins[:, None]) / (high - middle)
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * (2 / (high - low))).astype(np.float32)


@lru_cache(maxsize=8)
def inverse_filters(mel: MelDefinition) -> np.ndarray:
    """The pseudo-inverse of the filters (bands, bins), float32."""
    return np.linalg.pinv(mel_filters(mel).astype(np.float64)).astype(np.float32)


_LINEAR_HERTZ, _TURN = 200 / 3, 1000.0
_STEP = np.log(6.4) / 27


def _mels(hertz: float) -> float:
    """Slaney's scale: linear below 1 kHz, logarithmic above."""
    if hertz < _TURN:
        return hertz / _LINEAR_HERTZ
    return _TURN / _LINEAR_HERTZ + float(np.log(hertz / _TURN)) / float(_STEP)


def _hertz(mels: np.ndarray) -> np.ndarray:
    turn = _TURN / _LINEAR_HERTZ
    above = _TURN * np.exp(_STEP * (np.maximum(mels, turn) - turn))
    return np.where(mels < turn, mels * _LINEAR_HERTZ, above)
