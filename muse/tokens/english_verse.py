"""Poems as ids that are still in stanzas and lines: laying out, holes, reading back.

`verse_ids` and `flatten_verse` write what `english.py` describes; `read_verse` reads any ids at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from muse.tokens.english import EnglishPieces, joined
from muse.tokens.english_values import (
    LONGEST_STANZA,
    MOST_LEFT,
    MOST_SYLLABLES,
    LineLabel,
    Verse,
    VerseLine,
    block_sizes,
)

Unit = tuple[int, ...]


@dataclass
class LineIds:
    """A line: its two openers, and its units in the order of reading; None for a hole."""

    openers: list[int]
    units: list[Unit] | None


@dataclass
class BlockIds:
    """A stanza, or sixteen more lines of one: `Left_k` and `Stanza_n` or `Run_16`, and lines."""

    head: list[int]
    lines: list[LineIds] = field(default_factory=list)


@dataclass
class VerseIds:
    """A poem as ids. `ended` is False if stanzas are missing at its end."""

    form: int
    metre: int | None = None
    author: list[int] = field(default_factory=list)
    title: list[int] = field(default_factory=list)
    themes: list[list[int]] = field(default_factory=list)
    blocks: list[BlockIds] = field(default_factory=list)
    ended: bool = True
    backward: bool = False

    @property
    def lines(self) -> list[LineIds]:
        """All lines in order."""
        return [line for block in self.blocks for line in block.lines]


def verse_ids(verse: Verse, pieces: EnglishPieces) -> VerseIds:
    """A poem's ids in stanzas and lines.

    Raises:
        ValueError: if a form, metre or label is not one of the tokens'.
    """
    found = VerseIds(
        _tag(pieces, f"Form_{verse.form}"),
        _tag(pieces, f"Metre_{verse.metre}") if verse.metre else None,
        joined(pieces.line_units(verse.author, begins=False)),
        joined(pieces.title_units(verse.title)),
        [joined(pieces.title_units(theme)) for theme in verse.themes],
        ended=not verse.more,
    )
    sizes = [
        (size, n == 0) for s in verse.stanzas if s for n, size in enumerate(block_sizes(len(s)))
    ]
    lines = (line for stanza in verse.stanzas for line in stanza)
    for place, (size, opens) in enumerate(sizes):
        left = min(len(sizes) - place + verse.more, MOST_LEFT)
        opener = f"Stanza_{size}" if opens else f"Run_{LONGEST_STANZA}"
        block = BlockIds([pieces[f"Left_{left}"], pieces[opener]])
        for _ in range(size):
            line = next(lines)
            block.lines.append(LineIds(openers(line.label, pieces), pieces.line_units(line.text)))
        found.blocks.append(block)
    return found


def openers(label: LineLabel, pieces: EnglishPieces) -> list[int]:
    """The ids of a line's label. Raises ValueError."""
    found = [_tag(pieces, f"Rhyme_{label.rhyme}")] if label.rhyme else []
    return [*found, _tag(pieces, f"Syllables_{label.syllables or 'any'}")]


def _tag(pieces: EnglishPieces, name: str) -> int:
    found = pieces.vocabulary.get(name)
    if found is None:
        raise ValueError(f"the tokens do not know {name}")
    return found


def flatten_verse(
    verse: VerseIds, pieces: EnglishPieces, backward: bool = False, holes: Collection[int] = ()
) -> list[int]:
    """The ids of a poem.

    Args:
        verse: the poem.
        pieces: its tokens.
        backward: write each line from its last unit to its first.
        holes: places of lines, from 0, that are written after `Fill`.
    """
    missing = set(holes)
    out = [pieces["BOS"], *header_ids(verse, pieces, backward), pieces["Body"]]
    place, filled = 0, list[int]()
    for block in verse.blocks:
        out += block.head
        for line in block.lines:
            out += line.openers
            if line.units is None or place in missing:
                out.append(pieces["Hole"])
            else:
                out += joined(line.units, backward)
            if place in missing:
                filled += [*line.openers, *joined(line.units or [], backward)]
            place += 1
    if missing:
        out += [pieces["Fill"], *filled]
    if verse.ended or missing:
        out.append(pieces["EOS"])
    return out


def header_ids(verse: VerseIds, pieces: EnglishPieces, backward: bool) -> list[int]:
    """The ids between BOS and Body."""
    out = [verse.form] + ([] if verse.metre is None else [verse.metre])
    out.append(pieces["Order_backward" if backward else "Order_forward"])
    for opener, text in (("Author", verse.author), ("Title", verse.title)):
        out += [pieces[opener], *text] if text else []
    for number, theme in enumerate(verse.themes):
        out += [pieces["And" if number else "Theme"], *theme]
    return out


