"""Drawing English text from a bundle: many pieces at once, or one as it is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muse.bundle import Bundle
from muse.grammar.base import Grammar
from muse.makers.growing_text import grown, texts_of, whole_words
from muse.makers.wishes import Drawing
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import NextToken, draw, generators
from muse.sampling.policies import RepeatedRun, standard_policies
from muse.sampling.window import Windowed
from muse.tokens.english import EnglishPieces
from muse.works.base import WishError

SEEN = 1024
"""Tokens that the models were trained to see at once."""
MOST_PROMPT = 560
"""Most ids of a prompt: the rest of what the model can see is for what it writes."""
MOST_HELD = 40_000
"""Tokens of all pieces of a batch that are held in memory."""


@dataclass(frozen=True)
class TextPlan:
    """What is read, and what may follow.

    Attributes:
        prompt: what the model reads.
        head: how many ids of the prompt it always sees.
        grammar: of what follows.
        stop: the id that ends a piece.
        length: most ids that may follow.
        expected: about how many ids will follow.
        sections: ids that begin a speech or a paragraph: a model that sees only the latest part of
            a long text begins with one.
    """

    prompt: list[int]
    head: int
    grammar: Grammar[Any]
    stop: int
    length: int
    expected: int
    sections: Collection[int]


def english_pieces(bundle: Bundle) -> EnglishPieces:
    """The tokens of a bundle that writes English. Raises WishError for any other."""
    if not isinstance(bundle.pieces, EnglishPieces):
        raise WishError(
            f"{bundle.name} is a bundle of kind {bundle.kind}: it writes no English scenes or "
            "stories; choose one of kind script-en or verse-en"
        )
    return bundle.pieces


def written(bundle: Bundle, plan: TextPlan, drawing: Drawing) -> list[list[int]]:
    """What is written after the prompt, for each candidate; EOS is the last id of each."""
    count = drawing.variations * drawing.candidates
    rng = generators(drawing.seed, count)
    size = len(plan.prompt)
    start, sampler = np.array([plan.prompt]), _sampler(plan, drawing)
    rows: list[list[int]] = []
    if size + plan.expected <= SEEN:
        held = max(1, MOST_HELD // (size + plan.length))
        for first in range(0, count, held):
            some = rng[first : first + held]
            rows += draw(sampler, bundle.model, start, rng=some).tolist()
    else:
        # A long text: the model sees its header and its latest speeches.
        model = _windowed(bundle, plan)
        rows = [draw(sampler, model, start, rng=[each])[0].tolist() for each in rng]
    # The grammar has always reached the end.
    return [row[size : row.index(plan.stop, size) + 1] for row in rows]


def growing(bundle: Bundle, plan: TextPlan, drawing: Drawing) -> Iterator[list[int]]:
    """What is written after the prompt, once more for each new id; stop asking to cancel."""
    start, sampler = np.array([plan.prompt]), _sampler(plan, drawing)
    model: NextToken = bundle.model
    if len(plan.prompt) + plan.expected > SEEN:
        model = _windowed(bundle, plan)
    for step in sampler.steps(model, start, rng=generators(drawing.seed, 1)):
        yield step.state[0, len(plan.prompt) :].tolist()


def one_told(
    bundle: Bundle, plan: TextPlan, drawing: Drawing, read: Callable[[Sequence[int]], str],
    told: Callable[[str], None],
) -> list[list[int]]:  # fmt: skip
    """What is written, a single candidate, of which `told` gets each word once it stands.

    Raises:
        WishError: if several are wished.
    """
    if drawing.variations * drawing.candidates > 1:
        raise WishError(
            "one piece alone can be told as it is written: leave out --variations and --candidates"
        )
    last: list[int] = []

    def kept() -> Iterator[list[int]]:
        for last[:] in growing(bundle, plan, drawing):
            yield last

    for words in grown(texts_told(bundle, kept(), read)):
        told(words)
    return [last]


def texts_told(
    bundle: Bundle, growth: Iterable[Sequence[int]], read: Callable[[Sequence[int]], str]
) -> Iterator[str]:
    """The text of what stands for sure, once more for each new word, and at the end."""
    if bundle.kind == "language":
        return whole_words(map(read, growth))
    return texts_of(growth, english_pieces(bundle), read)


def nats_per_token(bundle: Bundle, plan: TextPlan, ids: list[int]) -> float:
    """How likely the model finds what was written, as far as it sees it at once."""
    seen = np.array([(plan.prompt + ids)[:SEEN]])
    return float(bundle.model.nats(seen)[0, len(plan.prompt) - 1 :].mean())


def _sampler(plan: TextPlan, drawing: Drawing) -> Autoregressive:
    usual = standard_policies(drawing.temperature, top_p=drawing.top_p)
    return Autoregressive(plan.length, plan.stop, (RepeatedRun(), *usual), plan.grammar)


def _windowed(bundle: Bundle, plan: TextPlan) -> Windowed:
    return Windowed(
        bundle.model, SEEN, plan.head, set(plan.sections), max(1, (SEEN - plan.head) // 2)
    )
