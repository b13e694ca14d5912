"""Sound as a work: samples and their rate, how it was made, and how it is saved and shown.

Conventions:
    Samples are float32 in -1 to 1, (channels, T); a rate is in samples a second (Hz).
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muse.works.base import WishError, Work

LOWEST_RATE, HIGHEST_RATE = 8_000, 192_000
MOST_CHANNELS = 8

SHOWN_SECONDS = 60.0
"""A notebook holds the sound of this much, and no more."""

_BARS = " ▁▂▃▄▅▆▇█"

_TAPS = 32
"""Zero crossings of the resampling filter to either side."""


@dataclass(frozen=True, eq=False)
class Audio(Work):
    """A sound.

    Attributes:
        samples: (channels, T) float32. Long ones may lie in a memory-mapped file.
        rate: samples a second.
    """

    samples: NDArray[np.float32]
    rate: int

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or not 1 <= len(self.samples) <= MOST_CHANNELS:
            raise ValueError(f"samples are (1 to {MOST_CHANNELS}, T), not {self.samples.shape}")
        if self.samples.dtype != np.float32:
            raise ValueError(f"samples are float32, not {self.samples.dtype}")
        if not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            raise WishError(f"a rate is {LOWEST_RATE} to {HIGHEST_RATE} Hz, not {self.rate}")

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return self.samples.shape[1] / self.rate

    def mono(self) -> Audio:
        """The mean of the channels."""
        return replace(self, samples=self.samples.mean(axis=0, keepdims=True))

    def resampled(self, rate: int) -> Audio:
        """The same sound at another rate. Raises WishError if it is out of bounds."""
        if rate == self.rate:
            return self
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise WishError(f"a rate is {LOWEST_RATE} to {HIGHEST_RATE} Hz, not {rate}")
        return replace(self, samples=resample(self.samples, self.rate, rate), rate=rate)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the sound; .wav, .flac, .ogg or .mp3. The file appears whole or not at all.

        It is written a second at a time, so that long sounds need no second copy in memory.

        Raises:
            WishError: if no sound format has that suffix, or the place cannot be written.
        """
        from muse.works.formats.sound import save_sound

        path = Path(path)
        save_sound(self, path)
        return path

    def outline(self, places: int) -> NDArray[np.float32]:
        """The peak of each of `places` equal stretches, (places,)."""
        edges = np.linspace(0, self.samples.shape[1], places + 1).astype(int)
        return np.array(
            [
                np.abs(self.samples[:, a:b]).max() if b > a else 0.0
                for a, b in zip(edges, edges[1:])
            ],
            np.float32,
        )

    def __str__(self) -> str:
        levels = np.clip(np.ceil(self.outline(64) * (len(_BARS) - 1)), 0, len(_BARS) - 1)
        shape = "".join(_BARS[int(level)] for level in levels)
        kind = {1: "mono", 2: "stereo"}.get(len(self.samples), f"{len(self.samples)} channels")
        title = f"{self.title}\n" if self.title else ""
        return f"{title}{shape}\n{self.seconds:.1f} s, {kind}, {self.rate} Hz"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the outline with a player, else plain text."""
        return {"text/html": audio_html(self), "text/plain": str(self)}


def audio_html(audio: Audio) -> str:
    """The outline of a sound and a player of its first minute: HTML without any script."""
    from muse.works.formats.sound import encode_samples

    heard = audio.samples[:, : round(SHOWN_SECONDS * audio.rate)]
    data = base64.b64encode(encode_samples(heard, audio.rate, ".flac")).decode("ascii")
    points = audio.outline(300)
    path = "".join(f"M{x} {40 - 38 * y:.1f}V{40 + 38 * y:.1f}" for x, y in enumerate(points))
    title = f"<b>{escape(audio.title)}</b> · " if audio.title else ""
    return (
        '<figure style="margin:0;max-width:900px"><svg viewBox="0 0 300 80" width="900" '
        f'style="max-width:100%;height:auto;display:block"><path d="{path}" stroke="#4477aa"/></svg>'
        '<audio controls preload="metadata" style="display:block;width:100%;height:34px" '
        f'src="data:audio/flac;base64,{data}"></audio><figcaption>{title}{audio.seconds:.1f} s, '
        f"{audio.rate} Hz</figcaption></figure>"
    )


def resample(samples: NDArray[np.float32], rate: int, to: int) -> NDArray[np.float32]:
    """Samples (channels, T) at another rate, (channels, ceil(T * to / rate)).

    Band-limited interpolation (Smith and Gossett 1984): each output is a Kaiser-windowed sinc of
    the samples around it, cut off at the lower of the two Nyquist frequencies.
    """
    shared = int(np.gcd(rate, to))
    up, down = to // shared, rate // shared
    count = -(-samples.shape[1] * up // down)
    cut = min(1.0, to / rate) * 0.97
    reach = int(np.ceil(_TAPS / cut))
    padded = np.pad(samples, ((0, 0), (reach, reach + down + 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach, axis=1)
    found = np.zeros((len(samples), count), np.float32)
    for phase in range(min(up, count)):
        first, part = divmod(phase * down, up)
        away = np.arange(-reach + 1, reach + 1) - part / up
        edge = np.sqrt(np.clip(1 - (away / reach) ** 2, 0, 1))
        taps = (cut * np.sinc(cut * away) * np.i0(9 * edge) / np.i0(9.0)).astype(np.float32)
        places = len(range(phase, count, up))
        found[:, phase::up] = windows[:, first + 1 :: down][:, :places] @ taps
    return found
