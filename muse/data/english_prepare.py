"""The English tokenizer and shards: train the pieces, write poems and scenes as ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from muse.data.english_corpus import SPLITS, Corpus, Play, Poem, read_corpus
from muse.data.english_draw import relabel
from muse.data.english_plays import RawScene
from muse.data.recipe import checksum, find_files, load_dataset_recipe
from muse.data.shards import PieceInfo, write_shard
from muse.tokens.english import LETTERS, EnglishPieces, english_tags, load_english
from muse.tokens.english_scene import flatten_scene, laid_out, names_of, said_ids, scene_header
from muse.tokens.english_values import Scene
from muse.tokens.english_verse import VerseIds, flatten_verse, header_ids, verse_ids
from muse.tokens.text import train_pieces
from muse.tokens.units import MARKS, is_word, units_of
from muse.works.base import WishError, write_atomically

POETRY, PLAYS = "pd-poetry", "standardebooks"
PIECES = 4096
LONGEST_PIECE = 980
"""Ids of a stored piece: a row of 1,024 less the marks of holes."""
MOST_PIECES_OF_A_POEM = 10
_SAMPLE_CHARACTERS = 9_000_000
_CAPITAL_SHARE, _CAPITAL_COUNT = 0.5, 3


def english_corpus(folder: Path | None, out: Path, say: Callable[[str], None] = print) -> Corpus:
    """The corpus from its sources below `folder`. Raises WishError if they are not there."""
    if folder is None:
        raise WishError("English verse needs its files: say --from FOLDER")
    poetry, plays = (load_dataset_recipe(name) for name in (POETRY, PLAYS))
    poems = find_files(poetry, folder)[0]
    books = find_files(plays, folder)
    checksums = [checksum([poems]), checksum(books)]
    cache = out.parent / "cache"
    root = books[0].parents[3]
    found = read_corpus(poetry, poems, plays, root, checksums, cache, say)
    found.report["sources"] = {
        recipe.name: {
            "title": recipe.title, "licence": recipe.licence, "files": len(files),
            "sha256": digest, "as_in_recipe": recipe.sha256 in ("", digest),
        }
        for recipe, files, digest in zip((poetry, plays), ([poems], books), checksums)
    }  # fmt: skip
    return found


def train_english_pieces(corpus: Corpus, shelf: Path, say: Callable[[str], None] = print) -> None:
    """Train the pieces on the training split alone; write `pieces.model` and `proper.txt`.

    SentencePiece sees words only, as they are written by `EnglishPieces`: marks never join letters.
    """
    lines = list(training_lines(corpus))
    proper = proper_words(lines)
    write_atomically(shelf / "proper.txt", ("\n".join(sorted(proper)) + "\n").encode())
    lowering = _Lowering(proper)
    step = max(1, round(sum(map(len, lines)) / _SAMPLE_CHARACTERS))
    sample = (lowering.words(line) for line in lines[::step])
    marks = [mark for mark in MARKS if mark not in "’-"]
    model = train_pieces(
        (text for text in sample if text), english_tags(), size=PIECES,
        characters=[*LETTERS, *marks, "’", "-"],
    )  # fmt: skip
    write_atomically(shelf / "pieces.model", model)
    say(f"trained {PIECES} pieces on {len(lines) // step:,} lines; {len(proper):,} proper words")


class _Lowering(EnglishPieces):
    """Lines as the pieces will see them; there are no pieces yet."""

    def __init__(self, proper: frozenset[str]) -> None:
        self.proper = proper

    def words(self, line: str) -> str:
        """The words of a line with a space between."""
        words = [unit for unit in units_of(line) if is_word(unit)]
        return " ".join([self.lowered(word) for word in words[:1]] + words[1:])


def training_lines(corpus: Corpus) -> Iterator[str]:
    """All lines of the training split."""
    for poem in corpus.poems:
        if poem.split == "train":
            for stanza in poem.verse.stanzas:
                yield from (line.text for line in stanza)
    for play in corpus.plays:
        if play.split == "train":
            for scene in play.scenes:
                for speech in scene.speeches:
                    yield from speech.lines


def proper_words(lines: Iterable[str]) -> frozenset[str]:
    """Capitalised words that stand so within a line mostly: names, and God."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for line in lines:
        before = ""
        for place, unit in enumerate(units_of(line)):
            if place and before not in ".!?—…“‘[" and unit[:1].isalpha():
                if unit[0].isupper() and unit[1:].islower():
                    capital[unit] += 1
                elif unit.islower():
                    small[unit] += 1
            before = unit
    return frozenset(
        word
        for word, count in capital.items()
        if count >= _CAPITAL_COUNT
        and count > _CAPITAL_SHARE * (count + small[word[0].lower() + word[1:]])
        and word != "I"
    )


