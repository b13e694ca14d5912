"""Sound as a work: files, rates, what is refused; the harmonic source and rolls of frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

import muse
from muse.theory.instruments import INSTRUMENTS, instrument_named, instrument_number
from muse.works.audio import Audio, audio_html, resample
from muse.works.base import WishError
from muse.works.fluidsynth import midi_bytes
from muse.works.formats.midi import decode
from muse.works.score import Note, Part, Score
from muse.works.sounding import KEYS, ROLLS, frame_rolls, harmonic_source, sounding_notes

RATE = 22_050


def sine(pitch: float = 440.0, seconds: float = 1.0, rate: int = RATE) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * pitch * time)).astype(np.float32)[None]


@pytest.mark.parametrize(
    "suffix, most", [(".wav", 1e-4), (".flac", 1e-4), (".ogg", 0.1), (".mp3", 1)]
)
def test_files_come_back(suffix: str, most: float, tmp_path: Path) -> None:
    audio = Audio(sine(), RATE, title="A", provenance={"voice": "test", "seed": 3})
    path = audio.save(tmp_path / f"tone{suffix}")
    found = muse.open(path)
    assert isinstance(found, Audio) and found.rate == RATE
    if suffix != ".mp3":  # an encoder's delay stands before its sound
        assert np.abs(found.samples[:, 2000:20_000] - audio.samples[:, 2000:20_000]).max() < most
    assert abs(found.seconds - 1) < 0.1 and found.provenance == {"voice": "test", "seed": 3}
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_what_cannot_be_written_or_read_is_told_in_a_line(tmp_path: Path) -> None:
    audio = Audio(sine(), RATE)
    with pytest.raises(WishError, match=r"\.xyz"):
        audio.save(tmp_path / "tone.xyz")
    (tmp_path / "file").write_text("")
    with pytest.raises(WishError, match="cannot write"):
        audio.save(tmp_path / "file" / "tone.wav")
    with pytest.raises(WishError, match="MP3 has no rate"):
        audio.resampled(20_000).save(tmp_path / "tone.mp3")
    (tmp_path / "broken.wav").write_bytes(b"RIFF" + bytes(100))
    with pytest.raises(WishError, match=r"broken\.wav"):
        muse.open(tmp_path / "broken.wav")
    with pytest.raises(WishError, match="rate"):
        audio.resampled(10)
    with pytest.raises(ValueError):
        Audio(sine()[0], RATE)


@pytest.mark.parametrize("to", [44_100, 48_000, 16_000])
def test_a_sine_keeps_its_pitch_and_loudness_at_another_rate(to: int) -> None:
    made = resample(sine(), RATE, to)
    wanted = sine(rate=to)[:, : made.shape[1]]
    inner = slice(2000, -2000)
    assert np.abs(made[:, inner] - wanted[:, inner]).max() < 1e-3
    theirs = signal.resample_poly(sine()[0], to // np.gcd(to, RATE), RATE // np.gcd(to, RATE))
    assert len(theirs) == made.shape[1]


def test_what_is_above_the_new_nyquist_frequency_goes() -> None:
    assert np.abs(resample(sine(10_000), RATE, 16_000)[:, 500:-500]).max() < 0.01


def test_a_sound_shows_itself() -> None:
    audio = Audio(sine(), RATE, title="<b>")
    assert "1.0 s, mono" in str(audio) and "<script" not in audio_html(audio)
    assert "&lt;b&gt;" in audio_html(audio)


NOTES = np.array([[0.1, 0.6, 60, 80], [0.3, 0.4, 67, 127], [1.0, 1.5, 96, 40]])


@settings(max_examples=25, deadline=None)
@given(st.integers(-3000, 40_000), st.integers(1, 5000))
def test_the_source_of_a_stretch_is_that_of_the_whole(first: int, count: int) -> None:
    whole = harmonic_source(NOTES, RATE, -5000, 60_000)
    part = harmonic_source(NOTES, RATE, first, count)
    assert np.abs(part - whole[first + 5000 : first + 5000 + count]).max() < 1e-5


def test_the_source_has_the_notes_pitch_and_their_harmonics() -> None:
    source = harmonic_source(np.array([[0.0, 2.0, 69, 100]]), RATE, 0, RATE)
    spectrum = np.abs(np.fft.rfft(source * np.hanning(RATE)))
    peaks = signal.find_peaks(spectrum, spectrum.max() * 0.02)[0]
    assert [round(p / 440) for p in peaks[:5]] == [1, 2, 3, 4, 5]
    assert np.abs(peaks[:5] - 440 * np.arange(1, 6)).max() <= 1
    assert not harmonic_source(NOTES[:0], RATE, 0, 100).any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 150), st.integers(1, 60))
def test_rolls_of_a_stretch_are_those_of_the_whole(first: int, count: int) -> None:
    whole = frame_rolls(NOTES, 86.13, 0, 250)
    assert np.allclose(
        frame_rolls(NOTES, 86.13, first, count), whole[first : first + count], atol=1e-6
    )


def test_rolls_say_when_which_key_sounds() -> None:
    rolls = frame_rolls(NOTES, 100.0, 0, 200).reshape(200, KEYS, ROLLS)
    middle_c = rolls[:, 60 - 21]
    assert np.flatnonzero(middle_c[:, 1]).tolist() == list(range(10, 60))
    assert middle_c[:, 0].sum() == pytest.approx(80 / 127) and middle_c[10, 0] > 0.6
    assert middle_c[10, 2] > middle_c[59, 2] > 0 and middle_c[59, 3] > middle_c[20, 3]
    assert middle_c[60:70, 4].min() > 0.5 and not rolls[:, 0].any()


def test_notes_in_seconds_follow_the_tempo() -> None:
    part = Part((Note(0, 24, 60), Note(24, 24, 62)))
    score = Score((part,), 1, tempos=((0, 60.0), (24, 120.0)))
    assert sounding_notes(score, part)[:, :2].tolist() == [[0, 1], [1, 1.5]]


def test_midi_for_fluidsynth_holds_the_notes() -> None:
    score = decode(midi_bytes([(40, NOTES), (73, NOTES + np.array([0, 0, 1, 0]))]), "x.mid")
    assert [part.program for part in score.parts] == [40, 73]
    assert [note.pitch for note in score.parts[1].notes] == [61, 68, 97]
    assert score.seconds(score.parts[0].notes[1].start) == pytest.approx(0.3, abs=0.03)


def test_every_program_has_somebody_who_plays_it() -> None:
    assert {instrument_number(program) for program in range(128)} == set(range(len(INSTRUMENTS)))
    for place, each in enumerate(INSTRUMENTS):
        assert instrument_number(each.program) == place == instrument_named(each.name)
    with pytest.raises(ValueError, match="piano"):
        instrument_named("kazoo")
    with pytest.raises(ValueError):
        instrument_number(128)
