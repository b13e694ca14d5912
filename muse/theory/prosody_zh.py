"""Chinese prosody: the tone class of every character, and which characters rhyme.

Conventions:
    Tones are those of Middle Chinese as the Pingshui book records them, in two levels: 平 and 仄
    (上, 去 and 入). Many characters have readings on both levels (看, 教, 思, 过). Such a character is
    *uncertain*, written ？, unless poets practically always use one of them: see `levels`.
    What today's pronunciation in a phrase suggests is only ever a hint, and told as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from muse.theory.rhyme_books import (
    PING,
    ZE,
    RhymeGroup,
    book_named,
    group_members,
    is_han,
    rhyme_groups,
    simplify,
    tone_usage,
)

UNCERTAIN = "？"
BOTH = PING + ZE
_ENOUGH = 50
_RARE = 0.05


@dataclass(frozen=True, slots=True)
class Tone:
    """How a character can be read.

    Attributes:
        character: The character.
        level: 平, 仄 or ？ (both are in use, or the book does not have the character).
        groups: Its Pingshui groups; empty when the book does not have it.
        hint: For ？: what today's pronunciation in its phrase suggests, as `平 (思量 si1)`, or "".
    """

    character: str
    level: str
    groups: tuple[RhymeGroup, ...]
    hint: str = ""

    @property
    def known(self) -> bool:
        """Whether the Pingshui book has the character."""
        return bool(self.groups)


@lru_cache(maxsize=65536)
def levels(character: str) -> str:
    """The levels that a character may take in a line: 平, 仄, or 平仄 for both.

    A reading that makes up less than 5 % of a character's uses in regulated verse (at least 50
    counted, see `rhyme_books.tone_usage`) does not make it uncertain: the book gives 不 a level
    reading, as 否, that no line of verse is scanned by. A character that the book lacks is 平仄.
    """
    found = {group.level for group in rhyme_groups(character)}
    if len(found) == 1:
        return found.pop()
    if found:
        ping, ze = tone_usage(character)
        total = ping + ze
        if total >= _ENOUGH and min(ping, ze) < _RARE * total:
            return PING if ping > ze else ZE
    return BOTH


def tones(line: str, *, hints: bool = False) -> tuple[Tone, ...]:
    """The tone of each Chinese character of a line; everything else in it is passed over.

    Args:
        line: Any text.
        hints: Whether to look up what phrases suggest for uncertain characters (loads pypinyin's
            phrase book, a third of a second the first time).
    """
    characters = [c for c in line if is_han(c)]
    suggested = _hints(line) if hints else {}
    result = []
    for index, character in enumerate(characters):
        found = levels(character)
        level = found if len(found) == 1 else UNCERTAIN
        hint = suggested.get(index, "") if level == UNCERTAIN else ""
        result.append(Tone(character, level, rhyme_groups(character), hint))
    return tuple(result)


def tone_string(line: str) -> str:
    """The levels of a line as text: `白日依山尽` is `仄仄平平仄`."""
    return "".join(tone.level for tone in tones(line))


def rhymes_zh(
    character: str, book: str = "pingshui", *, traditional: bool = False
) -> tuple[tuple[RhymeGroup, str], ...]:
    """What rhymes with a character: each of its groups with the other characters in it.

    Args:
        character: One Chinese character.
        book: `pingshui` (平水韵), `cilin` (词林正韵) or `modern` (中华新韵).
        traditional: Whether to answer in traditional characters (not for the modern book).

    Raises:
        ValueError: It is not one Chinese character, the book is unknown or does not have it.
    """
    book = book_named(book)
    if len(character) != 1 or not is_han(character):
        raise ValueError(f"one Chinese character is asked for, not {character!r}")
    groups = rhyme_groups(character, book)
    if not groups:
        raise ValueError(f"{character} is not in the rhyme book ({book})")
    own = {character, simplify(character)}
    return tuple(
        (group, "".join(c for c in group_members(group, traditional=traditional) if c not in own))
        for group in groups
    )


def common_groups(characters: str, book: str = "pingshui") -> tuple[RhymeGroup, ...]:
    """The groups that all these characters can share; empty when they do not rhyme."""
    shared: list[RhymeGroup] = []
    for index, character in enumerate(characters):
        own = rhyme_groups(character, book)
        shared = list(own) if index == 0 else [g for g in shared if g in own]
    return tuple(shared)


def _hints(line: str) -> dict[int, str]:
    """What the phrases of a line suggest, by the index of the character among the Chinese ones.

    Only phrases of two and more characters tell anything, and a modern level tone (1, 2) tells
    nothing about a character that may have had the entering tone.
    """
    from pypinyin import Style, pinyin
    from pypinyin.seg import mmseg

    found: dict[int, str] = {}
    text = simplify("".join(c for c in line if is_han(c)))
    at = 0
    for phrase in mmseg.seg.cut(text):
        readings = pinyin(phrase, style=Style.TONE3) if len(phrase) > 1 else []
        for offset, reading in enumerate(readings):
            entering = any(g.tone == "入" for g in rhyme_groups(text[at + offset]))
            tone = reading[0][-1:]
            if tone in ("3", "4"):
                found[at + offset] = f"{ZE} ({phrase} {reading[0]})"
            elif tone in ("1", "2") and not entering:
                found[at + offset] = f"{PING} ({phrase} {reading[0]})"
        at += len(phrase)
    return found
