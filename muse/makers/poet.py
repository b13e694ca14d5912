"""The poet: writes verse whose form is right, and lines of it anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from muse.bundle import Bundle
from muse.makers.dressing import account
from muse.makers.poem_wishes import PoemWish, wish_of_redo
from muse.makers.verse_plan import VersePlan
from muse.makers.verse_ranking import RankedPoem, best_poems, rank_poem
from muse.makers.wishes import Drawing
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import draw, generators
from muse.sampling.policies import RepeatedRun, standard_policies
from muse.works.base import WishError
from muse.works.poem import Poem

SAID_AGAIN = (3, 8.0)
"""Of an imported model: how long a run of ids may come again, and what one more costs in nats."""


class Poet:
    """Writes poems with a bundle of kind `verse-zh` or `verse-en`, or an imported language model."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.pieces: Any = bundle.pieces
        self.imported = bundle.kind == "language"
        if self.imported:
            from muse.makers.imported_text import language_text

            self.pieces = language_text(bundle)
        if self.pieces is None:
            raise WishError(f"{bundle.name} has no pieces of text: it writes no verse")
        self.language = "zh" if bundle.kind == "verse-zh" else "en"
        if self.language == "zh":
            from muse.tokens.chinese import ChineseTokenizer

            self.pieces = ChineseTokenizer(bundle.pieces)  # type: ignore[arg-type]  # the kind says so

    # Every method takes the options of `PoemWish` and of `Drawing` by name. It returns a Poem, or,
    # where `variations` is given, a list of so many, best first.

    def write(self, theme: str = "", **options: Any) -> Poem | list[Poem]:
        """A new poem: `write("春江", form="七绝", seed=1)`. Raises WishError."""
        wish, drawing = asked({"theme": theme, **options})
        settings = {**wish.settings(), **drawing.__dict__}
        made = self._written(self._plan(wish), wish, drawing, "write", settings)
        return made if options.get("variations") is not None else made[0]

    def redo(
        self, poem: Poem, lines: Sequence[int], alternatives: int = 1, **options: Any
    ) -> list[Poem]:
        """The poem with some lines (from 1) written anew, in so many ways, best first.

        Raises:
            WishError: if there are no such lines, they are locked, or nothing fits there.
        """
        numbers = tuple(sorted(set(lines)))
        wish_of_redo(poem, numbers)
        if not numbers:
            raise WishError("--line: say which lines are to be written anew")
        wish, drawing = asked({"variations": alternatives, **options})
        plan = self._replan(poem, numbers, wish)
        settings = {**wish.settings(), **drawing.__dict__, "redone": list(numbers)}
        made = self._written(plan, wish, drawing, "redo", settings)
        kept = [
            replace(each, author=poem.author, title=poem.title or each.title, locked=poem.locked)
            for each in made
        ]
        return [self._only(poem, each, numbers) for each in kept]

    def stream(self, theme: str = "", **options: Any) -> Iterator[Poem]:
        """The poem as it grows, whenever something was written; stop asking to cancel."""
        wish, drawing = asked({"theme": theme, **options})
        plan = self._plan(wish)
        start, rng = np.array([plan.prompt]), generators(drawing.seed, 1)
        before = ""
        for step in self._sampler(plan, drawing).steps(self.bundle.model, start, rng=rng):
            try:
                poem = plan.read(step.state[0, len(plan.prompt) :].tolist())
            except ValueError:  # no line has begun
                continue
            if poem.text != before:
                before = poem.text
                yield poem

    # How it is done ---------------------------------------------------------------------------

    def _plan(self, wish: PoemWish) -> VersePlan:
        self._check_language(wish)
        if self.language == "zh":
            from muse.makers.verse_zh import plan_chinese

            return plan_chinese(wish, self.pieces)
        if self.imported:
            from muse.makers.verse_imported import plan_imported

            return plan_imported(wish, self.pieces)
        from muse.makers.verse_en import plan_english

        return plan_english(wish, self.pieces)

    def _replan(self, poem: Poem, numbers: tuple[int, ...], wish: PoemWish) -> VersePlan:
        if poem.language != self.language:
            raise WishError(
                f"{self.bundle.name} writes {self.language}, the poem is {poem.language}"
            )
        if self.language == "zh":
            from muse.makers.verse_zh import replan_chinese

            return replan_chinese(poem, numbers, wish, self.pieces)
        if self.imported:
            from muse.makers.verse_imported import replan_imported

            return replan_imported(poem, numbers, wish, self.pieces)
        from muse.makers.verse_en import replan_english

        return replan_english(poem, numbers, wish, self.pieces)

    def _check_language(self, wish: PoemWish) -> None:
        if (wish.form or wish.theme) and wish.language != self.language:
            raise WishError(
                f"{self.bundle.name} writes {'Chinese' if self.language == 'zh' else 'English'}; "
                f"the wish is for another language: choose --model verse-{wish.language}"
            )

    def _sampler(self, plan: VersePlan, drawing: Drawing) -> Autoregressive:
        policies = standard_policies(temperature=drawing.temperature, top_p=drawing.top_p)
        if self.imported:
            # The request holds lines of the poem: an imported model likes to say them again.
            policies = (RepeatedRun(*SAID_AGAIN), *policies)
        return Autoregressive(plan.length, plan.stop, policies, plan.grammar)

    def _written(
        self, plan: VersePlan, wish: PoemWish, drawing: Drawing, verb: str, settings: dict[str, Any]
    ) -> list[Poem]:
        """Draw, rank and account for the poems of a plan."""
        count = drawing.variations * drawing.candidates
        start, prompt = np.array([plan.prompt]), len(plan.prompt)
        rng = generators(drawing.seed, count)
        rows = draw(self._sampler(plan, drawing), self.bundle.model, start, rng=rng)
        ranked: list[RankedPoem] = []
        for piece, row in enumerate(rows.tolist()):
            ids = row[: row.index(plan.stop, prompt) + 1] if plan.stop in row[prompt:] else row
            nats = self.bundle.model.nats(np.array([ids]))[0, prompt - 1 :]
            poem = plan.read(ids[prompt:])
            ranked.append(rank_poem(poem, piece, float(nats.mean()), wish.theme))
        chosen = best_poems(ranked, drawing.candidates)
        return [
            each.poem.with_provenance(account(self.bundle, verb, settings, each, rank))
            for rank, each in enumerate(chosen)
        ]

    def _only(self, poem: Poem, made: Poem, numbers: tuple[int, ...]) -> Poem:
        """The old poem with the new lines alone: indents and points of the others stay."""
        if self.language == "en":
            return made  # given lines stay there as they are, and refrains are all anew
        found = poem
        for number in numbers:
            found = found.with_line(number, made.lines[number - 1])
        return found.with_provenance(made.provenance)


def asked(options: dict[str, Any]) -> tuple[PoemWish, Drawing]:
    """A wish and a drawing from options by name. Raises WishError for an unknown one."""
    wishes = {field.name for field in fields(PoemWish)}
    drawings = {field.name for field in fields(Drawing)}
    unknown = set(options) - wishes - drawings
    if unknown:
        raise WishError(f"unknown option {min(unknown)!r}; known: {sorted(wishes | drawings)}")
    said = {name: value for name, value in options.items() if value is not None}
    wish = PoemWish(**{name: value for name, value in said.items() if name in wishes})
    return wish, Drawing(**{name: value for name, value in said.items() if name in drawings})
