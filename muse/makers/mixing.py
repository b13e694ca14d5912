"""Parts become one stereo sound: where each stands, a room around them, a level, a soft end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from muse.works.base import WishError
from muse.works.mastering import add_reverb, set_loudness

HELD_SECONDS = 20 * 60
"""Longer sounds lie in a temporary file instead of in memory."""

LONGEST_SECONDS = 12 * 3600

Samples = NDArray[np.float32]


def places(count: int) -> list[float]:
    """Where so many parts stand, -0.5 left to 0.5 right."""
    return [(number + 1) / (count + 1) - 0.5 for number in range(count)]


def stereo(sound: Samples, place: float, level: float = 1.0) -> Samples:
    """Sound (T,) at a place, (2, T): both sides together have the same power everywhere."""
    sides = np.array([[level * (1 - place) ** 0.5], [level * (1 + place) ** 0.5]], np.float32)
    return sides * sound


def new_sound(channels: int, count: int, rate: int) -> Samples:
    """Silence (channels, count), in memory or, if it is long, in a temporary file.

    Raises:
        WishError: if it is longer than `LONGEST_SECONDS`, or the disk has no room for it.
    """
    if count > LONGEST_SECONDS * rate:
        hours = count / rate / 3600
        raise WishError(
            f"{hours:.1f} hours of sound are asked for; {LONGEST_SECONDS // 3600} at most"
        )
    if count <= HELD_SECONDS * rate:
        return np.zeros((channels, count), np.float32)
    try:
        # Unnamed: it goes when the last one who holds it lets it go.
        with tempfile.TemporaryFile(prefix="muse-sound") as file:
            return np.memmap(file, np.float32, "w+", shape=(channels, count))
    except OSError as error:
        raise WishError(f"no room for {count / rate / 60:.0f} minutes of sound: {error}") from error


def finished(sound: Samples, rate: int, room: float, fade_seconds: float = 0.5) -> None:
    """Add a room to sound (2, T), bring it to the usual loudness and let it end softly, in place.

    Args:
        sound: what the parts play.
        rate: samples a second.
        room: how much of the room is heard, 0 to 1.
        fade_seconds: length of the last fade.
    """
    if room > 0:
        add_reverb(sound, rate, room)
    set_loudness(sound, rate)
    count = min(sound.shape[1], round(fade_seconds * rate))
    if count:
        sound[:, -count:] *= np.linspace(1, 0, count, dtype=np.float32)


def summed(blocks: Iterable[Samples]) -> Samples:
    """Blocks (..., n) of several parts, added."""
    total: Samples | None = None
    for block in blocks:
        total = block if total is None else total + block
    assert total is not None
    return total
