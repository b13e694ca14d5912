"""Short-time Fourier transform and its inverse, in frames that a network can walk along.

Frame i of a sound is centred on sample i * hop; beyond both ends there is silence. Spectra are
(B, F, bins): time before frequency, so that linear layers apply to a frame as it is.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def stft(sound: Tensor, window: int, hop: int, *, centred: bool = True) -> Tensor:
    """Complex spectra (B, F, window // 2 + 1) of sound (B, T), Hann window.

    Centred, a sound of T samples has T // hop + 1 frames; else the first frame begins at the
    first sample, and only whole frames are taken.
    """
    if centred:
        sound = F.pad(sound, (window // 2, window // 2))
    frames = sound.unfold(-1, window, hop) * hann(window, sound)
    return torch.fft.rfft(frames)


def inverse_stft(spectra: Tensor, window: int, hop: int) -> Tensor:
    """Sound (B, (F - 1) * hop) of spectra (B, F, bins), by weighted overlap-add.

    The least-squares inverse of Griffin and Lim (1984): what `stft` made comes back, and any other
    spectra become the sound whose spectra are nearest. `hop` divides `window`.
    """
    frames = torch.fft.irfft(spectra, window)
    weights = hann(window, frames)
    count = frames.shape[1]
    sound = overlap_add(frames * weights, hop)
    squares = overlap_add(weights.square().expand(1, count, window), hop)
    inner = slice(window // 2, window // 2 + (count - 1) * hop)
    return sound[:, inner] / squares[:, inner].clamp_min(1e-8)


def overlap_add(frames: Tensor, hop: int) -> Tensor:
    """Frames (B, F, window), each `hop` samples after the last, added: (B, (F - 1) * hop + window)."""
    batch, count, window = frames.shape
    if window % hop:
        raise ValueError(f"a hop of {hop} does not divide the window of {window}")
    slices = window // hop
    cut = frames.reshape(batch, count, slices, hop)
    # Slice s of frame f lies at hop f + s: a sum of `slices` shifted copies.
    shifted = [F.pad(cut[:, :, s], (0, 0, s, slices - 1 - s)) for s in range(slices)]
    return torch.stack(shifted).sum(0).reshape(batch, (count + slices - 1) * hop)


def hann(window: int, like: Tensor) -> Tensor:
    """The periodic Hann window, (window,), of the kind of `like`."""
    return torch.hann_window(window, dtype=like.dtype, device=like.device)
