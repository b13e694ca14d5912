"""Chinese verse from its source to shards, and how a poem is shown in training."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from muse.data.chinese_poems import (
    RawPoem,
    common_words,
    read_poems,
    sheet_of_raw,
    split_of_author,
    without_shared_lines,
)
from muse.data.shards import PieceInfo, write_shard
from muse.tokens.chinese import (
    POINTS,
    ChineseSheet,
    ChineseTokenizer,
    chinese_tags,
)
from muse.tokens.text import TextPieces, load_pieces, train_pieces
from muse.works.base import write_atomically

SONG_SHI_CHARACTERS = 4_500_000
"""How much of the Song shi is read, the best known first; all of Tang, ci and qu."""
FEWEST_OF_CHARACTER = 12
TITLES, AUTHORS, THEMES, ERAS, RHYMES = 0.5, 0.25, 0.75, 0.6, 0.75
"""How often a condition is said."""
COUPLETS = 0.06
"""How often a lüshi is shown as one of its middle couplets alone."""


def chosen_poems(folder: Path) -> tuple[list[tuple[RawPoem, ChineseSheet]], dict[str, Any]]:
    """The poems that are learned from, each text once, and a report of what was left out."""
    dropped: Counter[str] = Counter()
    kept: list[tuple[RawPoem, ChineseSheet]] = []
    seen: set[str] = set()
    for poem in read_poems(folder):
        sheet = sheet_of_raw(poem)
        if isinstance(sheet, str):
            dropped[sheet] += 1
            continue
        text = "".join(line.text or "" for line in sheet.lines)
        if text in seen:
            dropped["the same text again"] += 1
            continue
        seen.add(text)
        kept.append((poem, sheet))
    song = [pair for pair in kept if pair[0].era == "song" and not pair[0].tune]
    song.sort(key=lambda pair: -pair[0].fame)
    size, place = 0, 0
    while place < len(song) and size < SONG_SHI_CHARACTERS:
        size += sum(line.count for line in song[place][1].lines)
        place += 1
    left_out = {id(pair[0]) for pair in song[place:]}
    dropped["Song shi beyond the best known"] = len(left_out)
    found = [pair for pair in kept if id(pair[0]) not in left_out]
    read = len(found) + sum(dropped.values())
    source = {"read": read, "kept": len(found), "dropped": dict(dropped)}
    return found, {"sources": {"chinese-poetry": source}}


def prepare_chinese(
    folder: Path, out: Path, shelf: Path, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Write train, valid and test shards of Chinese verse below `out`.

    Args:
        folder: the `dist` folder of npm's `chinese-poetry`.
        out: folder of the shards; also gets `report.json` and `words.json`, what themes may be.
        shelf: folder of the tokenizer; it is trained there if it is not there yet.
        say: gets a line of progress for each step.
    """
    chosen, report = chosen_poems(folder)
    say(f"{len(chosen)} poems; {report['sources']}")
    splits: dict[str, list[tuple[RawPoem, ChineseSheet]]] = {"train": [], "valid": [], "test": []}
    for poem, sheet in chosen:
        splits[split_of_author(poem.author, poem.text)].append((poem, sheet))
    trained = [sheet for _, sheet in splits["train"]]
    for split in ("valid", "test"):
        fresh = without_shared_lines([sheet for _, sheet in splits[split]], trained)
        report[f"{split}: shares lines with train"] = fresh.count(False)
        splits[split] = [pair for pair, keep in zip(splits[split], fresh) if keep]
    path = shelf / "pieces.model"
    if not path.exists():
        write_atomically(path, train_characters(trained))
        say(f"trained {path}")
    tokenizer = ChineseTokenizer(load_pieces(path))
    vocabulary = len(tokenizer.vocabulary)
    report["splits"] = {}
    for split, pairs in splits.items():
        pieces = [(tokenizer.flatten(sheet), _info(poem, sheet)) for poem, sheet in pairs]
        found = write_shard(out / f"{split}.bin", pieces, "verse-zh", vocabulary)
        forms = Counter(sheet.form for _, sheet in pairs)
        report["splits"][split] = {**found, "forms": dict(forms)}
    say(str(report["splits"]))
    write_atomically(
        out / "words.json", json.dumps(common_words(trained), ensure_ascii=False).encode()
    )
    write_atomically(out / "report.json", msgspec.json.format(msgspec.json.encode(report)))
    return report


