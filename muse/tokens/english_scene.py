"""Scenes of plays as ids: speeches in order, the cast as `Speaker_i` wherever it is named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from muse.tokens.english import EnglishPieces, joined
from muse.tokens.english_values import MOST_LEFT, MOST_SPEAKERS, Scene, Speech
from muse.tokens.units import first_word, units_of

Names = Mapping[tuple[str, ...], int]
"""The units of a name -> place in the cast."""


@dataclass
class PartIds:
    """A speech, or a direction that stands alone (then `speaker` and `kind` are None).

    `ids` are what is said; None for a hole.
    """

    left: int | None
    speaker: int | None
    kind: int | None
    ids: list[int] | None


@dataclass
class SceneIds:
    """A scene as ids. `ended` is False if speeches are missing at its end."""

    author: list[int] = field(default_factory=list)
    title: list[int] = field(default_factory=list)
    setting: list[int] = field(default_factory=list)
    cast: list[int] = field(default_factory=list)
    parts: list[PartIds] = field(default_factory=list)
    ended: bool = True


def names_of(cast: Sequence[str]) -> dict[tuple[str, ...], int]:
    """The names of a cast by their units; empty names are left out."""
    return {tuple(units_of(name)): place for place, name in enumerate(cast) if name}


def said_ids(speech: Speech, pieces: EnglishPieces, everyone: Names, named: Names) -> list[int]:
    """The ids of what a speech says. A member k of the cast is the number -1 - k.

    Args:
        speech: the speech, or the direction that stands alone.
        pieces: the tokens.
        everyone: names as directions say them.
        named: names as the spoken text says them.
    """
    if speech.speaker is None:
        text = with_names(units_of(speech.lines[0]), pieces, everyone)
        return [pieces["Direction"], *text, pieces["EndDirection"]]
    out: list[int] = []
    for number, line in enumerate(speech.lines):
        if number:
            out.append(pieces["NewLine" if speech.verse else "Paragraph"])
        units = units_of(line)
        start = 0
        while start < len(units) and units[start] == "[":
            start = units.index("]", start) + 1 if "]" in units[start:] else start + 1
        place = first_word(units[start:])
        if place is not None and tuple(units[start + place : start + place + 1]) not in named:
            units[start + place] = pieces.lowered(units[start + place])
        out += _with_directions(units, pieces, everyone, named)
    return out


def _with_directions(
    units: Sequence[str], pieces: EnglishPieces, everyone: Names, named: Names
) -> list[int]:
    out: list[int] = []
    run: list[str] = []
    inside = False
    for unit in [*units, ""]:
        if unit not in ("[", "]", ""):
            run.append(unit)
            continue
        out += with_names(run, pieces, everyone if inside else named)
        run = []
        if unit == "[" and not inside:
            out.append(pieces["Direction"])
            inside = True
        elif unit != "[" and inside:
            out.append(pieces["EndDirection"])
            inside = False
    return out


def with_names(units: Sequence[str], pieces: EnglishPieces, names: Names) -> list[int]:
    """The ids of units, the names of the cast as numbers below zero."""
    longest = max(map(len, names), default=0)
    out: list[int] = []
    place = 0
    while place < len(units):
        for length in range(min(longest, len(units) - place), 0, -1):
            run = tuple(units[place : place + length])
            owned = run[-1].endswith("’s") and (*run[:-1], run[-1][:-2]) in names
            if run in names or owned:
                out.append(-1 - names[(*run[:-1], run[-1][:-2]) if owned else run])
                out += pieces.unit_ids("’s") if owned else ()
                place += length
                break
        else:
            out += pieces.unit_ids(units[place])
            place += 1
    return out


def speaker_order(spoken: Iterable[tuple[int | None, Sequence[int]]]) -> list[int]:
    """Members of the cast in the order in which they speak or are named, speakers first if many."""
    spoken = list(spoken)
    order: dict[int, None] = {}
    for speaker, ids in spoken:
        order.update(dict.fromkeys([] if speaker is None else [speaker]))
        order.update(dict.fromkeys(-1 - each for each in ids if each < 0))
    if len(order) > MOST_SPEAKERS:
        speakers = dict.fromkeys(speaker for speaker, _ in spoken if speaker is not None)
        kept = [*speakers, *(each for each in order if each not in speakers)][:MOST_SPEAKERS]
        return [each for each in order if each in kept]
    return list(order)


def scene_ids(scene: Scene, pieces: EnglishPieces) -> SceneIds:
    """A scene's ids. The cast is numbered in the order in which it appears."""
    everyone = names_of(scene.cast)
    named = names_of(scene.named)
    said = [said_ids(speech, pieces, everyone, named) for speech in scene.speeches]
    spoken = [(speech.speaker, ids) for speech, ids in zip(scene.speeches, said)]
    return laid_out(scene, spoken, [s.verse for s in scene.speeches], pieces)


