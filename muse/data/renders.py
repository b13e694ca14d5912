"""Notes with the sound they make: played by FluidSynth from tunes and from random scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from muse.data.shards import Shard
from muse.theory.instruments import INSTRUMENTS, Instrument
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import WishError, write_atomically
from muse.works.fluidsynth import find_soundfont, play_notes
from muse.works.score import Score
from muse.works.sounding import sounding_notes
from muse.works.synthesizer import accompaniment

RATE = 22_050
"""Samples a second of the renders."""


class Render(msgspec.Struct, frozen=True):
    """One piece: its instrument (a number of `INSTRUMENTS`), and where its sound and notes lie."""

    instrument: int
    first_sample: int
    samples: int
    first_note: int
    notes: int
    what: str


class RenderIndex(msgspec.Struct, frozen=True):
    """What a shard of renders holds."""

    rate: int
    soundfont: str
    pieces: list[Render]


class Renders:
    """The pieces of one split, memory-mapped."""

    def __init__(self, path: Path) -> None:
        """Open `path` (`train.pcm`), its notes and its index. Raises WishError."""
        try:
            self.index = msgspec.json.decode(
                path.with_suffix(".json").read_bytes(), type=RenderIndex
            )
            self._sound = np.memmap(path, dtype=np.int16, mode="r")
            self._notes = np.load(path.with_suffix(".notes.npy"), allow_pickle=False)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise WishError(f"cannot read {path}: {error}; muse data prepare voice") from error
        last = self.index.pieces[-1] if self.index.pieces else None
        if last is None or last.first_sample + last.samples != len(self._sound):
            raise WishError(f"{path} and its index disagree; muse data prepare voice again")

    def __len__(self) -> int:
        return len(self.index.pieces)

    def sound(self, place: int, first: int, count: int) -> np.ndarray:
        """Samples `first` to `first + count` of a piece, float32; silence beyond its ends."""
        piece = self.index.pieces[place]
        low, high = max(0, first), min(piece.samples, first + count)
        found = np.zeros(count, np.float32)
        if low < high:
            held = self._sound[piece.first_sample + low : piece.first_sample + high]
            found[low - first : high - first] = held.astype(np.float32) / 32768
        return found

    def notes(self, place: int) -> np.ndarray:
        """The sounding notes of a piece, (n, 4) float64."""
        piece = self.index.pieces[place]
        return self._notes[piece.first_note : piece.first_note + piece.notes].astype(np.float64)


@dataclass(frozen=True)
class Plan:
    """How much is rendered: pieces an instrument and split, and seconds a piece."""

    pieces: tuple[tuple[str, int], ...] = (("train", 16), ("valid", 2), ("test", 2), ("unseen", 1))
    seconds: float = 60.0
    held_out_seconds: float = 20.0
    random_share: float = 0.35


def prepare_renders(
    tunes: Path, out: Path, plan: Plan = Plan(), say: Callable[[str], None] = print
) -> dict[str, dict[str, int]]:
    """Render the splits train, valid and test, and the test tunes by another soundfont if it is here.

    Args:
        tunes: shards of melodies; a split is played from the tunes of the same split.
        out: folder of the renders.
        plan: how much.
        say: gets a line a split.

    Returns:
        By split: pieces, notes and seconds.

    Raises:
        WishError: if FluidSynth, the soundfont or the tunes are not there.
    """
    font = find_soundfont()
    other = next((p for p in _other_fonts() if p.resolve() != font.resolve()), None)
    report: dict[str, dict[str, int]] = {}
    for number, (split, count) in enumerate(plan.pieces):
        played_by = other if split == "unseen" else font
        if played_by is None:
            say("unseen: no second soundfont here (musescore-general-soundfont); left out")
            continue
        shard = Shard(tunes / f"{'test' if split == 'unseen' else split}.bin")
        rng = np.random.default_rng((7, number))
        seconds = plan.seconds if split == "train" else plan.held_out_seconds
        report[split] = _write(
            out / f"{split}.pcm", played_by,
            ((place, *_piece(shard, each, seconds, plan.random_share, rng))
             for place, each in enumerate(INSTRUMENTS) for _ in range(count)),
        )  # fmt: skip
        say(f"{split}: {report[split]} by {played_by.name}")
    about = {"splits": report, "tunes": str(tunes), "soundfont": font.name, "rate": RATE}
    write_atomically(out / "report.json", msgspec.json.format(msgspec.json.encode(about)))
    return report


def _other_fonts() -> list[Path]:
    from muse.works.fluidsynth import PLACES

    return [Path(place) for place in PLACES if Path(place).is_file()]


def _write(path: Path, font: Path, pieces: Iterator[tuple[int, np.ndarray, str]]) -> dict[str, int]:
    """Render pieces (instrument, notes, what) into the shard `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found: list[Render] = []
    notes_kept: list[np.ndarray] = []
    at, first_note, clipped = 0, 0, 0
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        for number, notes, what in pieces:
            both = play_notes(notes, INSTRUMENTS[number].program, RATE, font)
            mono = both.astype(np.int32).sum(axis=0) // 2
            clipped += int((np.abs(mono) >= 32_600).sum())
            file.write(mono.astype("<i2").tobytes())
            found.append(Render(number, at, len(mono), first_note, len(notes), what))
            notes_kept.append(notes)
            at, first_note = at + len(mono), first_note + len(notes)
    beside.replace(path)
    np.save(path.with_suffix(".notes.npy"), np.concatenate(notes_kept).astype(np.float32))
    index = RenderIndex(RATE, font.name, found)
    write_atomically(path.with_suffix(".json"), msgspec.json.encode(index))
    return {"pieces": len(found), "notes": first_note, "seconds": at // RATE, "clipped": clipped}


def _piece(
    shard: Shard, instrument: Instrument, seconds: float, random_share: float, rng: Any
) -> tuple[np.ndarray, str]:
    """Notes of one piece for an instrument: tunes one after another, or a random score."""
    if rng.random() < random_share:
        return random_notes(instrument, seconds, rng), "random"
    rows: list[np.ndarray] = []
    at = 0.1
    while at < seconds:
        score = MelodyTokenizer().decode(shard[int(rng.integers(len(shard)))])
        notes = tune_notes(score, instrument, rng)
        if len(notes):
            rows.append(notes + np.array([at, at, 0, 0]))
            at = float(rows[-1][:, 1].max()) + rng.uniform(0.2, 0.8)
    notes = np.concatenate(rows)
    notes = notes[notes[:, 0] < seconds]
    notes[:, 1] = np.minimum(notes[:, 1], seconds + 0.5)
    return notes[np.argsort(notes[:, 0], kind="stable")], "tunes"


def tune_notes(score: Score, instrument: Instrument, rng: Any) -> np.ndarray:
    """A tune as a person might play it on an instrument: its key, tempo and touch are drawn.

    Instruments that play chords accompany tunes that have chord symbols, half of the time.
    """
    parts = [sounding_notes(score, score.melody)]
    if instrument.chords and score.chords and rng.random() < 0.5:
        parts.append(sounding_notes(score, accompaniment(score, strummed=rng.random() < 0.5)))
    melody = parts[0]
    if not len(melody):
        return melody
    slow = rng.uniform(0.75, 1.5)
    middle = np.median(melody[:, 2])
    low, high = instrument.lowest - melody[:, 2].min(), instrument.highest - melody[:, 2].max()
    shift = int(np.clip(round(rng.normal((instrument.lowest + instrument.highest) / 2 - middle, 7)),
                        min(low, high), max(low, high)))  # fmt: skip
    length = rng.uniform(0.5, 1.0)
    loud = rng.uniform(45, 115)
    played = []
    for notes in parts:
        notes = notes.copy()
        notes[:, 2] = _within(notes[:, 2] + shift, instrument)
        notes[:, 1] = notes[:, 0] + (notes[:, 1] - notes[:, 0]) * length
        notes[:, :2] *= slow
        swell = 12 * np.sin(notes[:, 0] * rng.uniform(0.3, 1.2) + rng.uniform(0, 6))
        softer = 0 if notes.shape == melody.shape else -15
        touch = loud + softer + swell + rng.normal(0, 6, len(notes))
        notes[:, 3] = np.clip(touch, 20, 127).round()
        notes[:, 1] = np.maximum(notes[:, 1], notes[:, 0] + 0.05)
        played.append(notes)
    return _untangled(np.concatenate(played))


def random_notes(instrument: Instrument, seconds: float, rng: Any) -> np.ndarray:
    """A random score: any pitch of the range at any loudness, long notes and short ones."""
    voices = int(rng.integers(1, 5)) if instrument.chords else 1
    rows = []
    for _ in range(voices):
        at = 0.1 + rng.uniform(0, 0.5)
        pitch = rng.uniform(instrument.lowest, instrument.highest)
        while at < seconds:
            length = float(np.exp(rng.uniform(np.log(0.08), np.log(4.0))))
            if rng.random() < 0.3:
                pitch = rng.uniform(instrument.lowest, instrument.highest)
            pitch = float(np.clip(pitch + rng.normal(0, 4), instrument.lowest, instrument.highest))
            rows.append((at, min(at + length, seconds + 0.5), round(pitch), rng.integers(20, 128)))
            at += length + (rng.uniform(0, 1.0) if rng.random() < 0.2 else 0.0)
    return _untangled(np.array(rows, np.float64))


def _within(pitches: np.ndarray, instrument: Instrument) -> np.ndarray:
    """Pitches moved by octaves into an instrument's range."""
    low, high = instrument.lowest, instrument.highest
    pitches = np.where(pitches < low, pitches + 12 * np.ceil((low - pitches) / 12), pitches)
    return np.where(pitches > high, pitches - 12 * np.ceil((pitches - high) / 12), pitches)


def _untangled(notes: np.ndarray) -> np.ndarray:
    """Notes in the order of their starts; a key that is struck again is let go before."""
    notes = notes[np.lexsort((notes[:, 2], notes[:, 0]))]
    last: dict[float, int] = {}
    keep = np.ones(len(notes), bool)
    for place, (start, _, pitch, _) in enumerate(notes):
        if pitch in last:
            earlier = last[pitch]
            notes[earlier, 1] = min(notes[earlier, 1], start - 0.002)
            keep[earlier] = notes[earlier, 1] - notes[earlier, 0] >= 0.03
        last[pitch] = place
    return notes[keep]
