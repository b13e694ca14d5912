"""Scenes from ids: any ids at all are some scene, and a scene in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from muse.tokens.english import EnglishPieces
from muse.tokens.english_scene import PartIds, SceneIds
from muse.tokens.english_values import MOST_SPEAKERS, Scene, Speech
from muse.tokens.units import capitalised, spaced


def read_scene(ids: Iterable[int], pieces: EnglishPieces) -> SceneIds:
    """The scene that any ids say; what makes no sense is passed over."""
    names, size = pieces.vocabulary.names, len(pieces)
    scene = SceneIds(ended=False)
    fields = {"Author": scene.author, "Title": scene.title, "Setting": scene.setting}
    target: list[int] | None = None
    header = True
    waiting: list[PartIds] | None = None
    left: int | None = None
    known = [each for each in ids if 0 <= each < size]
    kinds = (pieces["Verse"], pieces["Prose"])
    for each, after in zip(known, [*known[1:], -1]):
        name = names[each]
        family = name.partition("_")[0] if pieces.is_tag[each] else ""
        last = scene.parts[-1] if scene.parts else None
        if name == "EOS":
            scene.ended = True
            break
        if header:
            if name == "Body":
                header, target = False, None
            elif not family:
                if target is not None:
                    target.append(each)
            elif family == "Speaker":
                if each not in scene.cast:
                    scene.cast.append(each)
            else:
                target = fields.get(name)
        elif family == "Left":
            left, target = each, None
        elif name == "Fill" and waiting is None:
            waiting = [part for part in scene.parts if part.ids is None]
            target = None
        elif family == "Speaker" and left is not None:
            scene.parts.append(PartIds(left, each, None, []))
            left, target = None, scene.parts[-1].ids
        elif family == "Speaker" and waiting and waiting[0].speaker == each and after in kinds:
            filled = waiting.pop(0)
            filled.ids = []
            target = filled.ids
        elif name in ("Verse", "Prose"):
            speeches = [part for part in scene.parts if part.ids is target and target is not None]
            for part in speeches[:1]:
                part.kind = part.kind or each
        elif name == "Hole" and last is not None and waiting is None and not last.ids:
            last.ids, target = None, None
            last.kind = None
        elif name == "Direction" and target is None and waiting is None:
            scene.parts.append(PartIds(None, None, None, [each]))
            target = scene.parts[-1].ids
        elif target is not None and (
            not family or family in ("Speaker", "NewLine", "Paragraph", "Direction", "EndDirection")
        ):
            target.append(each)
    _part_directions(scene, pieces)
    return scene


def _part_directions(scene: SceneIds, pieces: EnglishPieces) -> None:
    """Take directions that stand alone out of the speeches that they follow."""
    paragraph, direction, end = (pieces[n] for n in ("Paragraph", "Direction", "EndDirection"))
    parts: list[PartIds] = []
    for part in scene.parts:
        parts.append(part)
        if part.speaker is None:
            runs = _runs(part.ids or [], end)
            part.ids = runs[0] if runs else []
            parts += [PartIds(None, None, None, run) for run in runs[1:]]
            continue
        ids = part.ids
        if not ids or paragraph not in ids:
            continue
        place = len(ids)
        alone: list[list[int]] = []
        while True:
            starts = [
                i for i in range(place - 1) if ids[i] == paragraph and ids[i + 1] == direction
            ]
            if not starts:
                break
            run = ids[starts[-1] + 1 : place]
            if (
                run.count(direction) < 1
                or any(each in (paragraph,) for each in run)
                or run[-1] != end
                or not _only_directions(run, direction, end)
            ):
                break
            alone = [*_runs(run, end), *alone]
            place = starts[-1]
        if alone:
            part.ids = ids[:place]
            parts += [PartIds(None, None, None, run) for run in alone]
    scene.parts = parts


def _runs(ids: Sequence[int], end: int) -> list[list[int]]:
    """Directions one after the other, each with its own end."""
    runs: list[list[int]] = [[]]
    for each in ids:
        runs[-1].append(each)
        if each == end:
            runs.append([])
    return [run for run in runs if run]


def _only_directions(ids: Sequence[int], direction: int, end: int) -> bool:
    """Whether nothing stands outside of directions."""
    inside = False
    for each in ids:
        if each == direction:
            inside = True
        elif each == end:
            inside = False
        elif not inside:
            return False
    return True


def scene_of(ids: SceneIds, pieces: EnglishPieces, cast: Sequence[str] = ()) -> Scene:
    """The scene in words; `cast` gives the names of Speaker_1 and so on."""
    first = pieces["Speaker_1"]
    most = max(
        [each - first + 1 for part in ids.parts for each in [part.speaker or first]], default=0
    )
    most = max([most, *(each - first + 1 for each in ids.cast)])
    names = [*cast, *(f"Speaker {n + 1}" for n in range(len(cast), MOST_SPEAKERS))]
    speeches = []
    for part in ids.parts:
        lines = _lines(part.ids or [], pieces, names, part.speaker is None)
        speaker = None if part.speaker is None else part.speaker - first
        verse = part.kind == pieces["Verse"]
        if speaker is not None or any(lines):
            speeches.append(Speech(speaker, tuple(lines), verse))
    left = [part.left for part in ids.parts if part.left is not None]
    more = 0 if ids.ended or not left else left[-1] - pieces["Left_1"]
    return Scene(
        tuple(names[: max(most, len(cast))]),
        tuple(speeches),
        pieces.line_text(pieces.split(ids.author), begins=False),
        pieces.line_text(pieces.split(ids.title)),
        pieces.line_text(pieces.split(ids.setting)),
        more=more,
    )


def _lines(
    ids: Sequence[int], pieces: EnglishPieces, names: Sequence[str], alone: bool
) -> list[str]:
    """The lines of a speech, directions in square brackets, names for speakers."""
    first = pieces["Speaker_1"]
    tags = {pieces["Direction"]: "[", pieces["EndDirection"]: "]"}
    breaks = (pieces["NewLine"], pieces["Paragraph"])
    lines: list[list[str]] = [[]]
    run: list[int] = []

    def end_run() -> None:
        texts = pieces.texts(pieces.split(run))
        if texts and texts[0] == "’s" and lines[-1] and lines[-1][-1] in names:
            lines[-1][-1] += texts.pop(0)
        lines[-1].extend(texts)
        run.clear()

    for each in ids:
        if not pieces.is_tag[each]:
            run.append(each)
            continue
        end_run()
        if first <= each < first + MOST_SPEAKERS:
            lines[-1].append(names[each - first])
        elif each in tags:
            lines[-1] += [] if alone else [tags[each]]
        elif each in breaks and not alone:
            lines.append([])
    end_run()
    return [spaced(line if alone else _capitalised_speech(line)) for line in lines]


def _capitalised_speech(units: list[str]) -> list[str]:
    """A line of a speech with a capital at its start, behind the directions that open it."""
    start = 0
    while start < len(units) and units[start] == "[":
        start = units.index("]", start) + 1 if "]" in units[start:] else start + 1
    return [*units[:start], *capitalised(units[start:])]
