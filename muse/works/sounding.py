"""Notes as they sound, in seconds: the harmonic source of trained voices, and rolls of frames.

Conventions:
    Sounding notes are an array (n, 4), float64: start and end in seconds, MIDI pitch, velocity.
    Everything can be had for any stretch of time, and is the same there as in the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from muse.theory.instruments import HIGHEST, LOWEST

if TYPE_CHECKING:
    import numpy as np

    from muse.works.score import Part, Score

PARTIALS = 24
"""Harmonics of the source, below the Nyquist frequency."""

RINGS = 1.0
"""Seconds that the source rings on after the end of a note."""

KEYS = HIGHEST - LOWEST + 1

ROLLS = 5
"""Figures a key and frame: onset, sustain, time since the onset, time to the end, time since it."""


def sounding_notes(score: Score, part: Part) -> np.ndarray:
    """The notes of a part as they sound, (n, 4), in the order of their starts."""
    import numpy as np

    seconds: dict[int, float] = {}
    rows = []
    for note in part.notes:
        for tick in (note.start, note.end):
            if tick not in seconds:
                seconds[tick] = score.seconds(tick)
        rows.append((seconds[note.start], seconds[note.end], note.pitch, note.velocity))
    return np.array(sorted(rows), np.float64).reshape(-1, 4)


def harmonic_source(notes: np.ndarray, rate: int, first: int, count: int) -> np.ndarray:
    """Sines at the harmonics of the notes: pitches and timing without any timbre.

    Args:
        notes: (n, 4).
        rate: samples a second.
        first: number of the first sample; may be negative.
        count: how many samples.

    Returns:
        (count,) float32. Harmonic n of a note has 1 / n of the strength of its first.
    """
    import numpy as np

    sound = np.zeros(count, np.float32)
    low, high = first / rate, (first + count) / rate
    for start, end, pitch, velocity in notes[(notes[:, 0] < high) & (notes[:, 1] + RINGS > low)]:
        begin = max(first, int(np.ceil(start * rate)))
        stop = min(first + count, int((end + RINGS) * rate))
        if begin >= stop:
            continue
        time = np.arange(begin, stop) / rate - start
        frequency = 440 * 2 ** ((pitch - 69) / 12)
        turning = np.exp(2j * np.pi * ((frequency * time) % 1)).astype(np.complex64)
        tone = np.zeros(len(time), np.complex64)
        for partial in range(min(PARTIALS, int(0.45 * rate / frequency)), 0, -1):
            tone += np.float32(1 / partial)  # Horner's rule for the sum of turning ** n / n
            tone *= turning
        after = time - (end - start)
        shape = np.minimum(1, time / 0.003) * np.exp(-np.maximum(0, after) * 4)
        shape *= np.clip((RINGS - after) / 0.2, 0, 1)
        loud = 0.1 * (velocity / 127) ** 1.5
        sound[begin - first : stop - first] += (loud * shape).astype(np.float32) * tone.imag
    return sound


def frame_rolls(notes: np.ndarray, frame_rate: float, first: int, count: int) -> np.ndarray:
    """What each key does at each frame, (count, KEYS * ROLLS) float32.

    Args:
        notes: (n, 4), pitches from LOWEST to HIGHEST.
        frame_rate: frames a second.
        first: number of the first frame.
        count: how many frames.

    Returns:
        Five figures a key: an impulse at the onset, shared by the two frames around it; velocity
        while the note sounds; how long it has sounded (falling from 1, 2 s to 37 %); how near its
        end is (rising to 1, 0.1 s); how long ago it ended (falling from 1, 0.2 s).
    """
    import numpy as np

    rolls = np.zeros((count, KEYS, ROLLS), np.float32)
    low, high = first / frame_rate, (first + count) / frame_rate
    for start, end, pitch, velocity in notes[(notes[:, 0] < high) & (notes[:, 1] + RINGS > low)]:
        key, loud = int(pitch) - LOWEST, velocity / 127
        place = start * frame_rate - first
        before = int(np.floor(place))
        for frame, share in ((before, before + 1 - place), (before + 1, place - before)):
            if 0 <= frame < count:
                rolls[frame, key, 0] += loud * share
        begin = max(0, int(np.ceil(place)))
        stop = min(count, int(np.ceil(end * frame_rate - first)))
        if begin < stop:
            time = (np.arange(begin, stop) + first) / frame_rate
            held = rolls[begin:stop, key]
            held[:, 1] = np.maximum(held[:, 1], loud)
            held[:, 2] = np.maximum(held[:, 2], np.exp(-(time - start) / 2))
            held[:, 3] = np.maximum(held[:, 3], np.exp(-(end - time) / 0.1))
        begin = max(0, int(np.ceil(end * frame_rate - first)))
        stop = min(count, int((end + RINGS) * frame_rate) - first)
        if begin < stop:
            time = (np.arange(begin, stop) + first) / frame_rate
            rung = rolls[begin:stop, key, 4]
            np.maximum(rung, np.exp(-(time - end) / 0.2), out=rung)
    return rolls.reshape(count, -1)
