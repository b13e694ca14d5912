"""Chinese rhyme books: which characters rhyme, by the Pingshui, the Cilin and the modern book.

Conventions:
    A *group* (韵部) is a set of characters that rhyme. The Pingshui book (平水韵, 106 groups) rules
    regulated verse, the Cilin book (词林正韵, 19 numbers) rules ci, the modern one (中华新韵, 14
    groups) rules new poems in today's pronunciation. The *level* of a group is 平 or 仄; in the two
    old books the oblique tones are told apart further: 上, 去 and 入.
    Characters may be simplified or traditional. A simplified character that stands for several
    traditional ones (发 for 發 and 髮) has the groups of all of them.

Sources: data/README_zh.md; packed by `muse.data.rhymes_zh`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

PING, ZE = "平", "仄"
BOOKS = ("pingshui", "cilin", "modern")
_BOOK_NAMES = {
    "pingshui": "pingshui", "平水韵": "pingshui", "平水韻": "pingshui", "平水": "pingshui",
    "cilin": "cilin", "词林正韵": "cilin", "詞林正韻": "cilin", "词林": "cilin",
    "modern": "modern", "中华新韵": "modern", "中華新韻": "modern", "新韵": "modern",
    "新韻": "modern", "xinyun": "modern",
}  # fmt: skip
BOOK_TITLES = {"pingshui": "平水韵", "cilin": "词林正韵", "modern": "中华新韵"}
_DIGITS = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True, order=True)
class RhymeGroup:
    """One group of a rhyme book: `RhymeGroup("pingshui", 1, "平", "上平一东")`.

    Attributes:
        book: One of `BOOKS`.
        number: Its place in the book: 1-106, 1-19 or 1-14. In the Cilin and the modern book the
            level and the oblique groups of one sound share a number.
        tone: 平, 上, 去 or 入; 仄 where the book joins 上 and 去 (Cilin) or has no 入 (modern).
        name: What the book calls it.
    """

    book: str
    number: int
    tone: str
    name: str

    @property
    def level(self) -> str:
        """平 or 仄."""
        return PING if self.tone == PING else ZE


@dataclass(frozen=True, slots=True)
class _Table:
    """The packed data: what `data/pingshui.json` holds, ready to look things up."""

    groups: tuple[RhymeGroup, ...]
    members: Mapping[RhymeGroup, str]
    of_character: Mapping[str, tuple[RhymeGroup, ...]]
    cilin_of: Mapping[tuple[str, RhymeGroup], tuple[RhymeGroup, ...]]
    cilin_default: Mapping[RhymeGroup, RhymeGroup]
    modern_of: Mapping[str, tuple[RhymeGroup, ...]]
    simplified: Mapping[str, str]
    standing_for: Mapping[str, tuple[str, ...]]
    usage: Mapping[str, tuple[int, int]]


def book_named(name: str) -> str:
    """The book of a name in English or Chinese. Raises ValueError for an unknown one."""
    try:
        return _BOOK_NAMES[name.strip().lower()]
    except KeyError:
        raise ValueError(
            f"no such rhyme book: {name!r}; there are pingshui (平水韵), cilin (词林正韵) "
            "and modern (中华新韵)"
        ) from None


def is_han(character: str) -> bool:
    """Whether this one character is a Chinese character."""
    code = ord(character)
    return 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3FFFF or 0xF900 <= code <= 0xFAFF \
        or code == 0x3007  # fmt: skip


def rhyme_groups(character: str, book: str = "pingshui") -> tuple[RhymeGroup, ...]:
    """The groups that a character belongs to, in the book's order; empty when it is not there.

    Raises:
        ValueError: `character` is not one character, or the book is unknown.
    """
    book = book_named(book)
    if len(character) != 1:
        raise ValueError(f"one character is asked for, not {character!r}")
    if book == "modern":
        table = _table()
        return table.modern_of.get(table.simplified.get(character, character), ())
    return _old_groups(character, book)


def group_members(group: RhymeGroup, *, traditional: bool = False) -> str:
    """The characters of a group, each once, those that poets use most first.

    Traditional forms are known for the two old books only; the modern book is in simplified ones.
    """
    table = _table()
    if group.book == "cilin":
        chosen = "".join(
            c
            for source in table.groups
            for c in table.members[source]
            if group in _cilin_of(c, source)
        )
    else:
        chosen = table.members.get(group, "")
    return "".join(dict.fromkeys(chosen if traditional else simplify(chosen)))


def book_groups(book: str) -> tuple[RhymeGroup, ...]:
    """All groups of a book, in order."""
    book = book_named(book)
    if book == "pingshui":
        return _table().groups
    if book == "cilin":
        return tuple(
            _cilin(number, tone)
            for number in range(1, 20)
            for tone in ((PING, ZE) if number < 15 else ("入",))
        )
    return tuple(g for g in _table().members if g.book == "modern")


@lru_cache(maxsize=128)
def cilin_numbers(group: RhymeGroup) -> frozenset[int]:
    """The numbers of the Cilin book that the characters of a Pingshui group fall under."""
    return frozenset(g.number for c in _table().members[group] for g in _cilin_of(c, group))


def simplify(text: str) -> str:
    """Traditional characters as simplified ones, character by character."""
    simplified = _table().simplified
    return "".join(simplified.get(c, c) for c in text)


def tone_usage(character: str) -> tuple[int, int]:
    """How often poets put a character where the tone is fixed: (as 平, as 仄).

    Counted over regulated Tang and Song poems at places that all other characters of the poem
    settle; known only for characters that the book gives both tones. (0, 0) when not counted.
    """
    table = _table()
    counts = [table.usage.get(form, (0, 0)) for form in _forms(character)]
    return sum(c[0] for c in counts), sum(c[1] for c in counts)


def _forms(character: str) -> tuple[str, ...]:
    """The characters of the table that this one may stand for, itself first."""
    table = _table()
    if character not in table.of_character and character not in table.standing_for:
        character = table.simplified.get(character, character)
    forms = [character] if character in table.of_character else []
    forms += table.standing_for.get(character, ())
    return tuple(forms)


@lru_cache(maxsize=65536)
def _old_groups(character: str, book: str) -> tuple[RhymeGroup, ...]:
    table = _table()
    found: dict[RhymeGroup, None] = {}
    for form in _forms(character):
        for group in table.of_character[form]:
            found.update(dict.fromkeys((group,) if book == "pingshui" else _cilin_of(form, group)))
    return tuple(sorted(found, key=lambda g: (g.number, g.tone != PING)))


def _cilin_of(form: str, group: RhymeGroup) -> tuple[RhymeGroup, ...]:
    table = _table()
    return table.cilin_of.get((form, group)) or (table.cilin_default[group],)


def _chinese_number(number: int) -> str:
    return _DIGITS[number] if number <= 10 else f"十{_DIGITS[number - 10]}"


def _cilin(number: int, tone: str) -> RhymeGroup:
    tone = "入" if number >= 15 else PING if tone == PING else ZE
    return RhymeGroup("cilin", number, tone, f"第{_chinese_number(number)}部{tone}声")


def _pairs(text: str) -> dict[str, str]:
    return dict(zip(text[::2], text[1::2]))


@lru_cache(maxsize=1)
def _table() -> _Table:
    source = resources.files("muse.theory") / "data" / "pingshui.json"
    packed = json.loads(source.read_text(encoding="utf-8"))
    groups: list[RhymeGroup] = []
    members: dict[RhymeGroup, str] = {}
    default: dict[RhymeGroup, RhymeGroup] = {}
    split: dict[tuple[str, RhymeGroup], tuple[RhymeGroup, ...]] = {}
    of_character: dict[str, list[RhymeGroup]] = {}
    for number, entry in enumerate(packed["groups"], 1):
        group = RhymeGroup("pingshui", number, entry["tone"], entry["name"])
        groups.append(group)
        members[group] = entry["characters"]
        default[group] = _cilin(entry["cilin"], group.tone)
        for character in entry["characters"]:
            of_character.setdefault(character, []).append(group)
        for other, characters in entry.get("cilin_split", {}).items():
            for character in characters:
                key = (character, group)
                split[key] = (*split.get(key, ()), _cilin(int(other), group.tone))
    modern_of: dict[str, list[RhymeGroup]] = {}
    for index, (name, characters) in enumerate(packed["modern"].items()):
        group = RhymeGroup("modern", index // 2 + 1, name[-2], name)
        members[group] = characters
        for character in characters:
            modern_of.setdefault(character, []).append(group)
    simplified = _pairs(packed["simplified"])
    standing_for: dict[str, list[str]] = {}
    for traditional, written in simplified.items():
        if traditional in of_character:
            standing_for.setdefault(written, []).append(traditional)
    for written, standard in _pairs(packed["variants"]).items():
        standing_for.setdefault(written, []).append(standard)
    return _Table(
        tuple(groups),
        MappingProxyType(members),
        MappingProxyType({c: tuple(g) for c, g in of_character.items()}),
        MappingProxyType(split),
        MappingProxyType(default),
        MappingProxyType({c: tuple(g) for c, g in modern_of.items()}),
        MappingProxyType(simplified),
        MappingProxyType({c: tuple(forms) for c, forms in standing_for.items()}),
        MappingProxyType({c: (counts[0], counts[1]) for c, counts in packed["usage"].items()}),
    )