def train_characters(sheets: list[ChineseSheet]) -> bytes:
    """A SentencePiece model with a piece for every character that is not rare."""
    counts: Counter[str] = Counter()
    for sheet in sheets:
        for line in sheet.lines:
            counts.update(line.text or "")
        counts.update(character for value in sheet.fields.values() for character in value)
    frequent = [c for c, n in counts.most_common() if n >= FEWEST_OF_CHARACTER]
    listed = [*POINTS, *(c for c in frequent if c not in POINTS)]
    tags = chinese_tags()
    size = 4 + len(tags) + 256 + len(listed)
    return train_pieces(listed, tags, size=size, kind="char", characters=listed)


def _info(poem: RawPoem, sheet: ChineseSheet) -> PieceInfo:
    title = f"{poem.author}：{poem.tune or poem.title}"
    return PieceInfo(
        poem.era, title, poem.author, sum(line.count for line in sheet.lines), sheet.form
    )


class ChineseDraw:
    """How a poem is shown: with some of its conditions, a theme out of its words, and holes.

    Args:
        shards: folder that holds `words.json`.
        pieces: the characters.
    """

    def __init__(self, shards: Path, pieces: TextPieces) -> None:
        self.tokenizer = ChineseTokenizer(pieces)
        self.words = frozenset(json.loads((shards / "words.json").read_text("utf-8")))

    def __call__(self, piece: np.ndarray, most: int, rng: np.random.Generator) -> list[int]:
        sheet = conditioned(self.tokenizer.read(piece.tolist()), self.words, rng)
        ids = self.tokenizer.flatten(sheet, random_lines(len(sheet.lines), rng))
        while len(ids) > most:
            sheet = replace(sheet, lines=sheet.lines[: len(sheet.lines) * 3 // 4])
            ids = self.tokenizer.flatten(sheet)
        return ids


def conditioned(
    sheet: ChineseSheet, words: frozenset[str], rng: np.random.Generator
) -> ChineseSheet:
    """The sheet with a part of its conditions; the theme is some of the words that stand in it."""
    fields = dict(sheet.fields)
    if sheet.form in ("五律", "七律") and len(sheet.lines) == 8 and rng.random() < COUPLETS:
        first = int(rng.choice([2, 4]))
        pair = (replace(line, rhymed=False, rhyme="") for line in sheet.lines[first : first + 2])
        sheet = replace(sheet, form="联", lines=tuple(pair))
        fields.pop("Title", None)
    for name, share in (("Title", TITLES), ("Author", AUTHORS)):
        if rng.random() >= share:
            fields.pop(name, None)
    candidates = [pair for pair in theme_words(sheet) if pair in words]
    if candidates and rng.random() < THEMES:
        count = min(len(candidates), int(rng.choice([1, 1, 2, 2, 3, 4])))
        chosen = rng.permutation(len(candidates))[:count]
        fields["Theme"] = " ".join(candidates[n] for n in chosen)
    lines = sheet.lines
    if rng.random() >= RHYMES:
        lines = tuple(replace(line, rhyme="") for line in lines)
    return replace(sheet, fields=fields, lines=lines, era=sheet.era if rng.random() < ERAS else "")


def theme_words(sheet: ChineseSheet) -> list[str]:
    """The pairs of characters that may be words: those of the title, and in the lines by the beat."""
    texts = [line.text or "" for line in sheet.lines]
    pairs = {text[n : n + 2] for text in texts for n in range(0, len(text) - 1, 2)}
    pairs |= {text[-2:] for text in texts}
    title = sheet.fields.get("Title", "")
    pairs |= {title[n : n + 2] for n in range(len(title) - 1)}
    return sorted(pair for pair in pairs if len(pair) == 2)


def random_lines(count: int, rng: np.random.Generator) -> set[int]:
    """Lines as people ask for them anew: mostly none, one, a couplet, a run, or some here and there."""
    draw = rng.random()
    if count < 2 or draw < 0.72:
        return set()
    if draw < 0.80:
        return {int(rng.integers(count))}
    if draw < 0.86:
        first = 2 * int(rng.integers(count // 2))
        return {first, first + 1}
    if draw < 0.94:
        size = int(rng.integers(1, count))
        first = int(rng.integers(0, count - size + 1))
        return set(range(first, first + size))
    chosen = rng.random(count) < 0.4
    return {int(n) for n in np.flatnonzero(chosen)} if not chosen.all() else set()
