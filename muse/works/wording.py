"""Words about a score, safe to show: names of pitches and chords, its facts, strangers' text."""

from __future__ import annotations

import re

from muse.theory.keys import Key
from muse.works.base import Work
from muse.works.score import Score


def facts(score: Score) -> list[str]:
    """Key, meter, tempo, length, style, composer and origin in a few words each."""
    meter = score.meter
    if meter.compound and meter.denominator == 8:
        tempo = f"♩. = {meter.beat_tempo(score.tempo):.0f}"
    else:
        tempo = f"♩ = {score.tempo:.0f}"
    bars = "1 bar" if score.bars == 1 else f"{score.bars:,} bars"
    key = f"{pretty(score.key.tonic_name)} {score.key.mode}"
    words = [key, str(meter), tempo, bars, plain(score.style, 40), plain(score.composer, 60)]
    return [word for word in [*words, origin(score)] if word]


def origin(work: Work) -> str:
    """Provenance in a few words: `"made by melody 0.1.0, seed 7"`; empty if there is none."""
    account = {
        plain(str(name), 30): plain(str(value), 40)
        for name, value in work.provenance.items()
        if isinstance(value, str | int | float)
    }
    if "model" not in account:
        return ", ".join(f"{name} {value}" for name, value in list(account.items())[:3])
    maker = " ".join(account[name] for name in ("model", "version") if name in account)
    return f"made by {maker}" + (f", seed {account['seed']}" if "seed" in account else "")


def plain(text: str, longest: int = 200) -> str:
    """`text` on one line without control characters, cut to `longest` characters.

    What is left may stand in XML (once escaped) and in a terminal.
    """
    text = re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()
    text = re.sub(r"[\ud800-\udfff\ufffe\uffff\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def pretty(name: str) -> str:
    """A note name or chord symbol with the signs ♯ and ♭: `"Bbm7b5"` becomes `"B♭m7♭5"`."""
    return name.replace("#", "♯").replace("b", "♭")


def pitch_name(pitch: int, key: Key) -> str:
    """Name and octave of a MIDI pitch as `key` spells it, middle C = C4."""
    name = key.spell(pitch)
    # B# belongs to the octave under its sound, Cb to the one above.
    shift = {"B#": -1, "B##": -1, "Cb": 1, "Cbb": 1}.get(name, 0)
    return f"{pretty(name)}{pitch // 12 - 1 + shift}"


def text_width(text: str, size: float) -> float:
    """About how wide `text` is, in pixels, at a font size in pixels."""
    return size * sum(1.0 if ord(letter) > 0x2E7F else 0.56 for letter in text)
