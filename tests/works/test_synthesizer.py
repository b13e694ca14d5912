"""The preview voice: in tune, in time, never clipped, silent at the end, fast, bounded."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from muse.theory.chords import Chord
from muse.works.base import WishError
from muse.works.formats import wav
from muse.works.mastering import LOUDNESS_DB, PEAK
from muse.works.score import ChordMark, Note, Part, Score
from muse.works.synthesizer import LONGEST_SECONDS, TAIL_SECONDS, accompaniment, render

RATE = 22_050


def _tune(pitch: int = 69, program: int = 0, bars: int = 1, length: int = 96) -> Score:
    notes = tuple(Note(at, length, pitch) for at in range(0, 96 * bars, length))
    return Score((Part(notes, program=program),), bars)


def _frequency(sound: np.ndarray, rate: int, near: float) -> float:
    """Hz of the strongest partial within a semitone of `near`, by a padded FFT."""
    size = 1 << 19
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))
    hertz = np.arange(len(spectrum)) * rate / size
    around = (hertz > near * 2 ** (-1 / 12)) & (hertz < near * 2 ** (1 / 12))
    return float(hertz[np.argmax(np.where(around, spectrum, 0))])


@pytest.mark.parametrize("program", [0, 12, 24, 33, 40, 52, 56, 68, 71, 73])
@pytest.mark.parametrize("pitch", [28, 40, 57, 69, 81, 93, 105, 110, 118, 120])
def test_pitch_within_ten_cents(program: int, pitch: int) -> None:
    sound = render(_tune(pitch, program), RATE)[0, : 2 * RATE]
    right = 440 * 2 ** ((pitch - 69) / 12)
    assert abs(1200 * np.log2(_frequency(sound, RATE, right) / right)) < 10


@pytest.mark.parametrize("program", [0, 24, 73])
def test_the_fundamental_is_heard(program: int) -> None:
    """By autocorrelation: the period of the whole wave, not of one partial."""
    sound = render(_tune(57, program), RATE)[0, RATE // 5 : RATE]
    power = np.abs(np.fft.rfft(sound, 1 << 16)) ** 2
    correlation = np.fft.irfft(power)[:400]
    lag = 40 + int(np.argmax(correlation[40:]))
    assert abs(lag - RATE / 220) <= 1


def test_length_shape_and_silence_at_the_end() -> None:
    score = _tune(bars=4)  # 4 bars of 4/4 at 120: 8 seconds
    sound = render(score, RATE)
    assert sound.shape == (2, round((8 + TAIL_SECONDS) * RATE)) and sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert np.abs(sound[:, -RATE // 100 :]).max() < 1e-4
    assert np.abs(sound[:, : RATE // 10]).max() > 0.05


def test_onsets_are_where_they_are_written() -> None:
    score = Score((Part((Note(48, 24, 60),)),), 1)  # a second of rest, then a note
    sound = np.abs(render(score, RATE)).max(axis=0)
    assert sound[: RATE - 10].max() < 1e-6 < 0.02 < sound[RATE : RATE + RATE // 20].max()


def _thick() -> Score:
    chords = [Note(at, 24, pitch, 127) for at in range(0, 192, 24) for pitch in range(40, 88, 3)]
    return Score((Part(tuple(chords)), Part(tuple(chords), program=56)), 2)


@pytest.mark.parametrize("score", [_tune(), _tune(84, 12, 2, 6), _tune(60, 73), _thick()])
def test_loud_but_never_clipped(score: Score) -> None:
    sound = render(score, RATE)
    assert np.abs(sound).max() <= PEAK
    assert (np.abs(sound) > 0.999 * PEAK).mean() < 1e-3  # limited, not cut off
    played = sound[:, : round(score.seconds(score.length) * RATE)]
    level = 10 * np.log10(np.mean(played.astype(float) ** 2))
    assert LOUDNESS_DB - 8 < level < LOUDNESS_DB + 2


def test_chords_accompany_a_single_part_softly() -> None:
    plain = _tune(81, 73)
    harmonized = Score(plain.parts, 1, chords=(ChordMark(0, Chord.parse("C/G")),))
    part = accompaniment(harmonized)
    assert {note.pitch % 12 for note in part.notes} == {0, 4, 7}
    assert min(part.notes, key=lambda note: note.pitch).pitch % 12 == 7  # the bass of C/G
    assert all(note.end <= harmonized.length for note in part.notes)
    low = np.fft.rfftfreq(2 * RATE, 1 / RATE) < 350
    duet = Score((*plain.parts, Part()), 1, chords=harmonized.chords)
    alone, together, unaccompanied = (
        np.abs(np.fft.rfft(render(score, RATE)[0, : 2 * RATE])) ** 2
        for score in (plain, harmonized, duet)
    )
    assert together[low].sum() > 10 * alone[low].sum()
    assert together[low].sum() < 0.5 * together[~low].sum()
    assert unaccompanied[low].sum() < 2 * alone[low].sum()  # several parts need no chords


def test_same_score_same_sound() -> None:
    assert np.array_equal(render(_tune(), RATE), render(_tune(), RATE))


def test_without_notes_there_is_silence() -> None:
    for score in (Score((), 1), Score((Part(),), 1)):
        assert not render(score, RATE).any()


@pytest.mark.parametrize("rate", [8_000, RATE, 44_100])
def test_every_pitch_at_every_rate_ends(rate: int) -> None:
    """Strings of less than three frames a period once ran for ever: 118 to 122 at 22,050 Hz."""
    for program in (0, 73):
        notes = tuple(Note(6 * pitch, 6, pitch) for pitch in range(128))
        sound = render(Score((Part(notes, program=program),), 8), rate)
        assert np.isfinite(sound).all() and sound.any()


def test_long_scores_are_refused_or_cut() -> None:
    score = _tune(bars=1 + LONGEST_SECONDS // 2)
    with pytest.raises(WishError, match="15 minutes"):
        render(score, RATE)
    sound = render(score, RATE, seconds=3)
    assert sound.shape[1] == round((3 + TAIL_SECONDS) * RATE)


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_sound_files(suffix: str) -> None:
    score = Score(_tune().parts, 1, title="Für Elise", provenance={"model": "melody", "seed": 7})
    with soundfile.SoundFile(io.BytesIO(wav.encode(score, suffix))) as file:
        assert (file.samplerate, file.channels, file.subtype) == (44_100, 2, "PCM_16")
        assert len(file) == round((2 + TAIL_SECONDS) * 44_100)
        assert file.title == "Für Elise"
        assert '"seed": 7' in file.comment
        assert np.abs(file.read()).max() > 0.1


def test_unknown_sound_format() -> None:
    with pytest.raises(WishError, match=r"\.flac"):
        wav.encode(_tune(), ".xyz")
