"""Held-out verse and plays as a network reads them, and as the same text in characters.

Conventions:
    * A text is what both the network and the n-gram are charged for: the lines, each with a line feed
      behind it, and an empty line between stanzas; of Chinese verse the lines with their points,
      and a line feed between stanzas. All characters count, line feeds too.
    * A line of English verse stands there without the capital that only its place gives it: the tokens
      do not say it either. In plays a member of the cast is one character, before what he speaks and
      where he is named: tokens and n-gram alike are not asked for names.
    * The network writes more than the text: labels of rhyme and length, how much is left, the end. All
      nats behind `Body` count. What stands before it is given, if it is told; if nothing is
      told, only form, number of lines and cast are left there, and their nats count too.
    * What does not fit into the context is cut into windows of whole stanzas (runs of sixteen lines
      at most), each with the header. A scene or a Chinese poem that does not fit is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from muse.data.english_draw import relabel
from muse.theory.rhyme_books import is_han
from muse.tokens.chinese import ChineseTokenizer
from muse.tokens.english import EnglishPieces
from muse.tokens.english_scene import flatten_scene
from muse.tokens.english_scene_reading import read_scene, scene_of
from muse.tokens.english_values import MOST_SPEAKERS
from muse.tokens.english_verse import VerseIds, flatten_verse, read_verse

MOST_THEMES = 2
FIRST_NAME = 0xE000
"""Characters of private use stand for the members of a cast."""
_WORD = re.compile(r"[^\W\d_]+(?:[’-][^\W\d_]+)*")


@dataclass(frozen=True)
class Reading:
    """How a text is shown.

    Attributes:
        backward: whether English lines are written from their last word.
        told: whether author, title, themes and so on are given.
        labelled: whether rhymes (and English syllables) are labelled.
    """

    backward: bool = False
    told: bool = True
    labelled: bool = True


@dataclass(frozen=True, eq=False)
class TextWindow:
    """Ids that are scored at once, (T,), and which of them count, (T,) bool; never the first."""

    ids: np.ndarray
    counted: np.ndarray


def is_scene(piece: np.ndarray, pieces: EnglishPieces) -> bool:
    """Whether ids are a scene of a play."""
    return pieces["Form_scene"] in piece[1:2]


def words_of(text: str, language: str) -> list[str]:
    """The words of English text in small letters, or the Han characters of Chinese."""
    if language == "zh":
        return [character for character in text if is_han(character)]
    return _WORD.findall(text.lower().replace("'", "’"))


# English ---------------------------------------------------------------------------------------


def english_text(piece: np.ndarray, pieces: EnglishPieces) -> str:
    """The text of a poem or a scene."""
    if is_scene(piece, pieces):
        return _scene_text(piece, pieces)
    stanzas: list[list[str]] = []
    for block in read_verse(piece.tolist(), pieces).blocks:
        opens = not any(pieces.vocabulary.names[each].startswith("Run_") for each in block.head)
        if opens or not stanzas:
            stanzas.append([])
        stanzas[-1] += [pieces.line_text(line.units or [], begins=False) for line in block.lines]
    return "\n".join("".join(f"{line}\n" for line in stanza) for stanza in stanzas)


def _scene_text(piece: np.ndarray, pieces: EnglishPieces) -> str:
    names = [chr(FIRST_NAME + number) for number in range(MOST_SPEAKERS)]
    text = ""
    for speech in scene_of(read_scene(piece.tolist(), pieces), pieces, names).speeches:
        said = "\n".join(speech.lines)
        text += f"[{said}]\n" if speech.speaker is None else f"{names[speech.speaker]}{said}\n"
    return text


def english_windows(
    piece: np.ndarray, pieces: EnglishPieces, reading: Reading, context: int
) -> list[TextWindow]:
    """The windows of a poem or a scene; none if it cannot be cut to fit."""
    if is_scene(piece, pieces):
        scene = read_scene(piece.tolist(), pieces)
        if not reading.told:
            scene.author, scene.title, scene.setting = [], [], []
        found = [flatten_scene(scene, pieces)]
    else:
        verse = read_verse(piece.tolist(), pieces)
        verse.themes = verse.themes[:MOST_THEMES]
        if not reading.told:
            verse.author, verse.title, verse.themes, verse.metre = [], [], [], None
        if not reading.labelled:
            for line in verse.lines:
                line.openers = [pieces["Syllables_any"]]
        found = [
            flatten_verse(part, pieces, reading.backward)
            for part in _parts(verse, pieces, reading.backward, context)
        ]
    if any(len(ids) > context + 1 for ids in found):
        return []
    given = [pieces[name] for name in ("Order_forward", "Order_backward", "Cast", "Body")]
    return [_window(ids, pieces["Body"], reading, given, n) for n, ids in enumerate(found)]


def _parts(
    verse: VerseIds, pieces: EnglishPieces, backward: bool, context: int
) -> Iterator[VerseIds]:
    """The verse in runs of whole blocks that fit into the context."""
    bare = replace(verse, blocks=[], ended=True)
    room = context + 1 - len(flatten_verse(bare, pieces, backward))
    runs: list[list] = [[]]
    used = 0
    for block in verse.blocks:
        size = len(flatten_verse(replace(bare, blocks=[block]), pieces, backward))
        size -= context + 1 - room
        if runs[-1] and used + size > room:
            runs.append([])
            used = 0
        runs[-1].append(block)
        used += size
    for number, run in enumerate(runs):
        part = replace(verse, blocks=run, ended=verse.ended and number == len(runs) - 1)
        if len(runs) > 1:
            relabel(part, pieces)
        yield part


def _window(
    ids: Sequence[int], body: int, reading: Reading, given: Sequence[int], number: int
) -> TextWindow:
    """A window in which the body counts; and of the first, what the header says if it tells nothing."""
    array = np.asarray(ids, dtype=np.int64)
    counted = np.arange(len(array)) > int(np.flatnonzero(array == body)[0])
    if not reading.told and number == 0:
        counted |= ~np.isin(array, given)
    counted[0] = False
    return TextWindow(array, counted)


# Chinese ---------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _characters(tokenizer: ChineseTokenizer) -> tuple[tuple[str, ...], np.ndarray]:
    """What each id of a body says, and which ids are bytes of rare characters, (V,) bool."""
    names, tags = tokenizer.vocabulary.names, tokenizer.pieces.tags
    said = ["" if i in tags else name for i, name in enumerate(names)]
    raw = [i not in tags and len(name) > 1 for i, name in enumerate(names)]
    return tuple(said), np.array(raw)


def chinese_text(piece: np.ndarray, tokenizer: ChineseTokenizer) -> str:
    """The text of a poem."""
    said, raw = _characters(tokenizer)
    body = piece[int(np.flatnonzero(piece == tokenizer.pieces["Body"])[0]) + 1 :]
    if not raw[body].any():
        return "".join([said[i] for i in body.tolist()])
    lines = tokenizer.read(piece.tolist()).lines
    return "".join(f"{line.stanza * chr(10)}{line.text or ''}{line.point}" for line in lines)


def chinese_windows(
    piece: np.ndarray, tokenizer: ChineseTokenizer, reading: Reading, context: int
) -> list[TextWindow]:
    """The window of a poem; none if it does not fit."""
    sheet = tokenizer.read(piece.tolist())
    if not reading.told:
        sheet = replace(sheet, fields={}, era="")
    if not reading.labelled:
        sheet = replace(sheet, lines=tuple(replace(line, rhyme="") for line in sheet.lines))
    ids = tokenizer.flatten(sheet)
    if len(ids) > context + 1:
        return []
    body = tokenizer.pieces["Body"]
    return [_window(ids, body, reading, [body], 0)]