def read_verse(ids: Iterable[int], pieces: EnglishPieces) -> VerseIds:
    """The poem that any ids say; what makes no sense is passed over."""
    names, size = pieces.vocabulary.names, len(pieces)
    verse = VerseIds(pieces["Form_poem"], ended=False)
    header = True
    target: list[int] | None = None
    text: list[tuple[LineIds, list[int]]] = []
    waiting: list[LineIds] | None = None
    head: list[int] = []
    for each in ids:
        if not 0 <= each < size:
            continue
        if not pieces.is_tag[each]:
            if header and target is not None:
                target.append(each)
            elif not header and text:
                text[-1][1].append(each)
            continue
        name = names[each]
        family = name.partition("_")[0]
        if name == "EOS":
            verse.ended = True
            break
        if name == "Body":
            header = False
        elif header:
            target = _header_field(verse, name, each, target)
        elif family in ("Rhyme", "Syllables"):
            if not _continues(text, name, names):
                line = LineIds([], [])
                if waiting is None:
                    if not verse.blocks or head:
                        verse.blocks.append(BlockIds(head))
                        head = []
                    verse.blocks[-1].lines.append(line)
                elif waiting:
                    line = waiting.pop(0)
                    line.openers, line.units = [], []
                text.append((line, []))
            text[-1][0].openers.append(each)
        elif family == "Left":
            head = [each]
        elif family in ("Stanza", "Run"):
            head = [*head[:1], each]
        elif name == "Hole" and text and waiting is None:
            text[-1][0].units = None
        elif name == "Fill" and waiting is None:
            waiting = [line for line, _ in text if line.units is None]
    for line, found in text:
        if found:
            units = pieces.split(found)
            line.units = units[::-1] if verse.backward else units
    return verse


def _continues(text: Sequence[tuple[LineIds, list[int]]], name: str, names: Sequence[str]) -> bool:
    """Whether `Syllables_n` is the second opener of the line that `Rhyme_x` began."""
    if not text or not name.startswith("Syllables"):
        return False
    line, found = text[-1]
    return (
        not found
        and line.units is not None
        and [names[each].partition("_")[0] for each in line.openers] == ["Rhyme"]
    )


def _header_field(
    verse: VerseIds, name: str, each: int, target: list[int] | None
) -> list[int] | None:
    """Take a tag of the header; returns the list that the text after it belongs to."""
    if name.startswith("Form_"):
        verse.form = each
    elif name.startswith("Metre_"):
        verse.metre = each
    elif name.startswith("Order_"):
        verse.backward = name == "Order_backward"
    elif name == "Author":
        verse.author = []
        return verse.author
    elif name == "Title":
        verse.title = []
        return verse.title
    elif name in ("Theme", "And"):
        verse.themes.append([])
        return verse.themes[-1]
    return None


def verse_of(ids: VerseIds, pieces: EnglishPieces) -> Verse:
    """The poem in words. A hole that was not filled is an empty line."""
    names = pieces.vocabulary.names
    stanzas: list[list[VerseLine]] = []
    for block in ids.blocks:
        opens = not any(names[each].startswith("Run_") for each in block.head)
        if opens or not stanzas:
            stanzas.append([])
        stanzas[-1] += [_line(line, pieces) for line in block.lines]
    left = [each for block in ids.blocks[-1:] for each in block.head[:1]]
    more = (
        int(names[left[0]].partition("_")[2]) - 1 if left and names[left[0]][:5] == "Left_" else 0
    )
    return Verse(
        tuple(tuple(stanza) for stanza in stanzas if stanza),
        names[ids.form].partition("_")[2],
        "" if ids.metre is None else names[ids.metre].partition("_")[2],
        pieces.line_text(pieces.split(ids.author), begins=False),
        pieces.line_text(pieces.split(ids.title)),
        tuple(pieces.line_text(pieces.split(theme), begins=False) for theme in ids.themes if theme),
        0 if ids.ended else more,
    )


def _line(line: LineIds, pieces: EnglishPieces) -> VerseLine:
    said = dict(pieces.vocabulary.names[each].split("_") for each in line.openers)
    count = said.get("Syllables", "any")
    syllables = min(int(count), MOST_SYLLABLES) if count.isdigit() else None
    return VerseLine(
        pieces.line_text(line.units or []), LineLabel(said.get("Rhyme", ""), syllables)
    )
