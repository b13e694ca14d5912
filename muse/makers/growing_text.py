"""Text as it grows: what stands for sure of ids that are still being written, and the new of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from muse.tokens.english import EnglishPieces
from muse.tokens.english_values import Speech as Part


def settled(ids: Sequence[int], pieces: EnglishPieces) -> list[int]:
    """The ids without a word, or a direction, that may still go on."""
    found = list(ids)
    directions, ends = pieces["Direction"], pieces["EndDirection"]
    opened = [place for place, each in enumerate(found) if each == directions]
    if opened and ends not in found[opened[-1] :]:
        found = found[: opened[-1]]
    while found and found[-1] in (pieces["Paragraph"], pieces["NewLine"]):
        found.pop()
    marks = pieces.marks.values()
    if found and not pieces.is_tag[found[-1]] and found[-1] not in marks:
        while found and not pieces.starts[found[-1]]:
            found.pop()
        found = found[:-1]
    return found


def play_text(parts: Iterable[Part], names: Sequence[str]) -> str:
    """Speeches and directions as printed plays have them."""
    blocks = []
    for part in parts:
        said = "\n".join(part.lines).rstrip()
        if part.speaker is None:
            blocks.append(f"[{said}]")
        else:
            blocks.append(
                f"{names[part.speaker]}.{(chr(10) if part.verse else ' ') * bool(said)}{said}"
            )
    return "\n\n".join(blocks)


def grown(texts: Iterable[str]) -> Iterator[str]:
    """What each text has more than the one before it, if it goes on with that one."""
    before = ""
    for text in texts:
        if len(text) > len(before) and text.startswith(before):
            yield text[len(before) :]
            before = text


def texts_of(
    growth: Iterable[Sequence[int]], pieces: EnglishPieces, read: Callable[[Sequence[int]], str]
) -> Iterator[str]:
    """The text of what stands for sure, once more for each new word, and at the end."""
    ids: Sequence[int] = ()
    before = -1
    for ids in growth:
        sure = settled(ids, pieces)
        if len(sure) != before:
            before = len(sure)
            yield read(sure)
    yield read(ids)


def whole_words(texts: Iterable[str]) -> Iterator[str]:
    """Each text without its last word, which may still go on; the last text is whole."""
    text = ""
    for text in texts:
        sure = max(text.rfind(" "), text.rfind("\n"))
        if sure > 0:
            yield text[:sure]
    yield text
