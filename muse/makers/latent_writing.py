"""Tunes to latents and back: a row for each bar, window by window.

A row holds the latent of the bar's window and then the bar's own: (n, whole_size + bar_size) for a tune of n
bars, a pick-up included. A tune of more than 16 bars is read and written in windows of about equal
length; each window is written by itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from muse.data.windows import MOST_WINDOW_BARS, full_bars, window, window_places
from muse.grammar.bars import BarsGrammar, BarState
from muse.grammar.base import Mask
from muse.grammar.harmony import PitchRules
from muse.makers.planning import plan_sheet
from muse.makers.sheets import key_and_meter
from muse.makers.wishes import Drawing
from muse.models.latent import LatentModel
from muse.models.latent_decoding import Decoding
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import draw
from muse.sampling.policies import standard_policies
from muse.tokens.holes import renumbered
from muse.tokens.melody import Sheet, SheetBar, flatten, melody_vocabulary
from muse.tokens.melody_reading import read_sheet

Rows = NDArray[np.float32]
"""Latents of a tune's bars, (n, D), or of several tunes', (P, n, D)."""

PHRASE_BARS = 4


def window_ranges(sheet: Sheet) -> list[range]:
    """Places of the bars of each window: about equal lengths, in whole phrases where it can be."""
    count = full_bars(sheet)
    if count <= 0:
        return [range(len(sheet.bars))]
    windows = math.ceil(count / MOST_WINDOW_BARS)
    size = min(PHRASE_BARS * math.ceil(count / windows / PHRASE_BARS), MOST_WINDOW_BARS)
    size = count if windows == 1 else size
    return [window_places(sheet, size, start) for start in range(0, count, size)]


@torch.inference_mode()
def encoded(model: LatentModel, sheet: Sheet) -> Rows:
    """The means of the latents of a melody's bars, (n, D)."""
    found = []
    for places in window_ranges(sheet):
        ids = torch.tensor([flatten(window(sheet, places.start, places.stop))])
        whole, bars = model.encode(ids, torch.zeros_like(ids))
        found.append(torch.cat((whole.mean.expand(len(bars.mean), -1), bars.mean), dim=1))
    return torch.cat(found).numpy()


def written(
    model: LatentModel, sheet: Sheet, rows: Rows, rules: PitchRules, drawing: Drawing,
    rng: Sequence[np.random.Generator],
) -> list[Sheet]:  # fmt: skip
    """Tunes with the header and the heads of the bars of `sheet`, written from latents.

    Args:
        model: the latent space.
        sheet: its lines are left unread.
        rows: latents of each tune's bars, (P, n, D).
        rules: of the pitches.
        drawing: temperature and top-p.
        rng: a generator for each tune.
    """
    whole_size = model.config.whole_size
    empty = Sheet(sheet.header, [replace(bar, lines=[None]) for bar in sheet.bars])
    bars: list[list[SheetBar]] = [[] for _ in rows]
    policies = standard_policies(drawing.temperature, top_p=drawing.top_p)
    stop = melody_vocabulary()["EOS"]
    for places in window_ranges(empty):
        part = window(empty, places.start, places.stop)
        holes = {(place, 0) for place in range(len(part.bars))}
        plan = plan_sheet(part, holes, {1: rules}, *key_and_meter(part.header))
        own = torch.from_numpy(np.ascontiguousarray(rows[:, places.start : places.stop]))
        decoding = Decoding(model, own[..., :whole_size].mean(1), own[..., whole_size:])
        start = np.tile(np.array([plan.prompt], dtype=np.int64), (len(rows), 1))
        sampler = Autoregressive(plan.length, stop, policies, plan.grammar)
        for kept, ids in zip(bars, draw(sampler, decoding, start, rng=rng).tolist()):
            kept += read_sheet(ids).bars
    return [_joined(empty, kept) for kept in bars]


def rewritten(
    model: LatentModel, sheets: Sequence[Sheet], rows: Sequence[Rows], drawing: Drawing,
    rng: Sequence[np.random.Generator], rules: Sequence[PitchRules] | None = None,
) -> list[Sheet]:  # fmt: skip
    """Each sheet written anew from its own latents, all at once; for sheets of one window each.

    Args:
        model: the latent space.
        sheets: of at most 16 bars; their headers are equally long and their lines are left unread.
        rows: latents of the bars of each, (n, D).
        drawing: temperature and top-p.
        rng: a generator for each.
        rules: of the pitches of each; None allows all.
    """
    whole_size, most = model.config.whole_size, max(map(len, rows))
    plans = []
    for number, sheet in enumerate(sheets):
        part = Sheet(sheet.header, [replace(bar, lines=[None]) for bar in sheet.bars])
        holes = {(place, 0) for place in range(len(part.bars))}
        rule = {1: rules[number]} if rules else {}
        plans.append(plan_sheet(part, holes, rule, *key_and_meter(part.header)))
    # Shorter tunes end before they ask for the latents that are put behind theirs.
    filled = [np.concatenate((each, np.repeat(each[-1:], most - len(each), 0))) for each in rows]
    own = torch.from_numpy(np.stack(filled))
    whole = torch.from_numpy(np.stack([each[:, :whole_size].mean(0) for each in rows]))
    decoding = Decoding(model, whole, own[..., whole_size:])
    start = np.array([plan.prompt for plan in plans], dtype=np.int64)
    policies = standard_policies(drawing.temperature, top_p=drawing.top_p)
    length, stop = max(plan.length for plan in plans), melody_vocabulary()["EOS"]
    sampler = Autoregressive(length, stop, policies, _Together([plan.grammar for plan in plans]))
    found = draw(sampler, decoding, start, rng=rng).tolist()
    return [_joined(sheet, read_sheet(ids).bars) for sheet, ids in zip(sheets, found)]


class _Together:
    """The grammar of a batch in which each piece keeps a plan of its own.

    The sampler asks for one start a piece, in order; a state remembers its piece.
    """

    def __init__(self, grammars: Sequence[BarsGrammar]) -> None:
        self.grammars = grammars
        self.begun = 0

    def start(self) -> tuple[int, BarState]:
        self.begun += 1
        return self.begun - 1, self.grammars[self.begun - 1].start()

    def after(self, state: tuple[int, BarState], id: int) -> tuple[int, BarState]:
        return state[0], self.grammars[state[0]].after(state[1], id)

    def allowed(self, state: tuple[int, BarState]) -> Mask:
        return self.grammars[state[0]].allowed(state[1])


def _joined(sheet: Sheet, bars: Sequence[SheetBar]) -> Sheet:
    """The written lines under the heads of a sheet's own bars, counted down to its end."""
    merged = [replace(bar, lines=new.lines) for bar, new in zip(sheet.bars, bars)]
    return renumbered(sheet.header, merged)


def closeness(model: LatentModel, sheet: Sheet, rows: Rows) -> float:
    """How far a written tune's own latents lie from those it was written from: per bar, Euclidean."""
    apart = encoded(model, sheet) - rows
    return float(np.sqrt(np.square(apart).sum(axis=1)).mean())


def resampled(rows: Rows, count: int) -> Rows:
    """As many rows as asked: each is that of the bar at the same part of the way."""
    places = ((np.arange(count) + 0.5) * len(rows) / count).astype(int)
    return rows[places]