def laid_out(
    scene: Scene,
    spoken: Sequence[tuple[int | None, list[int]]],
    verse: Sequence[bool],
    pieces: EnglishPieces,
) -> SceneIds:
    """The ids of a run of speeches, given as (speaker, ids of `said_ids`).

    Raises:
        ValueError: if there are more speakers than the tokens can name.
    """
    order = speaker_order(spoken)
    numbers = {who: pieces[f"Speaker_{n}"] for n, who in enumerate(order, 1)}
    found = SceneIds(
        joined(pieces.line_units(scene.author, begins=False)),
        joined(pieces.title_units(scene.title)),
        joined(pieces.line_units(scene.setting)),
        list(numbers.values()),
        ended=not scene.more,
    )
    left = sum(speaker is not None for speaker, _ in spoken) + scene.more
    for (speaker, ids), is_verse in zip(spoken, verse):
        plain: list[int] = []
        for each in ids:
            if each >= 0:
                plain.append(each)
            elif -1 - each in numbers:
                plain.append(numbers[-1 - each])
            else:
                name = units_of(scene.cast[-1 - each])
                plain += [piece for unit in name for piece in pieces.unit_ids(unit)]
        if speaker is None:
            found.parts.append(PartIds(None, None, None, plain))
            continue
        if speaker not in numbers:
            raise ValueError(f"a scene has at most {MOST_SPEAKERS} speakers")
        mark = pieces[f"Left_{min(left, MOST_LEFT)}"]
        kind = pieces["Verse" if is_verse else "Prose"]
        found.parts.append(PartIds(mark, numbers[speaker], kind, plain))
        left -= 1
    return found


def flatten_scene(scene: SceneIds, pieces: EnglishPieces, holes: Collection[int] = ()) -> list[int]:
    """The ids of a scene; the parts at the places `holes` are written after `Fill`."""
    missing = {n for n in holes if scene.parts[n].speaker is not None}
    out = [pieces["BOS"], *scene_header(scene, pieces), pieces["Body"]]
    filled: list[int] = []
    for place, part in enumerate(scene.parts):
        if part.speaker is None or part.left is None or part.kind is None:
            alone = place and scene.parts[place - 1].speaker is not None
            out += [pieces["Paragraph"]] if alone else []
            out += part.ids or []
            continue
        out += [part.left, part.speaker]
        if place in missing or part.ids is None:
            out.append(pieces["Hole"])
            filled += [part.speaker, part.kind, *(part.ids or [])] if place in missing else []
        else:
            out += [part.kind, *part.ids]
    if missing:
        out += [pieces["Fill"], *filled]
    if scene.ended or missing:
        out.append(pieces["EOS"])
    return out


def scene_header(scene: SceneIds, pieces: EnglishPieces) -> list[int]:
    """The ids between BOS and Body."""
    out = [pieces["Form_scene"]]
    for opener, text in (
        ("Author", scene.author), ("Title", scene.title), ("Setting", scene.setting),
    ):  # fmt: skip
        out += [pieces[opener], *text] if text else []
    return [*out, pieces["Cast"], *scene.cast]
