"""The last touch on a sound: a room around it, and a level that is loud but never clipped.

Both work in place on sound (2, frames), float32, so that a long piece is held only once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

LOUDNESS_DB = -16.0
"""Level of the finished sound: RMS of its louder blocks, in dB of full scale."""

PEAK = 0.97
"""No frame is louder."""


def add_reverb(sound: np.ndarray, rate: int, wet: float = 0.18) -> None:
    """A small hall, added in place: each side convolved with its own dying noise (1.3 s)."""
    import numpy as np

    noise = np.random.default_rng(0).standard_normal((2, round(1.3 * rate)), np.float32)
    time = np.arange(noise.shape[1], dtype=np.float32) / rate
    noise *= np.exp(-time * 5.3) * np.clip(time / 0.012, 0, 1)
    noise[:] = (noise + np.roll(noise, 1, 1) + np.roll(noise, 2, 1)) / 3  # walls swallow the highs
    noise *= wet / np.sqrt((noise**2).sum(axis=1, keepdims=True))
    size = 1 << (2 * noise.shape[1]).bit_length()
    step = size - noise.shape[1] + 1
    for side in (0, 1):
        room = np.fft.rfft(noise[side], size)
        before = np.zeros(size - step, np.float32)
        for at in range(0, sound.shape[1], step):
            block = sound[side, at : at + step]
            echo = np.fft.irfft(np.fft.rfft(block, size) * room, size)
            echo[: len(before)] += before
            block += echo[: len(block)]
            before = echo[step:].copy()


def set_loudness(sound: np.ndarray, rate: int) -> None:
    """Bring `sound` to `LOUDNESS_DB` in place, holding peaks under `PEAK` with a limiter.

    Loudness is the RMS of the 0.4 s blocks that are not 10 dB under their mean, as in the
    gating of ITU-R BS.1770, without its ear filter.
    """
    import numpy as np

    size = round(0.4 * rate)
    edges = range(0, sound.shape[1], size)
    power = np.array([np.mean(sound[:, at : at + size] ** 2) for at in edges])
    if not power.any():
        return
    power = power[power > power[power > 1e-9 * power.max()].mean() / 10]
    sound *= 10 ** (LOUDNESS_DB / 20) / np.sqrt(power.mean())
    size = 256
    edges = range(0, sound.shape[1], size)
    peaks = np.array([np.abs(sound[:, at : at + size]).max() for at in edges])
    gain = np.minimum(1, PEAK / np.maximum(peaks, 1e-9))
    reach = 12  # blocks: the gain falls 70 ms ahead of a peak and rises as slowly
    padded = np.pad(gain, 2 * reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    window = np.hanning(2 * reach - 1)
    gain = np.convolve(windows, window / window.sum(), "valid")
    gain = gain[1 : 1 + len(peaks)]
    centres = (np.arange(len(peaks)) + 0.5) * size
    for place, at in enumerate(edges):
        frames = np.arange(at, min(at + size, sound.shape[1]))
        near = slice(max(0, place - 1), place + 2)
        sound[:, at : at + size] *= np.interp(frames, centres[near], gain[near]).astype(np.float32)
    np.clip(sound, -PEAK, PEAK, out=sound)
