"""How far two sounds are from each other, in spectra: for training and for measuring."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from muse.nn.stft import hann

Resolutions = Sequence[tuple[int, int, int]]
"""Sizes of a transform: (points, hop, window)."""

USUAL: Resolutions = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
"""The resolutions of Parallel WaveGAN (Yamamoto et al. 2020), which auraloss has too."""

LEARNED: Resolutions = ((256, 64, 256), (512, 128, 512), (1024, 256, 1024), (2048, 512, 2048))
"""The cheaper ones that voices are trained with."""


def stft_distance(sound: Tensor, wanted: Tensor, resolutions: Resolutions = USUAL) -> Tensor:
    """Spectral convergence plus L1 of log magnitudes, averaged over resolutions.

    Args:
        sound: (B, T).
        wanted: (B, T), what it should be.
        resolutions: of the transforms.

    Source: Arik et al. (2019) and Yamamoto et al. (2020).
    """
    total = sound.new_zeros(())
    for points, hop, window in resolutions:
        ours = _magnitudes(sound, points, hop, window)
        theirs = _magnitudes(wanted, points, hop, window)
        convergence = torch.linalg.norm(theirs - ours) / torch.linalg.norm(theirs).clamp_min(1e-6)
        total = total + convergence + (ours.log() - theirs.log()).abs().mean()
    return total / len(resolutions)


def _magnitudes(sound: Tensor, points: int, hop: int, window: int) -> Tensor:
    spectra = torch.stft(
        sound, points, hop, window, hann(window, sound), return_complex=True, pad_mode="reflect"
    )
    # Not abs(): its gradient at silence is not a number.
    return (spectra.real.square() + spectra.imag.square()).clamp_min(1e-8).sqrt()
