"""Chinese verse as tokens: one character is one token, and tags tell the form.

    BOS Form_七绝 Lines_4 Era_tang Author 李白 Title 春望 Theme 江 And 月  Body
        Rhyme_3level Rhymed_7 白 日 … ，  Plain_7 …  。 …  EOS

A line says beforehand whether it rhymes and how many characters it has; points (，。？！；：、) are tokens as they stand. `Rhyme_k` opens the lines that share
a rhyme: the group of the Cilin book that all of them fall in. `Stanza`, where a stanza of a ci begins, is read but never
written: the texts that were learned from do not mark it.
A line that is to be written is `Hole`; what was taken out follows after `Fill`, each with its
length again, so that one causal model fills in the middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from muse.tokens.text import TextPieces
from muse.works.poem import Poem

FORMS = ("五绝", "七绝", "五律", "七律", "排律", "古诗", "词", "曲", "联")
ERAS = ("tang", "song", "yuan", "other")
CILIN_GROUPS = tuple(
    f"{number}{level}"
    for number in range(1, 20)
    for level in (("level", "oblique") if number < 15 else ("entering",))
)
MOST_LINES = 60
MOST_CHARACTERS = 24
POINTS = "，。？！；：、"
FIELDS = ("Author", "Tune", "Title", "Theme")
"""Header fields that hold characters, in their order."""


def chinese_tags() -> list[str]:
    """The names of the tags, in the order of their ids."""
    return [
        *(f"Form_{form}" for form in FORMS),
        *(f"Era_{era}" for era in ERAS),
        *(f"Rhyme_{group}" for group in CILIN_GROUPS),
        *(f"Lines_{count}" for count in range(1, MOST_LINES + 1)),
        *FIELDS, "And", "Body", "Stanza", "Hole", "Fill",
        *(f"Plain_{count}" for count in range(1, MOST_CHARACTERS + 1)),
        *(f"Rhymed_{count}" for count in range(1, MOST_CHARACTERS + 1)),
    ]  # fmt: skip


@dataclass(frozen=True)
class ChineseLine:
    """A line of verse.

    Attributes:
        text: its characters, with points inside but not at its end; None is a hole.
        point: what ends it, one of `POINTS`.
        count: how many characters it has, points not counted.
        rhymed: whether it rhymes.
        rhyme: the name of the rhyme group that begins with this line, or "".
        stanza: whether a new stanza begins with it.
    """

    text: str | None
    point: str
    count: int
    rhymed: bool = False
    rhyme: str = ""
    stanza: bool = False


@dataclass(frozen=True)
class ChineseSheet:
    """A poem as the tokens see it. `fields` has values for names in `FIELDS`; themes are parted by
    spaces."""

    form: str
    lines: tuple[ChineseLine, ...]
    era: str = ""
    fields: dict[str, str] = field(default_factory=dict)


class ChineseTokenizer:
    """Sheets to ids and back."""

    def __init__(self, pieces: TextPieces) -> None:
        self.pieces = pieces
        self.vocabulary = pieces.vocabulary

    def header(self, sheet: ChineseSheet) -> list[int]:
        """`BOS … Body`."""
        ids = self.pieces
        lines = min(len(sheet.lines), MOST_LINES)
        out = [ids["BOS"], ids[f"Form_{sheet.form}"], ids[f"Lines_{max(lines, 1)}"]]
        if sheet.era:
            out.append(ids[f"Era_{sheet.era}"])
        for name in FIELDS:
            values = sheet.fields.get(name, "").split()
            for place, value in enumerate(values):
                out.append(ids["And" if place else name])
                out += ids.encode(value)
        return [*out, ids["Body"]]

    def opening(self, line: ChineseLine) -> list[int]:
        """What stands before a line's characters."""
        ids = self.pieces
        out = [ids[f"Rhyme_{line.rhyme}"]] if line.rhyme else []
        kind = "Rhymed" if line.rhymed else "Plain"
        out.append(ids[f"{kind}_{min(line.count, MOST_CHARACTERS)}"])
        return out

    def flatten(self, sheet: ChineseSheet, holes: Iterable[int] = ()) -> list[int]:
        """The ids of a sheet; lines `holes` (places from 0) are written last.

        A line whose text is None is a hole that nothing is known of: what follows `Fill` ends
        before it.
        """
        ids, missing = self.pieces, set(holes)
        out = self.header(sheet)
        for place, line in enumerate(sheet.lines):
            out += self.opening(line)
            out += [ids["Hole"]] if place in missing or line.text is None else self._content(line)
        if missing:
            out.append(ids["Fill"])
        for place in sorted(missing):
            line = replace(sheet.lines[place], stanza=False, rhyme="")
            out += [*self.opening(line), *self._content(line)]
        return [*out, ids["EOS"]]

    def _content(self, line: ChineseLine) -> list[int]:
        return self.pieces.encode((line.text or "") + line.point)

    def encode(self, work: Poem) -> list[int]:
        """The ids of a poem, without conditions that its text does not show."""
        return self.flatten(sheet_of(work))

    def decode(self, ids: Iterable[int]) -> Poem:
        """A poem for any ids."""
        return poem_of(self.read(list(ids)))

    def read(self, ids: Sequence[int]) -> ChineseSheet:
        """The sheet that ids say, whatever they are; filled holes stand in their places."""
        names = self.vocabulary.names
        form, era, now = "古诗", "", ""
        fields: dict[str, list[list[int]]] = {}
        body = next((n for n, i in enumerate(ids) if i == self.pieces["Body"]), 0)
        for i in ids[:body]:
            name = names[i] if 0 <= i < len(names) else ""
            if name.startswith("Form_"):
                form = name[5:]
            elif name.startswith("Era_"):
                era = name[4:]
            elif name in FIELDS:
                now = name
                fields[now] = [[]]
            elif name == "And" and now:
                fields[now].append([])
            elif now and i not in self.pieces.tags:
                fields[now][-1].append(i)
        texts = {
            name: " ".join("".join(self.pieces.decode(each).split()) for each in values).strip()
            for name, values in fields.items()
        }
        lines = self._lines(ids[body:])
        return ChineseSheet(form, lines, era, {name: text for name, text in texts.items() if text})

    def _lines(self, ids: Sequence[int]) -> tuple[ChineseLine, ...]:
        """The lines of a body, holes filled in the order in which they were left."""
        names = self.vocabulary.names
        out: list[ChineseLine] = []
        filled: list[ChineseLine] = []
        rhyme, stanza, filling, line = "", False, False, None
        content: list[int] = []

        def close() -> None:
            nonlocal line
            if line is not None:
                text = "".join(self.pieces.decode(content).split())
                (filled if filling else out).append(_with_text(line, text))
                content.clear()
                line = None

        for i in ids:
            name = names[i] if 0 <= i < len(names) else ""
            kind, _, value = name.partition("_")
            if kind in ("Plain", "Rhymed") and value:
                close()
                line = ChineseLine("", "", int(value), kind == "Rhymed", rhyme, stanza)
                rhyme, stanza = "", False
            elif kind == "Rhyme" and value:
                close()
                rhyme = value
            elif name == "Stanza":
                close()
                stanza = True
            elif name in ("Fill", "EOS"):
                close()
                filling = filling or name == "Fill"
                if name == "EOS":
                    break
            elif name == "Hole" and line is not None:
                out.append(replace(line, text=None))
                line = None
            elif i not in self.pieces.tags and line is not None:
                content.append(i)
        close()
        for done in filled:
            place = next((n for n, each in enumerate(out) if each.text is None), None)
            if place is not None:
                out[place] = replace(out[place], text=done.text, point=done.point)
        return tuple(out)


