"""Plain text files of poems, stories and scripts: title, author, then the lines.

A text that another program wrote is a `Script` if it is laid out as printed plays are, a `Poem` if
it looks like verse (`verse_or_prose` says how that is told), else a `Story`.
"""

from __future__ import annotations

from muse.works.base import WishError, Work
from muse.works.formats import stage_text
from muse.works.formats.text_files import decode_sidecar, same_text, text_of
from muse.works.formats.verse_or_prose import plain_text
from muse.works.poem import Poem
from muse.works.script import Script
from muse.works.story import Story


def encode(work: Work, suffix: str) -> bytes:
    """The work as UTF-8 text: title and author, each between empty lines, then the lines."""
    if isinstance(work, Script):
        return stage_text.encode(work).encode()
    assert isinstance(work, Poem | Story)
    author = work.author and (work.author if work.language == "zh" else f"by {work.author}")
    parts = [part for part in (work.title, author, work.text) if part]
    return ("\n\n".join(parts) + "\n").encode()


def decode(data: bytes, name: str, beside: bytes | None = None) -> Work:
    """The work in a text file.

    Args:
        data: the file.
        name: its name, for messages.
        beside: the document that stands beside it, if there is one.

    Raises:
        WishError: if it is no text in UTF-8, or empty or too long; the message names the file.
    """
    known = decode_sidecar(beside, data, name) if beside is not None else None
    if known is not None and same_text(encode(known, ".txt"), data):
        return known
    text = text_of(data, name)
    try:
        if stage_text.is_play(text):
            return stage_text.decode(text)
        found = plain_text(text)
        language = "zh" if found.chinese else "en"
        if found.verse:
            stanzas = tuple(tuple(block) for block in found.blocks)
            return Poem(stanzas, title=found.title, author=found.author, language=language)
        joint = "" if found.chinese else " "
        paragraphs = tuple(joint.join(line.strip() for line in block) for block in found.blocks)
        return Story(paragraphs, title=found.title, author=found.author, language=language)
    except ValueError as error:
        raise WishError(f"{name}: {error}") from error
