"""A tiny untrained bundle, themes to work on, and a judge of scores."""

from __future__ import annotations

from pathlib import Path

import torch

from muse.bundle import load_bundle, save_bundle
from muse.makers.composer import Composer
from muse.models.decoder import Decoder, DecoderConfig
from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.melody import melody_vocabulary
from muse.works.score import ChordMark, Note, Part, Score


def tiny_bundle(folder: Path, kind: str = "melody") -> Path:
    """Save an untrained decoder with some random opinions."""
    config = DecoderConfig(
        vocab_size=len(melody_vocabulary()), hidden_size=24, intermediate_size=24,
        num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, head_dim=12,
    )  # fmt: skip
    torch.manual_seed(4)
    model = Decoder(config)
    weights = dict(model.state_dict())
    weights["model.embed_tokens.weight"] = model.model.embed_tokens.weight.detach() * 12
    about = {"version": "3", "licence": "public domain", "tokenizer": "melody"}
    save_bundle(
        folder, kind=kind, config=config, weights=weights, about=about,
        sampling={"temperature": 1.0}, card="# tiny\n",
    )  # fmt: skip
    return folder


def tiny_composer(folder: Path, kind: str = "melody") -> Composer:
    return Composer(load_bundle(tiny_bundle(folder, kind), kind))


def theme(chords: bool = False, pickup: int = 0, parts: int = 1) -> Score:
    """Six bars of 6/8 in G, with ties over bar lines, accents, words and an accompaniment."""
    notes, at = [], 0
    for place, length in enumerate(
        [12, 24, 36, 12, 12, 36, 24, 12, 8, 8, 8, 48, 36, 60, 24, 12, 60]
    ):
        end = min(at + length, pickup + 6 * 72)
        if end > at:
            notes.append(
                Note(at, end - at, 67 + (0, 2, 4, 7, -1)[place % 5], 60 + place, f"la{place}")
            )
        at = end
    low = tuple(Note(pickup + 72 * bar, 72, 43, 50) for bar in range(6))
    marks = [ChordMark(pickup + 72 * b, Chord((7, 2)[b % 2], ("", "7")[b % 2])) for b in range(6)]
    return Score(
        (Part(tuple(notes), "Fiddle", 40), Part(low, "Bass", 32))[:parts], 6,
        ((1, Meter(6, 8)),), ((0, Key(7)),), ((0, 180.0),), tuple(marks) if chords else (), pickup,
        title="The Test", composer="Anon", style="jig",
    )  # fmt: skip


def bar_notes(score: Score, part: int = 0) -> list[list[tuple[int, int, int]]]:
    """(start in the bar, length in the bar, pitch) of what sounds in each bar of the grid."""
    found = []
    for bar in score.grid():
        inside = [n for n in score.parts[part].notes if n.start < bar.end and n.end > bar.start]
        cut = [(max(n.start, bar.start), min(n.end, bar.end), n.pitch) for n in inside]
        found.append([(low - bar.start, high - low, pitch) for low, high, pitch in cut])
    return found


def leaps(score: Score, part: int = 0) -> list[int]:
    """Semitones between neighbouring notes."""
    notes = score.parts[part].notes
    return [abs(b.pitch - a.pitch) for a, b in zip(notes, notes[1:])]


def off_chord(score: Score) -> list[Note]:
    """Notes on strong beats that are not in the chord that sounds there."""
    found = []
    for bar in score.grid():
        origin = bar.end - bar.meter.bar_ticks
        strong = {origin + tick for tick in bar.meter.strong_ticks}
        for note in score.melody.notes:
            chord = score.chord_at(note.start)
            if note.start in strong and bar.start <= note.start < bar.end and chord is not None:
                found += [note] if note.pitch % 12 not in chord.pitch_classes else []
    return found
