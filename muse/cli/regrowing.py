"""The verb that makes a work again from what its file says."""

from __future__ import annotations

import argparse
import sys
from functools import partial

import numpy as np

from muse.cli.delivery import check_outputs, deliver, seeded
from muse.cli.loading import loaded
from muse.works.base import WishError, Work
from muse.works.picture import Picture
from muse.works.poem import Poem
from muse.works.score import Score


def regrow(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse regrow`: the same work from the model, the seed and the settings in its file."""
    from muse.makers import load_maker
    from muse.makers.regrow import regrown
    from muse.works.formats import open_work

    work = open_work(options.file)
    check_outputs(options.out, type(work).__name__)
    again = regrown(
        work, lambda name, how: loaded(partial(load_maker, precision=how), name, options)
    )
    deliver(again, options, seeded)
    told = "note for note" if isinstance(work, Score) else "word for word"
    told = "pixel for pixel" if isinstance(work, Picture) else told
    print(f"the same, {told}" if same(work, again) else "NOT the same", file=sys.stderr)
    if not same(work, again):
        raise WishError(f"{options.file} was changed since it was made, or by another version")


def same(work: Work, again: Work) -> bool:
    """Whether two works say the same, whatever they are called."""
    if isinstance(work, Score) and isinstance(again, Score):
        return again.melody.notes == work.melody.notes and again.chords == work.chords
    if isinstance(work, Poem) and isinstance(again, Poem):
        return work.text == again.text
    if isinstance(work, Picture) and isinstance(again, Picture):
        return np.array_equal(work.pixels, again.pixels)
    return work == again
