"""What a written piece gets besides its notes: names, tempo, the theme's own sound, its account."""

from __future__ import annotations

from dataclasses import replace
from statistics import mode
from typing import TYPE_CHECKING, Any

from muse import __version__
from muse.bundle import Bundle
from muse.works.base import Work
from muse.works.score import Part, Score

if TYPE_CHECKING:
    from muse.makers.ranking import Ranked
    from muse.makers.text_ranking import RankedText
    from muse.makers.verse_ranking import RankedPoem

USUAL_PRECISION = "fp32"
"""Of an engine's weights: not worth telling."""

MOST_HISTORY = 20
"""Steps of a work's history that are kept."""

FLUTE, CHURCH_ORGAN = 73, 19
VOICE_NAMES = ("Soprano", "Alto", "Tenor", "Bass")

USUAL_TEMPOS = {
    "air": 70, "barndance": 160, "clog": 140, "fling": 150, "hop-jig": 120, "hornpipe": 160,
    "jig": 112, "lied": 80, "long-dance": 100, "march": 105, "mazurka": 130, "morris": 105,
    "playford": 105, "polka": 120, "reel": 200, "schottische": 140, "set-dance": 110,
    "slide": 130, "slip-jig": 112, "standard": 120, "strathspey": 120, "waltz": 130,
    "chorale": 72,
}  # fmt: skip
"""Counted beats a minute at which pieces of a style are usually played."""


def dressed(
    written: Score, theme: Score | None, beats_per_minute: float | None, account: dict[str, Any]
) -> Score:
    """The piece that is handed over.

    Args:
        written: the notes and chords.
        theme: what they were written after or into; its parts keep names, programs, velocities
            and words, and parts that were not written stay as they are.
        beats_per_minute: the wished tempo in counted beats; None keeps the theme's, or takes
            the one that is usual for the style.
        account: how it was made.
    """
    tempos: tuple[tuple[int, float], ...] | None = None
    if theme is None and beats_per_minute is None:
        beats_per_minute = USUAL_TEMPOS.get(written.style)
    if beats_per_minute is not None:
        tempos = ((0, round(written.meter.quarter_tempo(beats_per_minute), 2)),)
    if len(written.parts) == 1:
        parts = [Part(written.melody.notes, "Melody", FLUTE)]
    else:
        parts = [Part(p.notes, n, CHURCH_ORGAN) for p, n in zip(written.parts, VOICE_NAMES)]
    if theme is not None:
        for place, part in enumerate(theme.parts):
            if place < len(parts):
                parts[place] = with_known_notes(parts[place], part)
            else:
                parts.append(part)
        written = replace(written, keys=theme.keys, title=theme.title, composer=theme.composer)
        tempos = tempos or theme.tempos
    else:
        kind = written.style.replace("-", " ").capitalize() or "Melody"
        written = replace(written, title=f"{kind} in {written.key}")
    made = replace(written, parts=tuple(parts), tempos=tempos or written.tempos)
    return made.with_provenance(account)


def with_known_notes(written: Part, theme: Part) -> Part:
    """The written part as the theme plays it: its name, program, velocities and syllables.

    Notes that begin as the theme's do are taken from it, if need be cut where a hole begins; new
    ones are as loud as most of its notes.
    """
    known = {(n.start, n.pitch): n for n in theme.notes}
    loudness = mode(n.velocity for n in theme.notes)
    notes = tuple(
        replace(known.get((n.start, n.pitch), replace(n, velocity=loudness)), length=n.length)
        for n in written.notes
    )
    return replace(theme, notes=notes, name=theme.name or written.name)


def account(
    bundle: Bundle, verb: str, settings: dict[str, Any],
    ranked: Ranked | RankedText[Any] | RankedPoem, rank: int,
) -> dict[str, Any]:  # fmt: skip
    """How a piece was made, as JSON values: enough to make it again."""
    precision = getattr(bundle.model, "precision", USUAL_PRECISION)
    return {
        "made_with": f"Muse {__version__}",
        "verb": verb,
        "model": f"{bundle.name} {bundle.version}",
        **({} if precision == USUAL_PRECISION else {"precision": precision}),
        "seed": settings["seed"],
        "piece": ranked.piece,
        "rank": rank,
        "settings": settings,
        "data_licence": bundle.about.get("licence", ""),
        "ai_generated": True,
    }


def history_of(before: Work | None) -> dict[str, Any]:
    """What the account of a work says of how the work before it was made, the earliest first."""
    if before is None or not before.provenance:
        return {}
    about = dict(before.provenance)
    earlier = about.pop("history", [])
    steps = [*(earlier if isinstance(earlier, list) else []), about]
    return {"history": steps[-MOST_HISTORY:]}
