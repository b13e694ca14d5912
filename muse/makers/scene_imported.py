"""Scenes by an imported language model: cues are plain text, and what follows them is prose.

Such a model knows no tags: a cue is `ANNA: `, forced or chosen among those who may speak. It writes
speeches alone; stage directions of the script it is given are read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from muse.grammar.cued import CuedGrammar, CuePlan
from muse.grammar.prose import ParagraphPlan, ProseGrammar
from muse.grammar.running_text import TextRules
from muse.grammar.words import CAPITAL, FIRST, WordTable
from muse.grammar.words_imported import imported_word_table
from muse.makers.english_drawing import MOST_PROMPT, TextPlan
from muse.makers.scene_plans import IDS_A_SPEECH, NEAR, New, SceneJob, texts_of
from muse.makers.scenes import Cast, new_words, parts_of
from muse.makers.stage_wishes import ScriptWish
from muse.tokens.english_values import Scene
from muse.tokens.english_values import Speech as Part
from muse.tokens.language_text import LanguageText
from muse.tokens.units import capitalised, normalise, spaced, units_of
from muse.works.base import WishError
from muse.works.script import Script


def onward_imported(
    known: Script | None, cast: Cast, wish: ScriptWish, total: int, header: Scene,
    text: LanguageText, finished: Callable[[New], Script],
) -> SceneJob:  # fmt: skip
    """All that is left of `total` speeches, behind what is known of the scene. Raises WishError."""
    _check(wish)
    heard = known.speeches if known else ()
    remaining = total - len(heard)
    blocks = _blocks(known, cast, range(len(known.elements))[-NEAR:]) if known else []
    turns = wish.turns()
    asked = tuple(turns[len(turns) - remaining :]) if turns else (None,) * remaining
    places = [cast.place(each.speaker) for each in heard]
    cues = tuple((*text.stanza_break, *text.line_ids(f"{name}:")) for name in cast.names)
    plan = CuePlan(
        cues, asked, 0 if blocks else len(text.stanza_break), places[-1] if places else None,
        frozenset(place for place in places if place is not None),
    )  # fmt: skip
    head = text.request(_request(header, cast, total))
    words = _table(known.elements[-NEAR:] if known else (), header, cast, text)
    grammar = CuedGrammar(text, words, plan, _rules(wish))
    given = _joined(blocks, text, MOST_PROMPT)
    job = _text_plan(head, given, grammar, grammar.length, remaining, wish, text)
    return SceneJob(job, cast, lambda ids: _parts(text.lines(ids), cast), finished)


def redo_imported(
    script: Script, holes: Sequence[int], cast: Cast, wish: ScriptWish, header: Scene,
    text: LanguageText, finished: Callable[[New], Script],
) -> SceneJob:  # fmt: skip
    """Speeches written anew, each under its cue; what stands between them is read. Raises WishError."""
    _check(wish)
    speakers = [cast.place(script.speeches[_number(script, hole)].speaker) or 0 for hole in holes]
    low = max(0, holes[0] - NEAR)
    openers = [
        [*_blocks(script, cast, range(before + 1, hole)), f"{cast.names[who]}:"]
        for before, hole, who in zip([low - 1, *holes[:-1]], holes, speakers)
    ]
    # The first new speech, and each later one behind the speeches that stand between.
    places = [0]
    for opener in openers[1:]:
        between = sum(_speaker(normalise(block), cast)[0] is not None for block in opener[:-1])
        places.append(places[-1] + between + 1)
        if len(_joined(opener, text, 2 * MOST_PROMPT)) > MOST_PROMPT:
            raise WishError(
                "--speech: these speeches lie too far apart to be written anew together"
            )
    rules = _rules(wish)
    span = (rules.fewest, rules.most)
    first = _joined(openers[0], text, MOST_PROMPT)
    plans = tuple(
        ParagraphPlan(
            (*text.stanza_break, *_joined(opener, text, MOST_PROMPT)) if place else (), span
        )
        for place, opener in enumerate(openers)
    )
    near = [each for n, each in enumerate(script.elements) if abs(n - holes[0]) < NEAR]
    grammar = ProseGrammar(text, _table(near, header, cast, text), plans, rules)
    head = text.request(_request(header, cast, len(script.speeches)))
    plan = _text_plan(head, first, grammar, grammar.length, len(holes), wish, text)

    def read(ids: Sequence[int]) -> list[Part]:
        lines = text.lines([*text.line_ids(f"{cast.names[speakers[0]]}:"), *ids])
        new = _parts(lines, cast)
        return [new[place] for place in places if place < len(new)]

    return SceneJob(plan, cast, read, finished)


def _check(wish: ScriptWish) -> None:
    """Raise WishError for what such a model does not write."""
    if wish.verse:
        raise WishError("--verse: an imported model writes speeches in prose; leave it out")
    if wish.directions:
        raise WishError(
            "--directions: an imported model writes speeches alone; leave it out, or put "
            "directions into --opening"
        )


def _rules(wish: ScriptWish) -> TextRules:
    fewest, most = wish.words
    return TextRules(
        fewest, most, pauses=",;:", ends=".!?", pairs=False, first=CAPITAL | FIRST, spaced=True
    )


def _number(script: Script, place: int) -> int:
    """Which of the speeches the element at a place is."""
    before = Script(script.elements[: place + 1], script.cast)
    return len(before.speeches) - 1


def _table(elements: Sequence[object], header: Scene, cast: Cast, text: LanguageText) -> WordTable:
    """The words of the speeches: Muse's, those of the scene, and the names of the cast."""
    texts = texts_of(elements, header.setting, header.title)  # type: ignore[arg-type]
    names = frozenset(unit for name in cast.spoken for unit in units_of(normalise(name)))
    return imported_word_table(text, new_words(texts, cast) | names, names=False)