def _with_text(line: ChineseLine, text: str) -> ChineseLine:
    bare = text.rstrip(POINTS)
    return replace(line, text=bare, point=text[len(bare) :][:1])


def sheet_of(poem: Poem) -> ChineseSheet:
    """A poem as a sheet: its lines as its points part them."""
    lines: list[ChineseLine] = []
    for number, stanza in enumerate(poem.stanzas):
        for place, text in enumerate(parted("".join(stanza))):
            bare = text.rstrip(POINTS)
            count = sum(c not in POINTS for c in bare)
            if count:
                opens = place == 0 and number > 0
                lines.append(ChineseLine(bare, text[len(bare) :][:1], count, stanza=opens))
    form = poem.form if poem.form in FORMS else "古诗"
    found = {"Title": poem.title, "Theme": poem.theme, "Author": poem.author}
    fields = {name: value for name, value in found.items() if value}
    return ChineseSheet(form, tuple(lines), "", fields)


def parted(text: str) -> list[str]:
    """A text cut behind each point but 、, which stands within a line."""
    out, now = [], ""
    for character in text:
        now += character
        if character in POINTS and character != "、":
            out.append(now)
            now = ""
    return [*out, now] if now else out


def poem_of(sheet: ChineseSheet) -> Poem:
    """A sheet as a poem. Regulated verse stands two lines in a row, as it is printed."""
    stanzas: list[list[str]] = [[]]
    for line in sheet.lines:
        if line.stanza and stanzas[-1]:
            stanzas.append([])
        stanzas[-1].append((line.text or "□" * line.count) + line.point)
    kept = tuple(tuple(stanza) for stanza in stanzas if stanza)
    return Poem(
        kept, title=sheet.fields.get("Title", ""), language="zh", form=sheet.form,
        theme=sheet.fields.get("Theme", ""),
    )  # fmt: skip
