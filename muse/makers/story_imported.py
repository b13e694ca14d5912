"""From a wish for a story to a request to an imported language model, and from ids to paragraphs."""

from __future__ import annotations

from collections.abc import Sequence

from muse.grammar.prose import ParagraphPlan, ProseGrammar
from muse.grammar.running_text import TextRules
from muse.grammar.words import CAPITAL, FIRST
from muse.grammar.words_imported import imported_word_table
from muse.makers.english_drawing import MOST_PROMPT, TextPlan
from muse.makers.scenes import new_words
from muse.makers.stage_wishes import StoryWish
from muse.makers.story_jobs import CLOSING, ENDS, StoryJob
from muse.tokens.language_text import LanguageText
from muse.tokens.units import capitalised, normalise, spaced, units_of
from muse.works.base import WishError
from muse.works.story import Story

IDS_A_WORD = 1.5
"""About how many ids a word has, its marks included."""

RULES = TextRules(pauses=",;:", ends=".!?", pairs=False, first=CAPITAL | FIRST)
"""Of a paragraph: no quotation marks, which such models spell together with other marks."""


def plan_imported_story(wish: StoryWish, text: LanguageText) -> StoryJob:
    """The prompt and the grammar of a story. Raises WishError if the beginning cannot stand in one."""
    try:
        begun = Story.from_text(wish.beginning, language="en").paragraphs
    except ValueError as error:
        raise WishError(f"the beginning: {error}") from error
    joins = begun[-1].rstrip(CLOSING)[-1:] not in ENDS
    tens = wish.tens()
    head = text.request(request_for(wish, begun, tens))
    known = text.line_ids(begun[-1])
    for paragraph in reversed(begun[:-1]):
        longer = [*text.line_ids(paragraph), *text.stanza_break, *known]
        if len(longer) > MOST_PROMPT:
            break
        known = longer
    words = [(10 * (n - 1) + 1, 10 * n) for n in tens]
    plans = [ParagraphPlan(text.stanza_break, span) for span in words]
    if joins:
        plans[0] = ParagraphPlan((), words[0], tuple(units_of(normalise(begun[-1]))))
    table = imported_word_table(text, new_words([*begun, wish.title]))
    grammar = ProseGrammar(text, table, tuple(plans), RULES)
    plan = TextPlan(
        [*head, *known[-MOST_PROMPT:]], len(head), grammar, text.end, grammar.length,
        round(IDS_A_WORD * 10 * sum(tens)), list(text.stanza_break[:1]),
    )  # fmt: skip

    def read(ids: Sequence[int]) -> list[str]:
        return _paragraphs(text.lines(ids), joins)

    return StoryJob(plan, begun, joins, read)


def _paragraphs(lines: Sequence[str], joins: bool) -> list[str]:
    """The paragraphs of lines of text, each with a capital but one that goes on with another."""
    found = []
    for number, line in enumerate(lines):
        units = units_of(line)
        if units:
            found.append(spaced(units if joins and number == 0 else capitalised(units)))
    return found


def request_for(wish: StoryWish, begun: Sequence[str], tens: Sequence[int]) -> str:
    """The wish in words."""
    told = ["Write a short story in plain prose."]
    if wish.title:
        told.append(f"Its title is “{wish.title}”.")
    many = "paragraph" if len(tens) == 1 else "paragraphs"
    told.append(f"It has {len(tens)} more {many}, about {10 * sum(tens)} words.")
    told.append(f"It begins so: {begun[0][:400]}")
    return " ".join(told)
