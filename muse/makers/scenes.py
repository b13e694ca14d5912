"""Scripts as the tokens' scenes, and back: names, directions within speeches, what a model can see."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from muse.theory.written_words import written_words
from muse.tokens.english import EnglishPieces
from muse.tokens.english_scene import (
    SceneIds,
    laid_out,
    names_of,
    said_ids,
    scene_header,
    speaker_order,
)
from muse.tokens.english_scene_reading import read_scene, scene_of
from muse.tokens.english_values import MOST_SPEAKERS, Scene
from muse.tokens.english_values import Speech as Part
from muse.tokens.units import capitalised, first_word, is_word, normalise, spaced, units_of
from muse.works import script as works
from muse.works.emphasis import bare
from muse.works.script import Direction, Script

Spoken = tuple[int | None, list[int]]
"""Who speaks, a place in the cast or None for a direction, and ids of what is said (`said_ids`)."""

MOST_NEW_WORDS = 400
"""Words that a script or a wish brings along."""


@dataclass(frozen=True)
class Cast:
    """Who may speak: names as they stand over a speech."""

    names: tuple[str, ...]

    @property
    def spoken(self) -> tuple[str, ...]:
        """The names as they are said within a speech: `"Anna"` for `"ANNA"`."""
        return tuple(map(spoken_name, self.names))

    def place(self, name: str) -> int | None:
        """Who is called so, whatever letters are capitals; None if nobody is."""
        known = [each.casefold() for each in self.names]
        return known.index(name.casefold()) if name.casefold() in known else None

    def readings(self) -> dict[tuple[str, ...], int]:
        """All ways to write the names, by their units, and whose they are."""
        found: dict[tuple[str, ...], int] = {}
        for write in (str.upper, str, spoken_name):
            found |= names_of([normalise(write(name)) for name in self.names])
        return found


def spoken_name(name: str) -> str:
    """A name as a sentence has it: not in capitals only."""
    if not name.isupper() or len(name) < 2:
        return name
    return re.sub(r"[^\W\d_]+(?:['’]S\b)?", lambda word: word[0].capitalize(), name)


def parts_of(
    script: Script, cast: Cast, holes: Collection[int] = (), near: range | None = None
) -> list[tuple[int, Part]]:
    """Speeches and directions of a script, each with the place of its element.

    Args:
        script: the script.
        cast: whose speeches are taken.
        holes: places of speeches that are there even if there is nothing in them to read.
        near: places that are looked at; all if None.
    """
    found = []
    for number in range(len(script.elements)) if near is None else near:
        element = script.elements[number]
        if isinstance(element, works.Speech):
            lines = _spoken_lines(element) or (("",) if number in holes else ())
            place = cast.place(element.speaker)
            if lines and place is not None:
                found.append((number, Part(place, lines, element.verse)))
        elif isinstance(element, Direction | works.Transition | works.SceneHeading):
            text = _tidy(element.text.replace("\n", " "))
            if text:
                found.append((number, Part(None, (text,))))
    return found


def _tidy(text: str) -> str:
    """Text without inline marks and square brackets, normalised."""
    return normalise(bare(text).replace("[", "(").replace("]", ")"))


def _spoken_lines(speech: works.Speech) -> tuple[str, ...]:
    """Lines of verse, or one paragraph, with directions in square brackets."""
    said = [f"({speech.parenthetical})"] if speech.parenthetical else []
    lines: list[str] = []
    waiting = ""
    for line in [*said, *speech.lines]:
        if works.is_bracketed(line):
            waiting += f"[{_tidy(line[1:-1])}] "
        elif text := _tidy(line.lstrip("~")):
            lines.append(waiting + text)
            waiting = ""
    if waiting.strip(" []"):
        lines = [*lines[:-1], " ".join([*lines[-1:], waiting.strip()])]
    return tuple(lines) if speech.verse else tuple([" ".join(lines)] if lines else ())


def elements_of(scene: Scene, cast: Cast) -> list[Direction | works.Speech]:
    """The elements of a script that a scene says; its speakers are places in the cast."""
    return [_element(part, cast) for part in scene.speeches if any(part.lines)]


def _element(part: Part, cast: Cast) -> Direction | works.Speech:
    if part.speaker is None:
        return Direction(spaced(capitalised(units_of(part.lines[0]))))
    aside, lines = "", list[str]()
    for line in part.lines:
        # What stands between brackets has an odd place.
        for place, text in enumerate(re.split(r"\[([^\]]*)\]", line)):
            words = text.strip()
            if words and place % 2 and not lines and not aside:
                aside = words
            elif words:
                lines.append(f"({words})" if place % 2 else words)
    return works.Speech(cast.names[part.speaker], tuple(lines), part.verse, aside)


def said(parts: Iterable[Part], cast: Cast, pieces: EnglishPieces) -> list[Spoken]:
    """What parts say as ids, names of the cast as numbers below zero."""
    readings = cast.readings()
    return [(part.speaker, said_ids(part, pieces, readings, readings)) for part in parts]


def scene_ids(
    scene: Scene, spoken: Sequence[Spoken], verse: Sequence[bool], pieces: EnglishPieces,
    order: Sequence[int] = (),
) -> tuple[SceneIds, list[int]]:  # fmt: skip
    """A scene's ids, and its speakers' places in the cast in the order of their `Speaker_i`.

    Members of the cast are numbered as they appear; then as in `order`, which has those who are yet
    to appear.
    """
    found = laid_out(scene, spoken, verse, pieces)
    numbered = speaker_order(spoken)
    numbered += [place for place in dict.fromkeys(order) if place not in numbered]
    numbered = numbered[:MOST_SPEAKERS]
    found.cast = [pieces[f"Speaker_{n}"] for n in range(1, len(numbered) + 1)]
    return found, numbered


def header_size(scene: SceneIds, pieces: EnglishPieces) -> int:
    """How many ids stand before the first speech."""
    return 2 + len(scene_header(scene, pieces))


def read_parts(ids: Sequence[int], pieces: EnglishPieces, spoken: Sequence[str]) -> Scene:
    """The scene that ids behind a header say; `spoken` are the names of Speaker_1 and so on."""
    header = [pieces[name] for name in ("BOS", "Form_scene", "Body")]
    return scene_of(read_scene([*header, *ids], pieces), pieces, spoken)


def renumbered(scene: Scene, numbered: Sequence[int]) -> list[Part]:
    """The parts of a scene whose speakers are numbers of `Speaker_i`, as places in the cast."""
    return [
        part if part.speaker is None else Part(numbered[part.speaker], part.lines, part.verse)
        for part in scene.speeches
    ]


def new_words(texts: Iterable[str], cast: Cast | None = None) -> frozenset[str]:
    """Words of texts that Muse does not write by itself, names of a cast left out.

    Words with a capital are names that the texts have said already, so they may be said again; of a
    capital that begins a sentence nothing can be told.
    """
    known = set(written_words())
    names = {unit for run in (cast.readings() if cast else ()) for unit in run}
    found: dict[str, None] = {}
    for text in texts:
        units = units_of(text)
        starts = {first_word(units)}
        starts |= {place + 1 for place, unit in enumerate(units) if unit in ".!?…“(—:["}
        for place, unit in enumerate(units):
            unclear = place in starts and unit != unit.lower()
            if is_word(unit) and not unclear and unit not in known and unit not in names:
                found[unit] = None
            if len(found) >= MOST_NEW_WORDS:
                return frozenset(found)
    return frozenset(found)
