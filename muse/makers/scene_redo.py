"""Speeches of a script written anew: the rest is read, and what is missing comes behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from muse.grammar.stage import ScenePlan, SpeechPlan
from muse.makers.english_drawing import MOST_PROMPT
from muse.makers.scene_plans import (
    NEAR,
    New,
    SceneJob,
    header_of,
    name_sizes,
    text_plan,
    texts_of,
)
from muse.makers.scene_view import clear_of_strangers, near_names, seen_parts
from muse.makers.scenes import (
    Cast,
    Spoken,
    header_size,
    parts_of,
    read_parts,
    renumbered,
    said,
    scene_ids,
)
from muse.makers.stage_wishes import ScriptWish
from muse.tokens.english import EnglishPieces
from muse.tokens.english_scene import SceneIds, flatten_scene
from muse.tokens.english_values import Scene
from muse.tokens.english_values import Speech as Part
from muse.tokens.language_text import LanguageText
from muse.works.base import WishError
from muse.works.script import Script, Speech

MOST_REDONE = 8
"""Speeches that are written anew at once."""


def plan_redo(
    script: Script, numbers: Sequence[int], wish: ScriptWish, pieces: EnglishPieces | LanguageText
) -> SceneJob:
    """Speeches `numbers` (from 1) written anew; all else stays. Raises WishError."""
    old = _holes(script, numbers)
    holes = list(old)
    cast = Cast(near_names(script, holes[0], holes[-1], ()))
    header = header_of(wish, script.setting or wish.setting, script.title)

    def finished(new: New) -> Script:
        elements = list(script.elements)
        for (hole, before), made in zip(old.items(), new):
            if isinstance(made, Speech):
                elements[hole] = replace(
                    made, speaker=before.speaker, extension=before.extension, dual=before.dual
                )
        return replace(script, elements=tuple(elements))

    if isinstance(pieces, LanguageText):
        from muse.makers.scene_imported import redo_imported

        return redo_imported(script, holes, cast, wish, header, pieces, finished)
    view = _view(script, holes, cast, header, pieces)
    found, numbered = scene_ids(
        replace(header, more=view.after), view.spoken, [part.verse for part in view.parts], pieces,
        range(len(cast.names)),
    )  # fmt: skip
    number = {place: found.cast[n] for n, place in enumerate(numbered)}
    speakers = [number[view.parts[at].speaker or 0] for at in view.holes]
    plan = ScenePlan(
        tuple(
            SpeechPlan(None, who, speech.verse if wish.verse is None else wish.verse)
            for who, speech in zip(speakers, old.values())
        ),
        name_sizes(found.cast, numbered, cast),
        wish.words,
        directions=wish.directions is not False,
    )
    prompt = _up_to_fill(found, view.holes, pieces)
    low, high = max(0, holes[0] - NEAR), holes[-1] + NEAR
    near = [each for n, each in enumerate(script.elements) if low <= n < high and n not in old]
    texts = texts_of(near, header.setting, header.title)
    cues = [each for who in speakers for each in (pieces["Left_1"], who, pieces["Hole"])]

    def read(ids: Sequence[int]) -> list[Part]:
        names = [cast.spoken[place] for place in numbered]
        return renumbered(read_parts([*cues, pieces["Fill"], *ids], pieces, names), numbered)

    return SceneJob(text_plan(prompt, len(prompt), plan, pieces, texts, cast), cast, read, finished)


def _holes(script: Script, numbers: Sequence[int]) -> dict[int, Speech]:
    """The speeches `numbers`, from 1, by the places of their elements. Raises WishError."""
    chosen, count = sorted(set(numbers)), len(script.speeches)
    if not chosen:
        raise WishError("--speech: say which speech is to be written anew, from 1")
    for each in chosen:
        if not 1 <= each <= count:
            raise WishError(f"--speech {each}: the script has speeches 1 to {count}")
    if len(chosen) > MOST_REDONE:
        raise WishError(f"--speech: at most {MOST_REDONE} speeches are written anew at once")
    speeches = [(n, each) for n, each in enumerate(script.elements) if isinstance(each, Speech)]
    return dict(speeches[each - 1] for each in chosen)


@dataclass(frozen=True)
class _View:
    """What the model sees of a script with holes.

    Attributes:
        parts: speeches and directions in order.
        spoken: the same as ids; nothing is said in a hole.
        holes: places among the parts.
        after: speeches of the script behind them.
    """

    parts: list[Part]
    spoken: list[Spoken]
    holes: list[int]
    after: int


def _view(
    script: Script, holes: Sequence[int], cast: Cast, header: Scene, pieces: EnglishPieces
) -> _View:
    """The holes and what stands around them, as much as there is room for. Raises WishError."""
    low, high = clear_of_strangers(script, cast, holes)
    low, high = max(low, holes[0] - NEAR), min(high, holes[-1] + NEAR)
    known = parts_of(script, cast, holes, range(low, high))
    spoken = said([part for _, part in known], cast, pieces)
    spoken = [
        (who, [] if number in holes else ids) for (number, _), (who, ids) in zip(known, spoken)
    ]
    inside = [at for at, (number, _) in enumerate(known) if number in holes]
    bare, _ = scene_ids(header, (), (), pieces)
    room = MOST_PROMPT - header_size(bare, pieces) - 3 * len(cast.names)
    sizes = [len(ids) + 3 for _, ids in spoken]
    if sum(sizes[inside[0] : inside[-1] + 1]) > room:
        raise WishError("--speech: these speeches lie too far apart to be written anew together")
    seen = seen_parts(sizes, inside[0], inside[-1] + 1, room)
    last = known[seen.stop - 1][0]
    after = sum(isinstance(each, Speech) for each in script.elements[last + 1 :])
    return _View(
        [part for _, part in known[seen.start : seen.stop]],
        spoken[seen.start : seen.stop],
        [at - seen.start for at in inside],
        after,
    )


def _up_to_fill(scene: SceneIds, missing: Sequence[int], pieces: EnglishPieces) -> list[int]:
    """The ids of a scene with holes, up to the mark after which they are filled."""
    for place in missing:
        scene.parts[place].ids = None
    ids = flatten_scene(scene, pieces, missing)
    return ids[: ids.index(pieces["Fill"]) + 1]