def prepare_english(
    folder: Path | None, out: Path, shelf: Path, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Write train, valid and test shards of English verse and plays below `out`.

    Args:
        folder: where the raw sources lie.
        out: folder of the shards; also gets `report.json`.
        shelf: folder of the tokenizer.
        say: gets a line of progress for each step.
    """
    corpus = english_corpus(folder, out, say)
    pieces = load_english(shelf / "pieces.model")
    report = dict(corpus.report)
    cut: Counter[str] = Counter()
    report["splits"], report["pieces and tokens"] = {}, {}
    for split in SPLITS:
        verse = [
            p
            for poem in corpus.poems
            if poem.split == split
            for p in poem_pieces(poem, pieces, cut)
        ]
        plays = [
            p
            for play in corpus.plays
            if play.split == split
            for p in play_pieces(play, pieces, cut)
        ]
        counts = write_shard(out / f"{split}.bin", verse + plays, "verse-en", len(pieces))
        report["splits"][split] = {
            "characters" if k == "notes" else k: v for k, v in counts.items()
        }
        report["pieces and tokens"][split] = {
            "verse": [len(verse), sum(len(ids) for ids, _ in verse)],
            "plays": [len(plays), sum(len(ids) for ids, _ in plays)],
        }
        say(f"{split}: {report['pieces and tokens'][split]}")
    report["cut"] = dict(cut)
    write_atomically(out / "report.json", msgspec.json.format(msgspec.json.encode(report)))
    return report


Stored = tuple[list[int], PieceInfo]


def poem_pieces(poem: Poem, pieces: EnglishPieces, cut: Counter[str]) -> Iterator[Stored]:
    """A poem as ids, in several pieces of whole stanzas if it is long."""
    whole = verse_ids(poem.verse, pieces)
    room = LONGEST_PIECE - len(header_ids(whole, pieces, False)) - 3
    runs: list[VerseIds] = []
    size = room + 1
    for block in whole.blocks:
        length = 2 + sum(
            len(line.openers) + sum(map(len, line.units or ())) for line in block.lines
        )
        if size + length > room:
            runs.append(replace(whole, blocks=[], ended=False))
            size = 0
        runs[-1].blocks.append(block)
        size += length
    if runs:
        runs[-1].ended = True
    if len(runs) > 1:
        cut["poems in several pieces"] += 1
    for run in runs[:MOST_PIECES_OF_A_POEM]:
        relabel(run, pieces)
        characters = sum(len(pieces.line_text(line.units or ())) + 1 for line in run.lines)
        info = PieceInfo(poem.source, poem.verse.title, poem.family, characters, poem.verse.form)
        yield flatten_verse(run, pieces), info
    cut["pieces beyond a poem's tenth"] += len(runs[MOST_PIECES_OF_A_POEM:])


def play_pieces(play: Play, pieces: EnglishPieces, cut: Counter[str]) -> Iterator[Stored]:
    """The scenes of a play as ids, in windows of whole speeches."""
    for raw in play.scenes:
        everyone = names_of(raw.cast)
        named = names_of([name if _is_name(name, pieces) else "" for name in raw.cast])
        setting = raw.setting if len(raw.setting) <= 160 else ""
        scene = Scene(raw.cast, (), raw.author, raw.title, setting)
        said = [said_ids(speech, pieces, everyone, named) for speech in raw.speeches]
        for first, last in _windows(raw, said, scene, pieces):
            chosen = [
                (speech.speaker, ids)
                for speech, ids in zip(raw.speeches[first:last], said[first:last])
            ]
            after = sum(speech.speaker is not None for speech in raw.speeches[last:])
            verse = [speech.verse for speech in raw.speeches[first:last]]
            try:
                laid = laid_out(replace(scene, more=after), chosen, verse, pieces)
            except ValueError:
                cut["windows of over 16 speakers"] += 1
                continue
            text = sum(len(line) + 1 for s in raw.speeches[first:last] for line in s.lines)
            info = PieceInfo(play.source, raw.title, play.family, text, "scene")
            yield flatten_scene(laid, pieces), info


def _windows(
    raw: RawScene, said: Sequence[Sequence[int]], scene: Scene, pieces: EnglishPieces
) -> Iterator[tuple[int, int]]:
    """Runs of speeches that fit into a piece, as first and last + 1."""
    header = len(scene_header(laid_out(scene, [], [], pieces), pieces)) + 20
    first, size = 0, header
    for place, ids in enumerate(said):
        if size + len(ids) + 4 > LONGEST_PIECE and place > first:
            yield first, place
            first, size = place, header
        size += len(ids) + 4
    if first < len(said):
        yield first, len(said)


def _is_name(name: str, pieces: EnglishPieces) -> bool:
    """Whether the spoken text means the person when it says this: Hamlet, but not King."""
    words = [unit for unit in units_of(name) if is_word(unit)]
    return bool(words) and all(
        word[:1].isupper() and pieces.lowered(word) == word for word in words
    )