def _text_plan(
    head: list[int], given: list[int], grammar: CuedGrammar | ProseGrammar, length: int,
    speeches: int, wish: ScriptWish, text: LanguageText,
) -> TextPlan:  # fmt: skip
    fewest, most = wish.words
    expected = speeches * max(2 * fewest, min(IDS_A_SPEECH, 2 * most + 8))
    sections = list(text.stanza_break[:1])
    return TextPlan([*head, *given], len(head), grammar, text.end, length, expected, sections)


# Scenes as plain text --------------------------------------------------------------------------


def _blocks(script: Script, cast: Cast, near: range) -> list[str]:
    """The speeches and directions of a script, a text each."""
    found = []
    for _, part in parts_of(script, cast, (), near):
        said = " ".join(part.lines)
        named = part.speaker is not None
        found.append(f"{cast.names[part.speaker or 0]}: {said}" if named else f"({said})")
    return found


def _joined(blocks: Sequence[str], text: LanguageText, room: int) -> list[int]:
    """The ids of the last blocks that there is room for, a break between them."""
    found: list[int] = []
    for block in reversed(blocks):
        ids = text.line_ids(block)
        longer = [*ids, *(text.stanza_break if found else ()), *found]
        if found and len(longer) > room:
            break
        found = longer[-room:]
    return found


def _speaker(line: str, cast: Cast) -> tuple[int | None, str]:
    """Who speaks a line of plain text, and what is said."""
    for place, name in enumerate(cast.names):
        cue = f"{normalise(name)}:"
        if line.startswith(cue):
            return place, line[len(cue) :].strip()
    return None, line


def _parts(lines: Sequence[str], cast: Cast) -> list[Part]:
    """The speeches that lines of text say."""
    found = []
    for line in lines:
        who, said = _speaker(line, cast)
        if who is not None and said:
            found.append(Part(who, (spaced(capitalised(units_of(said))),)))
    return found


def _request(header: Scene, cast: Cast, speeches: int) -> str:
    """The wish in words."""
    told = [f"Write a scene of a play with {speeches} speeches."]
    if header.title:
        told.append(f"Its title is “{header.title}”.")
    if header.setting:
        told.append(f"Where and when: {header.setting}.")
    if header.author:
        told.append(f"Write it in the manner of {header.author}.")
    told.append(f"Who speaks: {', '.join(cast.names)}. Each speech begins like this: ANNA: ")
    return " ".join(told).replace("ANNA", cast.names[0])
