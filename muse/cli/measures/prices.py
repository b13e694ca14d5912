"""Texts with the price of each of their tokens: drawn in a form, written freely, and human."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from muse.cli.measures.poems import AT_ONCE, HumanPoem, RecordingPoet
from muse.evaluate.form_price import LogChances, Priced, priced
from muse.tokens.english_verse import flatten_verse, read_verse

OPEN: dict[str, Any] = {"temperature": 1.0, "top_p": 1.0}
"""So every id is drawn from the network's own chances."""
SEEN = 1024


def prices(poet: RecordingPoet, chances: LogChances, form: str, count: int) -> list[Priced]:
    """Poems of a form without theme, each drawn under its grammar and priced."""
    found = []
    for first in range(0, count, AT_ONCE):
        many = min(AT_ONCE, count - first)
        for each in poet.drawn(form=form, variations=many, seed=first, **OPEN):
            grammar = None if poet.free else each.plan.grammar
            prompt, ids = each.plan.prompt, until(each.ids, each.plan.stop)
            ids = ids[: SEEN - len(prompt)]
            if ids:
                found.append(priced(chances, prompt, ids, grammar, is_text(poet)))
    return found


def free_prices(poet: RecordingPoet, chances: LogChances, form: str, count: int) -> list[Priced]:
    """What the network writes freely after the prompts of a form."""
    if not poet.free:
        raise ValueError("free writing is asked of a free poet")
    return prices(poet, chances, form, count)


def human_prices(
    poems: Sequence[HumanPoem], poet: RecordingPoet, chances: LogChances, form: str
) -> list[Priced]:
    """Held-out human poems as the network reads them, told only form, metre and length."""
    found = []
    for poem in poems:
        ids = _as_written(poem, poet, form)
        body = ids.index(
            poet.pieces["Body"] if poet.language == "en" else poet.pieces.pieces["Body"]
        )
        if body + 1 < len(ids) <= SEEN:
            found.append(priced(chances, ids[: body + 1], ids[body + 1 :], None, is_text(poet)))
    return found


def _as_written(poem: HumanPoem, poet: RecordingPoet, form: str) -> list[int]:
    """The ids of a human poem, as those of a wish without theme: English backward."""
    if poet.language == "en":
        verse = read_verse(poem.piece.tolist(), poet.pieces)
        verse.author, verse.title, verse.themes = [], [], []
        return flatten_verse(verse, poet.pieces, backward=True)
    sheet = poet.pieces.read(poem.piece.tolist())
    fields = {"Tune": sheet.fields["Tune"]} if "Tune" in sheet.fields else {}
    lines = sheet.lines
    if form == "联":
        lines = tuple(replace(line, rhymed=False, rhyme="") for line in lines[2:4])
        return poet.pieces.flatten(replace(sheet, form="联", era="", fields={}, lines=lines))
    return poet.pieces.flatten(replace(sheet, era="", fields=fields, lines=lines))


def is_text(poet: RecordingPoet) -> np.ndarray:
    """Which ids are text, not labels, (V,) bool."""
    if poet.language == "en":
        return ~poet.pieces.is_tag
    found = np.ones(len(poet.pieces.vocabulary), dtype=bool)
    found[sorted(poet.pieces.pieces.tags)] = False
    return found


def until(ids: Sequence[int], stop: int) -> list[int]:
    """The ids up to the end, the end included."""
    some: list[Any] = list(ids)
    return some[: some.index(stop) + 1] if stop in some else some
