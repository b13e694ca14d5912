"""A preview voice: how a score sounds, from numpy alone, with no samples and no network.

It is honest about what it is. Plucked and struck instruments are one Karplus-Strong string,
winds and bowed strings a sum of steady harmonics, drums nothing at all. It serves to hear notes,
chords, rhythm and balance at once; a trained voice is what to play to other people.

Conventions:
    Time is in seconds or, inside, in frames of `rate` Hz. Sound is float32 in -1 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from muse.works.base import WishError
from muse.works.mastering import add_reverb, set_loudness
from muse.works.score import Note, Part, Score

if TYPE_CHECKING:
    import numpy as np

LONGEST_SECONDS = 15 * 60
"""Longer scores are refused: the sound is held in memory as a whole, 21 MB a minute."""

TAIL_SECONDS = 2.0
"""Silence is reached this long after the last bar."""

LONGEST_TONE_SECONDS = 20.0
"""A note that is written longer dies away after this."""


@dataclass(frozen=True)
class Voice:
    """How a family of instruments sounds.

    Attributes:
        harmonics: strength of each partial; empty for a plucked string.
        attack: rise of the tone in seconds.
        release: fall after the end of the note in seconds (to 37 %).
        vibrato: depth in cents.
        ring: seconds in which a plucked A2 falls by 60 dB.
        dullness: how fast a plucked string loses its high partials, 0 to 1.
    """

    harmonics: tuple[float, ...] = ()
    attack: float = 0.002
    release: float = 0.08
    vibrato: float = 0.0
    ring: float = 7.0
    dullness: float = 0.4


_PIANO = Voice(ring=9.0, dullness=0.55, release=0.1)
_GUITAR = Voice(ring=5.0, dullness=0.35, release=0.12)
_BELL = Voice(ring=5.0, dullness=0.9, release=0.3)
_BASS = Voice(ring=5.0, dullness=0.9)
_ORGAN = Voice((1.0, 0.7, 0.25, 0.4, 0.05, 0.15, 0.02, 0.15), 0.02, 0.06)
_REEDS = Voice((1.0, 0.55, 0.65, 0.4, 0.3, 0.2, 0.14, 0.1, 0.06), 0.03, 0.06)
_STRINGS = Voice((1.0, 0.7, 0.5, 0.36, 0.3, 0.2, 0.15, 0.12, 0.08, 0.06), 0.07, 0.12, 7.0)
_CHOIR = Voice((1.0, 0.5, 0.28, 0.16, 0.05, 0.04, 0.03), 0.09, 0.14, 8.0)
_BRASS = Voice((1.0, 0.9, 0.75, 0.6, 0.42, 0.3, 0.2, 0.14, 0.1), 0.04, 0.07, 3.0)
_CLARINET = Voice((1.0, 0.12, 0.6, 0.1, 0.32, 0.06, 0.16, 0.03, 0.06), 0.03, 0.06, 2.0)
_FLUTE = Voice((1.0, 0.38, 0.16, 0.05, 0.02), 0.04, 0.07, 6.0)

_FAMILIES = (
    (8, _PIANO), (16, _BELL), (20, _ORGAN), (24, _REEDS), (32, _GUITAR), (40, _BASS),
    (45, _STRINGS), (47, _GUITAR), (48, _BASS), (52, _STRINGS), (56, _CHOIR), (64, _BRASS),
    (71, _REEDS), (72, _CLARINET), (80, _FLUTE), (88, _REEDS), (96, _CHOIR), (104, _STRINGS),
    (109, _GUITAR), (112, _REEDS), (128, _BELL),
)  # fmt: skip
"""General MIDI families: (the first program that no longer belongs to it, voice)."""


def render(score: Score, rate: int = 44_100, *, seconds: float | None = None) -> np.ndarray:
    """Play the score.

    Args:
        score: what to play. A single part with chord symbols is accompanied softly.
        rate: frames a second.
        seconds: stop here, fading out, if the score is longer.

    Returns:
        Sound (2, frames), float32: the score, then `TAIL_SECONDS` in which it falls silent.

    Raises:
        WishError: if what is to be played is longer than `LONGEST_SECONDS`.
    """
    import numpy as np

    written = score.seconds(score.length)
    if min(written, seconds or written) > LONGEST_SECONDS:
        raise WishError(
            f"the score lasts {written / 60:.0f} minutes and the preview voice plays at most "
            f"{LONGEST_SECONDS // 60}; render a part of it with bar_slice"
        )
    played = min(written, seconds or written)
    sound = np.zeros((2, round((played + TAIL_SECONDS) * rate)), np.float32)
    parts = score.parts
    for number, part in enumerate(parts):
        spread = (number + 1) / (len(parts) + 1) - 0.5  # -0.5 left to 0.5 right
        _play(sound, score, part, rate, played, 1.0, spread)
    if len(parts) <= 1 and score.chords:
        _play(sound, score, accompaniment(score), rate, played, 0.42, 0.15)
        _play(sound, score, accompaniment(score, strummed=False), rate, played, 0.16, -0.25)
    add_reverb(sound, rate)
    set_loudness(sound, rate)
    fade = np.hanning(2 * round(TAIL_SECONDS * rate / 2))[-round(TAIL_SECONDS * rate / 2) :]
    sound[:, sound.shape[1] - len(fade) :] *= fade.astype(np.float32)
    return sound


def voice_of(program: int) -> Voice:
    """The voice for a General MIDI program, 0 to 127."""
    return next(voice for end, voice in _FAMILIES if program < end)


def accompaniment(score: Score, *, strummed: bool = True) -> Part:
    """A plain part from the chord symbols: strummed on strong beats, or held as a pad."""
    bars = score.grid()
    places = {mark.start for mark in score.chords} | {bar.start for bar in bars[1:]}
    if strummed:
        places |= {bar.start + at for bar in bars if bar.number for at in bar.meter.strong_ticks}
    end = bars[-1].end
    starts = sorted(tick for tick in places if tick < end)
    notes: list[Note] = []
    for start, stop in zip(starts, [*starts[1:], end]):
        chord = score.chord_at(start)
        if chord is None:
            continue
        bass = chord.root if chord.bass is None else chord.bass
        tones = sorted(53 + (tone - 53) % 12 for tone in chord.pitch_classes)  # F3 to E4
        for place, pitch in enumerate([40 + (bass - 40) % 12, *tones]):
            late = min(place, stop - start - 1) if strummed else 0
            velocity = 62 if place == 0 else 48
            notes.append(Note(start + late, stop - start - late, pitch, velocity))
    return Part(tuple(notes), "chords", 24 if strummed else 52)


def _play(
    sound: np.ndarray, score: Score, part: Part, rate: int, played: float, level: float, pan: float
) -> None:
    """Add the notes of a part to `sound` (2, frames). `pan` is -1 left to 1 right."""
    import numpy as np

    voice, sides = voice_of(part.program), (level * (1 - pan) ** 0.5, level * (1 + pan) ** 0.5)
    by_pitch: dict[int, list[tuple[int, int, int]]] = {}
    for note in part.notes:
        start, end = score.seconds(note.start), score.seconds(note.end)
        if start < played and _frequency(note.pitch) < 0.45 * rate:
            span = (round(start * rate), round(min(end, played) * rate), note.velocity)
            by_pitch.setdefault(note.pitch, []).append(span)
    ring = round(5 * voice.release * rate)
    for pitch, spans in by_pitch.items():
        longest = max(end - start for start, end, _ in spans) + ring
        longest = min(longest, round(LONGEST_TONE_SECONDS * rate))
        tone = _tone(voice, pitch, longest, rate)
        for start, end, velocity in spans:
            heard = tone[: min(end - start + ring, sound.shape[1] - start)].copy()
            falling = len(heard) - (end - start)
            if falling > 0:
                heard[-falling:] *= np.exp(-np.arange(falling, dtype=np.float32) * 5 / ring)
                heard[-min(falling, 64) :] *= np.linspace(1, 0, min(falling, 64), dtype=np.float32)
            heard *= (velocity / 127) ** 1.5
            for side in (0, 1):
                sound[side, start : start + len(heard)] += sides[side] * heard


def _frequency(pitch: int) -> float:
    """Hz of a MIDI pitch in equal temperament, A4 = 440 Hz."""
    return 440.0 * 2 ** ((pitch - 69) / 12)


def _tone(voice: Voice, pitch: int, frames: int, rate: int) -> np.ndarray:
    """One note held for `frames`, of about the same loudness for every voice and pitch."""
    import numpy as np

    frequency = _frequency(pitch)
    if voice.harmonics:
        tone = _sustained(voice, frequency, frames, rate)
    else:
        tone = _plucked(voice, frequency, frames, rate)
    rise = min(frames, max(1, round(voice.attack * rate)))
    tone[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
    if frames == round(LONGEST_TONE_SECONDS * rate):
        tone[-rate:] *= np.linspace(1, 0, rate, dtype=np.float32)
    return tone


def _sustained(voice: Voice, frequency: float, frames: int, rate: int) -> np.ndarray:
    """A sum of harmonics below the Nyquist frequency, with vibrato at 5.2 Hz."""
    import numpy as np

    time = np.arange(frames) / rate
    depth = 2 ** (voice.vibrato / 1200) - 1
    waves = 2 * np.pi * 5.2
    time -= depth * np.clip(2 * time - 0.3, 0, 1) * np.cos(waves * time) / waves
    turning = np.exp(2j * np.pi * ((frequency * time) % 1)).astype(np.complex64)
    strengths = [s for n, s in enumerate(voice.harmonics, 1) if n * frequency < 0.45 * rate]
    tone = np.zeros(frames, np.complex64)
    for strength in reversed(strengths):  # Horner's rule for sum of strength * turning ** n
        tone += np.float32(strength)
        tone *= turning
    loudness = sum(s * s for s in strengths) ** 0.5
    return tone.imag * np.float32(0.45 / loudness)


def _plucked(voice: Voice, frequency: float, frames: int, rate: int) -> np.ndarray:
    """A string by Karplus and Strong (1983), tuned by a Lagrange delay (Jaffe and Smith, 1983).

    The loop is one period long and each period is the one before it, filtered; so a whole
    period is computed at once.
    """
    import numpy as np

    period = rate / frequency
    ring = min(voice.ring, max(0.5, voice.ring * (110 / frequency) ** 0.6))
    if period < 6:  # no room for a loop, nor for overtones: a dying sine is the same
        time = np.arange(frames, dtype=np.float32) / rate
        dying = 10 ** (-3 * time / ring)
        return (0.8 * dying * np.sin(2 * np.pi * frequency * time)).astype(np.float32)
    keep = 10 ** (-3 / (frequency * ring))
    blur = min(0.24, 0.3 * voice.dullness * (220 / frequency) ** 0.8) * (rate / 44_100) ** 2
    # The symmetric low-pass delays by one frame, the Lagrange taps by `part`, the loop by `whole`.
    whole = int(period - 2)
    part = period - 1 - whole
    delay = [np.prod([(part - j) / (i - j) for j in range(4) if j != i]) for i in range(4)]
    taps = keep * np.convolve([blur, 1 - 2 * blur, blur], delay)
    # The first period is an ideal string plucked at a seventh of its length.
    order = np.arange(1, min(120, max(1, int(0.4 * rate / frequency))) + 1)[:, None]
    phase = 2 * np.pi * order * np.arange(whole + 5) / period
    shape = np.sin(np.pi * order / 7) / order / (1 + voice.dullness * (order / 9) ** 2)
    first = (shape * np.cos(phase + 2.4 * order**2)).sum(axis=0)
    # High strings die sooner; a harder pluck makes up for it.
    first *= 0.4 * (frequency / 220) ** 0.3 / max(1e-9, np.sqrt(np.mean(first**2)))
    string = np.zeros(whole + 5 + frames)
    string[: whole + 5] = first
    at = whole + 5
    last = min(len(string), at + round(1.5 * ring * rate))  # 90 dB down: what follows is silence
    while at < last:
        fresh = np.convolve(string[at - whole - 5 : at], taps, "valid")[:whole]
        string[at : at + whole] = fresh[: len(string) - at]
        at += whole
    return string[whole + 5 :].astype(np.float32)
