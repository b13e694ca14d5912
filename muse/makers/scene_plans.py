"""From a wish for a scene to a prompt and a grammar, and from what was written to a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from muse.grammar.stage import ScenePlan, SpeechPlan, StageGrammar
from muse.grammar.words import word_table
from muse.makers.english_drawing import MOST_PROMPT, TextPlan
from muse.makers.scene_view import last_parts, near_names, seen_parts
from muse.makers.scenes import (
    Cast,
    elements_of,
    header_size,
    new_words,
    read_parts,
    renumbered,
    said,
    scene_ids,
)
from muse.makers.stage_wishes import LONGEST_SETTING, ScriptWish
from muse.tokens.english import EnglishPieces
from muse.tokens.english_scene import flatten_scene
from muse.tokens.english_values import MOST_LEFT, Scene
from muse.tokens.english_values import Speech as Part
from muse.tokens.language_text import LanguageText
from muse.tokens.units import is_word, units_of
from muse.works.base import WishError
from muse.works.script import Direction, Element, Script, Speech

NEAR = 150
"""Elements around what is written that are looked at; of those the model sees what it can."""
IDS_A_SPEECH = 45
"""About how many ids a speech has, its cue and directions included."""

New: TypeAlias = Sequence[Direction | Speech]


@dataclass(frozen=True)
class SceneJob:
    """What is to be written of a scene.

    Attributes:
        plan: what the model reads, and what may follow.
        cast: who may speak.
        read: the parts that ids behind the prompt say; of what is half written, the half.
        finished: the whole script with the new elements.
    """

    plan: TextPlan
    cast: Cast
    read: Callable[[Sequence[int]], list[Part]]
    finished: Callable[[New], Script]

    def elements(self, ids: Sequence[int]) -> list[Direction | Speech]:
        """The elements that ids behind the prompt say."""
        scene = Scene(self.cast.names, tuple(self.read(ids)))
        return elements_of(scene, self.cast)


def plan_scene(wish: ScriptWish, pieces: EnglishPieces | LanguageText) -> SceneJob:
    """A new scene. Raises WishError."""
    if not wish.cast:
        raise WishError('--cast: say who speaks, such as --cast "ANNA, PIERRE"')
    cast = Cast(wish.cast)
    given: list[Element] = []
    for place, text in wish.opened():
        try:
            named = place is not None
            given.append(
                Speech(cast.names[place or 0], (text,), bool(wish.verse))
                if named
                else Direction(text)
            )
        except ValueError as error:
            raise WishError(f"--opening: {error}") from error
    known = Script(tuple(given), cast.names) if given else None

    def finished(new: New) -> Script:
        return Script((*given, *new), cast.names, wish.setting, title=wish.title)

    header = header_of(wish, wish.setting, wish.title)
    opens = wish.directions is True and not any(isinstance(each, Direction) for each in given)
    return _onward(known, cast, wish, wish.speeches, header, opens, pieces, finished)


def plan_continuation(
    script: Script, wish: ScriptWish, pieces: EnglishPieces | LanguageText
) -> SceneJob:
    """`wish.speeches` more speeches; those of the wish's cast may come in. Raises WishError."""
    if wish.opening:
        raise WishError("--opening is of new scenes; this one has begun")
    cast = Cast(near_names(script, len(script.elements), len(script.elements), wish.cast))
    # Only now the names of an order can be looked up.
    wish = replace(wish, cast=cast.names)
    turns = wish.turns()
    before = cast.place(script.speeches[-1].speaker) if script.speeches else None
    if turns and turns[0] == before and len(cast.names) > 1:
        raise WishError(f"--order: {cast.names[before]} has spoken last and may not go on")
    names = tuple(dict.fromkeys([*script.cast, *cast.names]))

    def finished(new: New) -> Script:
        return replace(script, elements=(*script.elements, *new), cast=names)

    count = len(script.speeches) + wish.speeches
    header = header_of(wish, wish.setting or script.setting, script.title)
    opens = wish.directions is True and not isinstance(script.elements[-1], Direction)
    return _onward(script, cast, wish, count, header, opens, pieces, finished)


