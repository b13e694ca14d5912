"""The storyteller: goes on with a piece of prose, in paragraphs of the length that was asked for.

A bundle that has not learned stories has read prose in plays all the same. For it a story is one voice
that speaks, paragraph by paragraph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from muse.bundle import Bundle
from muse.grammar.prose import ParagraphPlan, ProseGrammar
from muse.grammar.words import word_table
from muse.makers.dramatist import Told, english_bundle
from muse.makers.dressing import account, history_of
from muse.makers.english_drawing import (
    MOST_PROMPT,
    TextPlan,
    english_pieces,
    growing,
    nats_per_token,
    one_told,
    texts_told,
    written,
)
from muse.makers.growing_text import grown
from muse.makers.imported_text import language_text
from muse.makers.scenes import new_words
from muse.makers.stage_wishes import StoryWish, asked
from muse.makers.story_jobs import CLOSING, ENDS, StoryJob
from muse.makers.text_ranking import best_texts, rank_text
from muse.makers.wishes import Drawing
from muse.tokens.english import EnglishPieces, joined
from muse.tokens.english_values import MOST_LEFT, MOST_TENS_OF_WORDS
from muse.tokens.units import capitalised, is_word, normalise, spaced, units_of
from muse.works.base import WishError
from muse.works.story import Story

IDS_A_WORD = 1.8
"""About how many ids a word has, its marks included."""


class Storyteller:
    """Writes stories with a bundle that writes English: of kind `script-en` or `verse-en`, or an
    imported language model."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.imported = language_text(bundle) if bundle.kind == "language" else None
        self.pieces = None if self.imported else english_pieces(bundle)

    # Every method takes the options of `StoryWish` and of `Drawing` by name. It returns a Story,
    # or, where `variations` is given, a list of so many, best first.

    def write(
        self, beginning: str = "", told: Told | None = None, **options: Any
    ) -> Story | list[Story]:
        """A story that begins so: `write("Once there was a king", words=200, seed=1)`.

        Args:
            beginning: its first words.
            told: gets what is written behind them, word by word; a single story is drawn then.
            options: of `StoryWish` and `Drawing`.

        Raises:
            WishError: if the wish is wrong.
        """
        wish, drawing = asked(StoryWish, {"beginning": beginning, **options})
        made = self._made(wish, drawing, "write", wish.settings(), None, told)
        return made if options.get("variations") is not None else made[0]

    def continue_(
        self, story: Story, told: Told | None = None, **options: Any
    ) -> Story | list[Story]:
        """The story, as it is, and `words` (200) more. Raises WishError."""
        if options.get("beginning"):
            raise WishError("--beginning is of new stories; this one has begun")
        wish, drawing = asked(StoryWish, {"beginning": story.text, **options})
        settings = wish.settings()
        del settings["beginning"]
        settings |= {"given": [len(story.paragraphs), len(story.paragraphs[-1])]}
        made = self._made(wish, drawing, "continue", settings, story, told)
        return made if options.get("variations") is not None else made[0]

    def stream_words(
        self, beginning: str = "", prompt: Story | None = None, **options: Any
    ) -> Iterator[str]:
        """What is written behind the beginning, or the prompt, word by word; stop to cancel."""
        text = beginning if prompt is None else prompt.text
        wish, drawing = asked(StoryWish, {"beginning": text, **options})
        job = self._job(wish)
        growth = growing(self.bundle, job.plan, drawing)
        yield from grown(texts_told(self.bundle, growth, job.behind))

    # How it is done ---------------------------------------------------------------------------

    def _job(self, wish: StoryWish) -> StoryJob:
        if self.imported is not None:
            from muse.makers.story_imported import plan_imported_story

            return plan_imported_story(wish, self.imported)
        assert self.pieces is not None, "a bundle has pieces or is imported"
        return plan_story(wish, self.pieces, bool(self.bundle.about.get("stories")))

    def _made(
        self, wish: StoryWish, drawing: Drawing, verb: str, settings: dict[str, Any],
        before: Story | None, told: Told | None,
    ) -> list[Story]:  # fmt: skip
        """Draw, rank and account for the stories of a wish."""
        job = self._job(wish)
        settings = {**settings, **drawing.__dict__}
        base = before or Story(job.begun, title=wish.title, language="en")
        if told is None:
            rows = written(self.bundle, job.plan, drawing)
        else:
            rows = one_told(self.bundle, job.plan, drawing, job.behind, told)
        ranked = []
        for piece, ids in enumerate(rows):
            story = replace(base, paragraphs=job.paragraphs(ids))
            nats = nats_per_token(self.bundle, job.plan, ids)
            ranked.append(rank_text(story, " ".join(job.read(ids)), piece, nats))
        chosen = best_texts(ranked, drawing.candidates)
        return [
            each.work.with_provenance(
                account(self.bundle, verb, settings, each, rank) | history_of(before)
            )
            for rank, each in enumerate(chosen)
        ]


