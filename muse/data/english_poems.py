"""Poems in English from collections of plain text: cleaned, and in stanzas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from muse.theory.stanzas import stanzas_of
from muse.tokens.units import normalise
from muse.works.base import WishError


@dataclass(frozen=True)
class RawPoem:
    """A poem as it is read: clean lines in stanzas.

    Attributes:
        dropped: why it is no use, or empty.
    """

    author: str
    title: str
    stanzas: tuple[tuple[str, ...], ...]
    dropped: str = ""


class _Record(msgspec.Struct):
    author: str
    title: str
    text: str


LONGEST_LINE = 160
_NOTE = re.compile(r"\[[^\]]{0,300}\]|\{[^}]{0,300}\}|\(\d+\)|<[^>]{0,40}>")
_LINE_NUMBER = re.compile(r"\s{2,}\d+\.?$|\s\d{2,3}$")
_NO_VERSE = re.compile(
    r"^\W*$|^\W*(?:the end|finis|canto|chapter|book|part|note|notes|footnote|footnotes|"
    r"translat\w+ (?:by|from)|from the \w+|written (?:in|at|on|by|after)|to the same|"
    r"chorus|envoy|l'envoi|refrain)\b[^,;]{0,30}[.:]?\W*$",
    re.IGNORECASE,
)
_NOTES_BEGIN = re.compile(
    r"^\W*(?:foot)?notes?\b\W*$|^\s*\[?(?:note|footnote)\b[:. ]", re.IGNORECASE
)
_MOJIBAKE = {"Bj�rnstjerne Martinius Bj�rnson": "Bjørnstjerne Martinius Bjørnson"}


def read_poems(path: Path) -> Iterator[RawPoem]:
    """The poems of a file with one JSON object a line: author, title, text.

    Raises:
        WishError: if a line is something else.
    """
    decoder = msgspec.json.Decoder(_Record)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                record = decoder.decode(line)
            except msgspec.MsgspecError as error:
                raise WishError(f"{path}, line {number}: {error}") from error
            yield cleaned_poem(record.author, record.title, record.text)


def cleaned_poem(author: str, title: str, text: str) -> RawPoem:
    """A poem without notes, headings and line numbers, its lines normalised."""
    author, title = plain_author(author), plain_title(title)
    if "�" in text:
        return RawPoem(author, title, (), "damaged characters")
    kept: list[str] = []
    for line in text.split("\n"):
        if _NOTES_BEGIN.match(line) and len(kept) > 8:
            break
        line = _NOTE.sub("", line.replace("\t", "    "))
        if re.match(r"\s*\(?\d{1,3}[:.)\]]\s+\S", line) and len(kept) > 4:
            continue  # a note at the foot
        line = re.sub(r"^\s*\d{1,3}[:.)]?\s+", "", _LINE_NUMBER.sub("", line))
        line = re.sub(r"[*_~{}\[\]|=+^\\#<>$]|\d\)", "", line).replace("`", "'")
        line = re.sub(r"(?<=\S) -+ |(?<=[\w.,;!?])-(?=[\"\s])|-+$", "--", line)
        kept.append(line if line.strip() else "")
    _, stanzas = stanzas_of("\n".join(kept))
    found = []
    for stanza in stanzas:
        lines = tuple(
            normal
            for _, line in stanza
            if not _NO_VERSE.match(line) and (normal := normalise(line))
        )
        if lines:
            found.append(lines)
    return RawPoem(author, title, tuple(found), _problem(found))


def _problem(stanzas: list[tuple[str, ...]]) -> str:
    """Why the lines are no verse that can be used, or empty."""
    lines = [line for stanza in stanzas for line in stanza]
    if len(lines) < 3:
        return "fewer than three lines"
    if max(map(len, lines)) > LONGEST_LINE:
        return f"a line over {LONGEST_LINE} characters"
    if sum(len(line) > 90 for line in lines) > 0.3 * len(lines):
        return "prose"
    if sum(not line.isascii() and _foreign(line) for line in lines) > 0.1 * len(lines):
        return "other letters"
    return ""


def _foreign(line: str) -> bool:
    return any(
        each.isalpha() and not each.isascii() and each not in "éèêëçæœïöÉÆŒà" for each in line
    )


def plain_author(name: str) -> str:
    """`"D. H. Lawrence (David Herbert Richards)"` to `"D. H. Lawrence"`."""
    name = _MOJIBAKE.get(name, name)
    name = re.sub(r"\s*\([^)]*\)|,? Sir$|,? Jr\.?$|,? M\.D\.$", "", name)
    return normalise(name.strip(" .,"))


def plain_title(title: str) -> str:
    """A title without what edition or place in a cycle it is."""
    title = re.sub(
        r"\s*\([^)]*\)|\[[^\]]*\]|[*_#~]|^\W*[IVXLC]+\.\s+|[ -]+[IVXLC]{1,6}\.*$", "", title
    )
    title = re.sub(r"^(?:Sonnet|Canto|Book|Part|Song|Poem|Ode)\W+[IVXLCDM\d]+\b\W*", "", title)
    title = normalise(title.strip(" .:;,-\"'"))
    title = "" if re.fullmatch(r"[IVXLC]+", title) else title
    return title if re.search(r"[A-Za-z]{2}", title) and len(title) <= 90 else ""


def author_key(name: str) -> str:
    """One key for the ways to write an author: first letter and last name."""
    words = re.findall(r"[a-z]+", name.lower().replace("ø", "o").replace("é", "e"))
    words = [each for each in words if each not in ("sir", "lord", "lady", "the", "de", "von")]
    return f"{words[0][0]} {words[-1]}" if words else ""
