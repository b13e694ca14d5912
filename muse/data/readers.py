"""Files of a source to tidy scores: the part that is asked for, on the grid, in one key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from muse.data.recipe import DatasetRecipe
from muse.theory.keys import find_key
from muse.theory.meter import METERS
from muse.tokens.melody import STYLES
from muse.works.base import WishError
from muse.works.score import Part, Score, melody_line


@dataclass(frozen=True)
class Reading:
    """One work of a source: a score, or why it was dropped."""

    where: str
    score: Score | None
    dropped: str = ""


def read_source(recipe: DatasetRecipe, files: list[Path], processes: int) -> Iterator[Reading]:
    """All works of a source, in the order of its files, read by so many processes."""
    read = partial(read_works, recipe)
    if processes == 1:
        for path in files:
            yield from read(path)
        return
    with get_context("spawn").Pool(processes) as pool:
        for found in pool.imap(read, files, chunksize=8):
            yield from found


def read_works(recipe: DatasetRecipe, path: Path) -> list[Reading]:
    """The works of one file."""
    readings = []
    for where, found in _read_file(recipe, path):
        if isinstance(found, WishError):
            readings.append(Reading(where, None, _reason(str(found))))
            continue
        score = tidy(found, recipe, where)
        problem = unfit(score)
        if recipe.pickup == "found" and not score.pickup and score.bars % 4:
            problem = problem or "its pick-up cannot be found"
        if recipe.part == "all" and len(score.parts) != recipe.voices:
            problem = problem or f"not {recipe.voices} voices"
        readings.append(Reading(where, None if problem else score, problem))
    return readings


def _read_file(recipe: DatasetRecipe, path: Path) -> Iterator[tuple[str, Score | WishError]]:
    if recipe.reader == "abc":
        from muse.works.formats.abc import decode_tunes

        text = path.read_bytes().decode("utf-8", errors="replace")
        for number, (_, score) in enumerate(decode_tunes(text, path.name), 1):
            yield f"{path.name}#{number}", score
        return
    from muse.works.formats import open_score

    try:
        yield path.name, open_score(path)
    except WishError as error:
        yield path.name, error


def _reason(message: str) -> str:
    """A short class of reasons, for the report."""
    for word in ("meter", "measure", "no notes", "key", "tuplet", "voice", "length", "repeat"):
        if word in message:
            return f"cannot be read: {word}"
    return "cannot be read"


def tidy(score: Score, recipe: DatasetRecipe, where: str) -> Score:
    """The asked part only, monophonic, with a style and without empty bars at its ends."""
    parts = [p for p in score.parts if p.notes]
    if recipe.part == "voice":
        parts = [p for p in parts if any(n.lyric for n in p.notes)]
    if recipe.part != "all":
        parts = parts[:1]
    lines = tuple(Part(melody_line(p.notes), p.name, p.program) for p in parts)
    if recipe.part == "all":
        lines = tuple(sorted(lines, key=lambda part: -_mean_pitch(part)))
    style = find_style(score, recipe, where)
    found = replace(score, parts=lines or (Part(),), style=style)
    if recipe.key == "found":
        found = replace(found, keys=((0, find_key(weighed_pitches(found))),))
    return with_found_pickup(found) if recipe.pickup == "found" else found


def _mean_pitch(part: Part) -> float:
    return sum(note.pitch for note in part.notes) / max(len(part.notes), 1)


def weighed_pitches(score: Score) -> Iterator[tuple[int, float]]:
    """Pitches with their lengths in ticks, of notes and of chords (roots twice)."""
    for part in score.parts:
        yield from ((note.pitch, note.length) for note in part.notes)
    stops = [mark.start for mark in score.chords[1:]] + [score.length]
    for mark, stop in zip(score.chords, stops):
        if mark.chord:
            length = (stop - mark.start) / 3
            yield mark.chord.root, length
            yield from ((pitch, length) for pitch in mark.chord.pitch_classes)


def with_found_pickup(score: Score) -> Score:
    """A score whose file has bar lines from its first note on, with its pick-up found.

    Dance tunes end on a strong beat, and fill their last bar or leave the pick-up's share of it
    open; the shortest pick-up for which that is so is taken. The score is left as it is if none is.
    """
    notes, bar = score.melody.notes, score.meter.bar_ticks
    if not notes or score.pickup or len(score.meters) > 1:
        return score
    first, last = notes[0].start, notes[-1]
    unit = score.meter.division_ticks // 2
    for pickup in range(0, bar // 2 + 1, unit):
        spare = (last.end - first - pickup) % bar
        strong = (last.start - first - pickup) % bar in score.meter.strong_ticks
        if strong and (spare == 0 or spare == bar - pickup):
            moved = tuple(replace(n, start=n.start - first) for n in notes)
            bars = -(-(last.end - first - pickup) // bar)
            part = replace(score.melody, notes=moved)
            return replace(score, parts=(part,), pickup=pickup, bars=bars)
    return score


def find_style(score: Score, recipe: DatasetRecipe, where: str) -> str:
    """The work's style among those the tokens know, or empty."""
    place = {"header": score.style, "name": where}.get(recipe.style_from, "").lower()
    for word, style in recipe.styles.items():
        if word in place:
            return style
    plain = place.strip().replace(" ", "-")
    for candidate in (plain, plain.removesuffix("s")):
        if candidate in STYLES:
            return candidate
    return recipe.style


def unfit(score: Score) -> str:
    """Why a score is no use for training, or empty."""
    notes = [n for p in score.parts for n in p.notes]
    if len(score.parts[0].notes) < 12:
        return "fewer than 12 notes"
    if score.bars < 4:
        return "fewer than 4 bars"
    if any(str(meter) not in METERS for _, meter in score.meters):
        return "a meter that the tokens do not know"
    if max(n.pitch for n in notes) - min(n.pitch for n in notes) > 60:
        return "a range over five octaves"
    if max(n.length for n in notes) > 4 * score.meter.bar_ticks + 96:
        return "a note over four bars"
    return ""