def plan_story(wish: StoryWish, pieces: EnglishPieces, learned: bool) -> StoryJob:
    """The prompt and the grammar of a story.

    Args:
        wish: what is asked for.
        pieces: the tokens.
        learned: whether the model has learned stories; else it speaks prose as in a play.

    Raises:
        WishError: if the beginning cannot stand in a story.
    """
    try:
        begun = Story.from_text(wish.beginning, language="en").paragraphs
    except ValueError as error:
        raise WishError(f"the beginning: {error}") from error
    joins = begun[-1].rstrip(CLOSING)[-1:] not in ENDS
    tens = wish.tens()
    units = [units_of(normalise(text)) for text in begun]
    old = [max(1, -(-sum(map(is_word, each)) // 10)) for each in units]
    sizes = [*old[:-1], old[-1] + tens[0], *tens[1:]] if joins else [*old, *tens]
    head = _head(wish.title, pieces, learned)
    openers = [
        (pieces[f"Left_{min(len(sizes) - n, MOST_LEFT)}"], *_opener(size, pieces, learned))
        for n, size in enumerate(sizes)
    ]
    known: list[int] = []
    room = MOST_PROMPT - len(head)
    for opener, text in reversed(list(zip(openers, begun))):
        ids = joined(pieces.line_units(text))
        known = [*opener, *ids[-max(1, room - len(opener)) :], *known]
        room -= len(opener) + len(ids)
        if room < 8:
            break
    words = [(10 * (n - 1) + 1, 10 * n) for n in tens]
    plans = [ParagraphPlan(opener, span) for opener, span in zip(openers[-len(tens) :], words)]
    if joins:
        plans[0] = ParagraphPlan((), words[0], tuple(units[-1]))
    grammar = ProseGrammar(
        pieces, word_table(pieces, new_words([*begun, wish.title])), tuple(plans)
    )
    plan = TextPlan(
        [*head, *known], len(head), grammar, pieces["EOS"], grammar.length,
        round(IDS_A_WORD * 10 * sum(tens)), list(pieces.vocabulary.family("Left")),
    )  # fmt: skip
    lefts = frozenset(pieces.vocabulary.family("Left"))

    def read(ids: Sequence[int]) -> list[str]:
        return paragraphs_of(ids, pieces, lefts, joins)

    return StoryJob(plan, begun, joins, read)


def _head(title: str, pieces: EnglishPieces, learned: bool) -> list[int]:
    """What stands before the first paragraph."""
    named = [pieces["Title"], *joined(pieces.title_units(title))] if title else []
    form, cast = ("Form_story", ()) if learned else ("Form_scene", ("Cast", "Speaker_1"))
    return [pieces["BOS"], pieces[form], *named, *(pieces[name] for name in cast), pieces["Body"]]


def _opener(tens: int, pieces: EnglishPieces, learned: bool) -> list[int]:
    """What says how long a paragraph is, or who speaks it."""
    if learned:
        return [pieces[f"Words_{min(tens, MOST_TENS_OF_WORDS)}"]]
    return [pieces["Speaker_1"], pieces["Prose"]]


def paragraphs_of(
    ids: Sequence[int], pieces: EnglishPieces, lefts: frozenset[int], joins: bool
) -> list[str]:
    """The paragraphs that ids say; each begins with a `Left_k`, but one that goes on with another."""
    runs: list[list[int]] = [[]]
    for each in ids:
        if each in lefts:
            runs.append([])
        elif not pieces.is_tag[each]:
            runs[-1].append(each)
    texts = [pieces.texts(pieces.split(run)) for run in runs]
    first = [spaced(texts[0])] if joins and texts[0] else []
    return [*first, *(spaced(capitalised(text)) for text in texts[1:] if text)]


def load_storyteller(name: str | None = None, engine: str = "auto") -> Storyteller:
    """The storyteller of a bundle; of `script-en`, or else `verse-en`, if none is named.

    Raises:
        WishError: if there is no such bundle, or it writes no English.
    """
    return Storyteller(english_bundle(name, engine))
