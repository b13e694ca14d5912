"""Tunes and scores that are drawn to be measured: under held-out tunes' conditions, or under wishes."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from muse.bundle import Bundle
from muse.data.shards import Shard
from muse.engine.torch_engine import TorchEngine
from muse.evaluate.legality import violations
from muse.evaluate.random_wishes import RandomWish, promises_for, random_wish
from muse.grammar.base import Mask
from muse.makers.composer import Composer
from muse.makers.planning import Plan, plan_sheet
from muse.makers.sheets import key_and_meter
from muse.makers.wishes import Drawing
from muse.models.decoder import Decoder
from muse.models.decoder_config import DecoderConfig
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import NextToken, draw, generators
from muse.sampling.policies import standard_policies
from muse.tokens.melody import Sheet, melody_vocabulary
from muse.tokens.melody_reading import read_sheet
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import WishError
from muse.works.score import Score

VARIATIONS = 4
"""Scores drawn of each random wish: faults lie in rare wishes, so many wishes tell more."""
ROWS_AT_ONCE = 32
CONTEXT = 1024
MOST_TOKENS = 1000
"""Held-out tunes of more tokens are left out where tunes are drawn: they would not fit."""


def matched_tunes(bundle: Bundle, shard: Shard, count: int) -> tuple[list[Score], list[Score], int]:
    """For each of `count` held-out pieces, one tune drawn under its conditions.

    The conditions are the piece's header and the heads of its bars: style, meter, key, tempo,
    number of bars, changes; every line is free, and no promise but full bars holds.

    Returns:
        The drawn tunes, the held-out tunes, and how many drawn ones the context cut off.
    """
    fitting = [place for place in range(len(shard)) if len(shard[place]) <= MOST_TOKENS]
    rng = np.random.default_rng(0)
    chosen = rng.permutation(fitting)[:count].tolist()
    chosen += rng.choice(fitting, max(0, count - len(fitting))).tolist()
    plans = {number: free_plan(shard[place]) for number, place in enumerate(chosen)}
    by_prompt: dict[int, list[int]] = {}
    for number in sorted(plans, key=lambda number: len(shard[chosen[number]])):
        by_prompt.setdefault(len(plans[number].prompt), []).append(number)
    tokenizer, end = MelodyTokenizer(), melody_vocabulary()["EOS"]
    scores: dict[int, Score] = {}
    cut = 0
    for some in by_prompt.values():
        for at in range(0, len(some), ROWS_AT_ONCE):
            numbers = some[at : at + ROWS_AT_ONCE]
            rows = drawn_rows(bundle.model, [plans[number] for number in numbers], numbers)
            for number, row in zip(numbers, rows):
                cut += end not in row
                scores[number] = tokenizer.decode(row)
            if sys.stderr.isatty():
                print(f"\rdrew {len(scores)} of {len(chosen)} tunes", end="", file=sys.stderr)
    held_out = [tokenizer.decode(shard[place]) for place in chosen]
    return [scores[number] for number in range(len(chosen))], held_out, cut


def free_plan(piece: np.ndarray) -> Plan:
    """The plan of a piece whose header and bars stay and whose lines are all free."""
    sheet = read_sheet(piece.tolist())
    bars = [replace(bar, lines=[None] * len(bar.lines)) for bar in sheet.bars]
    holes = {(place, line) for place, bar in enumerate(bars) for line in range(len(bar.lines))}
    return plan_sheet(Sheet(sheet.header, bars), holes, {}, *key_and_meter(sheet.header))


def drawn_rows(model: NextToken, plans: Sequence[Plan], seeds: Sequence[int]) -> list[list[int]]:
    """Ids of a piece for each plan, drawn together; the prompts are of one length."""
    start = np.array([plan.prompt for plan in plans])
    length = min(max(plan.length for plan in plans), CONTEXT - start.shape[1])
    drawing = Drawing()
    policies = standard_policies(drawing.temperature, top_p=drawing.top_p)
    sampler = Autoregressive(length, melody_vocabulary()["EOS"], policies, Rows(plans))
    rng = [generators(0, 1, seed)[0] for seed in seeds]
    return draw(sampler, model, start, rng=rng).tolist()


class Rows:
    """The grammar of a batch in which each row keeps a plan of its own.

    The sampler asks for one start a row, in order; a state remembers its row.
    """

    def __init__(self, plans: Sequence[Plan]) -> None:
        self.grammars = [plan.grammar for plan in plans]
        self.begun = 0

    def start(self) -> tuple[int, Any]:
        self.begun += 1
        return self.begun - 1, self.grammars[self.begun - 1].start()

    def after(self, state: tuple[int, Any], id: int) -> tuple[int, Any]:
        return state[0], self.grammars[state[0]].after(state[1], id)

    def allowed(self, state: tuple[int, Any]) -> Mask:
        return self.grammars[state[0]].allowed(state[1])


def broken_promises(composer: Composer, themes: Sequence[Score], count: int) -> dict[str, Any]:
    """Draw `count` scores under random wishes, `VARIATIONS` each, and count broken promises."""
    draws = wishes = refused = bad = number = 0
    broken: Counter[str] = Counter()
    verbs: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    examples: list[dict[str, Any]] = []
    while draws < count:
        wish = random_wish(random.Random(f"legality {number}"), themes)
        number += 1
        variations = min(VARIATIONS, count - draws)
        try:
            scores = composed(composer, wish, number, variations)
        except WishError as error:
            refused += 1
            reasons[str(error).split(":")[0][:60]] += 1
            if refused > 50 + 4 * wishes:
                raise
            continue
        wishes, draws = wishes + 1, draws + len(scores)
        verbs[wish.verb] += 1
        for score in scores:
            found = violations(score, promises_for(wish, score))
            bad += bool(found)
            broken.update(each.promise for each in found)
            if found and len(examples) < 20:
                options = {k: v for k, v in wish.options.items() if k != "theme"}
                told = [f"{each.promise}, bar {each.bar}: {each.text}" for each in found[:4]]
                examples.append({"wish": number - 1, "verb": wish.verb, **options, "broken": told})
        if sys.stderr.isatty():
            print(f"\r{draws} of {count} draws", end="", file=sys.stderr)
    return {
        "draws": draws, "wishes": wishes, "refused": refused, "refused_because": dict(reasons),
        "verbs": dict(verbs), "scores_with_violations": bad, "broken": dict(broken),
        "examples": examples,
    }  # fmt: skip


def composed(composer: Composer, wish: RandomWish, seed: int, variations: int) -> list[Score]:
    """The scores of a wish. Raises WishError if the composer refuses it."""
    verbs: dict[str, Any] = {
        "compose": composer.compose, "continue": composer.continue_, "fill": composer.fill,
        "vary": composer.vary, "harmonize": composer.harmonize,
    }  # fmt: skip
    found = verbs[wish.verb](**wish.options, seed=seed, variations=variations)
    return found if isinstance(found, list) else [found]


def short_themes(shard: Shard, count: int = 200) -> list[Score]:
    """Beginnings and middles of 2 to 6 bars of held-out tunes of one voice."""
    rng = random.Random("themes")
    themes: list[Score] = []
    places = rng.sample(range(len(shard)), min(count, len(shard)))
    for place in places:
        score = MelodyTokenizer().decode(shard[place])
        first = 1 if rng.random() < 0.5 else rng.randint(1, score.bars)
        theme = score.bar_slice(first, min(score.bars, first + rng.randint(1, 5)))
        if len(theme.parts) == 1 and theme.melody.notes:
            themes.append(theme)
    return themes


def untrained_bundle(seed: int = 0) -> Bundle:
    """A bundle whose small network knows nothing: whatever it keeps, the grammar keeps."""
    import torch

    torch.manual_seed(seed)
    config = DecoderConfig(
        vocab_size=len(melody_vocabulary()), hidden_size=32, intermediate_size=64,
        num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, head_dim=16,
    )  # fmt: skip
    model = TorchEngine(Decoder(config).requires_grad_(False))
    return Bundle("untrained", Path(), "melody", "0", model, {}, {})


def run_bundle(path: Path) -> Bundle:
    """The weights `best.safetensors` of a run of scores. Raises WishError."""
    from muse.cli.runs import read_run, recipe_of_weights
    from muse.train.checkpoint import load_checkpoint

    kind = recipe_of_weights(path).kind
    if kind not in ("melody", "chorale"):
        raise WishError(f"{path} is a run of kind {kind!r}, which makes no scores")
    model, _ = read_run(path, kind)
    _, state = load_checkpoint(path)
    step = f"step {state.get('step', '?')}"
    return Bundle(path.parent.name, path.parent, kind, step, TorchEngine(model), state, {})
