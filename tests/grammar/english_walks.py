"""Random walks through grammars of English text: an untrained network's draws, and wilder ones."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from muse.grammar.words import WordTable, word_table
from muse.theory.written_words import CAPITALS, written_words
from muse.tokens.english import EnglishPieces, load_english
from muse.tokens.units import is_word, units_of

PIECES = Path(__file__).parents[2] / "tokenizers" / "english" / "pieces.model"


@cache
def pieces() -> EnglishPieces:
    return load_english(PIECES)


@cache
def rare_ids() -> np.ndarray:
    """Tags and marks, (V,) bool."""
    found = pieces().is_tag.copy()
    found[list(pieces().marks.values())] = True
    return found


def table() -> WordTable:
    return word_table(pieces())


def chosen(mask: np.ndarray, rng: random.Random, wild: float) -> int:
    """An allowed id; with the chance `wild` a mark or a tag, where there is one."""
    rare = np.flatnonzero(mask & rare_ids()) if rng.random() < wild else ()
    ids = rare if len(rare) else np.flatnonzero(mask)
    assert len(ids), "a dead end"
    return int(ids[rng.randrange(len(ids))])


def walk(grammar: Any, seed: int, wild: float = 0.3, most: int = 20_000) -> list[int]:
    """Ids up to EOS that a grammar allows; EOS itself is the last."""
    rng = random.Random(seed)
    state, ids = grammar.start(), list[int]()
    while not ids or ids[-1] != pieces()["EOS"]:
        ids.append(chosen(grammar.allowed(state), rng, wild))
        assert len(ids) <= most
        if ids[-1] != pieces()["EOS"]:
            state = grammar.after(state, ids[-1])
    return ids


def known_units(text: str, names: tuple[str, ...] = ()) -> None:
    """Assert that a text is known words, names and marks, with pairs closed."""
    known = {*written_words(), *CAPITALS, "exit", "exeunt"}
    opened: list[str] = []
    said = {unit for name in names for unit in units_of(name)}
    for unit in units_of(text):
        if unit in "“(":
            opened.append(unit)
        elif unit in "”)":
            assert opened.pop() == {"”": "“", ")": "("}[unit], text
        elif is_word(unit):
            bare = unit.removesuffix("’s")
            small = unit[:1].lower() + unit[1:]
            if unit[:1] == "’":
                small = unit.lower()
            assert {unit, small, bare} & (known | said), (unit, text)
    assert not opened, text


def word_count(text: str) -> int:
    return sum(map(is_word, units_of(text)))