def _onward(
    known: Script | None, cast: Cast, wish: ScriptWish, total: int, header: Scene, opens: bool,
    pieces: EnglishPieces | LanguageText, finished: Callable[[New], Script],
) -> SceneJob:  # fmt: skip
    """All that is left of `total` speeches, behind what is known of the scene."""
    if isinstance(pieces, LanguageText):
        from muse.makers.scene_imported import onward_imported

        return onward_imported(known, cast, wish, total, header, pieces, finished)
    heard = known.speeches if known else ()
    remaining = total - len(heard)
    elements = known.elements[-NEAR:] if known else ()
    parts = last_parts(replace(known, elements=elements), cast) if known else []
    bare, _ = scene_ids(header, (), (), pieces, range(len(cast.names)))
    room = MOST_PROMPT - header_size(bare, pieces)
    spoken = said(parts, cast, pieces)
    sizes = [len(ids) + 3 for _, ids in spoken]
    seen = seen_parts(sizes, len(parts), len(parts), room)
    if parts and not seen:
        seen = range(len(parts) - 1, len(parts))
        spoken[-1] = (spoken[-1][0], spoken[-1][1][-room:])
    window, verse = spoken[seen.start :], [part.verse for part in parts[seen.start :]]
    turns = wish.turns()
    turns = turns[len(turns) - remaining :] if turns else None
    order = (*(turns or ()), *range(len(cast.names)))
    found, numbered = scene_ids(replace(header, more=remaining), window, verse, pieces, order)
    number = {place: found.cast[n] for n, place in enumerate(numbered)}
    speeches = tuple(
        SpeechPlan(
            pieces[f"Left_{min(remaining - n, MOST_LEFT)}"],
            number[turns[n]] if turns else None,
            wish.verse,
        )
        for n in range(remaining)
    )
    places = [cast.place(each.speaker) for each in heard]
    scene = ScenePlan(
        speeches,
        name_sizes(found.cast, numbered, cast),
        wish.words,
        directions=wish.directions is not False,
        opens=opens,
        spoken=frozenset(number[place] for place in places if place in number),
        last=number.get(places[-1]) if places and places[-1] is not None else None,
        directed=bool(window) and window[-1][0] is None,
    )
    prompt = flatten_scene(found, pieces)
    texts = texts_of(elements, header.setting, header.title)
    plan = text_plan(prompt, header_size(found, pieces), scene, pieces, texts, cast)

    def read(ids: Sequence[int]) -> list[Part]:
        names = [cast.spoken[place] for place in numbered]
        return renumbered(read_parts(ids, pieces, names), numbered)

    return SceneJob(plan, cast, read, finished)


# What the model sees --------------------------------------------------------------------------


def header_of(wish: ScriptWish, setting: str, title: str) -> Scene:
    return Scene((), (), wish.author, title[:LONGEST_SETTING], setting[:LONGEST_SETTING])


def text_plan(
    prompt: list[int], head: int, scene: ScenePlan, pieces: EnglishPieces,
    texts: Sequence[str], cast: Cast,
) -> TextPlan:  # fmt: skip
    grammar = StageGrammar(pieces, word_table(pieces, new_words(texts, cast)), scene)
    fewest, most = scene.words
    usual = max(2 * fewest, min(IDS_A_SPEECH, 2 * most + 8))
    expected = len(scene.speeches) * usual
    sections = list(pieces.vocabulary.family("Left"))
    return TextPlan(prompt, head, grammar, pieces["EOS"], grammar.length, expected, sections)


def name_sizes(ids: Sequence[int], numbered: Sequence[int], cast: Cast) -> Mapping[int, int]:
    """How many words the name of each `Speaker_i` has, as it is said."""
    words = (sum(map(is_word, units_of(cast.spoken[place]))) for place in numbered)
    return {each: max(1, count) for each, count in zip(ids, words)}


def texts_of(elements: Sequence[Element], *others: str) -> list[str]:
    """Texts whose words may be used though Muse does not know them."""
    found = list(others)
    for element in elements:
        found += element.lines if isinstance(element, Speech | Direction) else ()
    return found
