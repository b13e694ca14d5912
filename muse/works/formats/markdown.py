r"""Markdown files of poems and stories, after CommonMark 0.31.

Title as a heading, author in italics, a backslash at the end of each line of verse that another
follows; a comment at the end holds what Markdown has no place for::

    # Winter Sea

    *by Anna*

    The first line,\
    the second.

    <!-- muse {"format": "muse-poem", "form": "couplet", "provenance": {}} -->

Signs that Markdown would take for its own are written with a backslash, indents as `&nbsp;`.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from muse.works.base import WishError, Work
from muse.works.emphasis import bare
from muse.works.formats.comments import comment_text, read_comment, split_comments
from muse.works.formats.text_files import text_of
from muse.works.formats.verse_or_prose import plain_text
from muse.works.lines import LONGEST_PARAGRAPH, blocks_of, clean, clean_lines, is_chinese
from muse.works.poem import Poem
from muse.works.story import Story

_SPECIAL = re.compile(r"([\\`*_\[\]<>&~|#!])")
_STARTS = re.compile(r"([+\-=:]|\d+(?=[.)]))")


def encode(work: Work, suffix: str) -> bytes:
    """The work as Markdown in UTF-8. Raises WishError for another suffix."""
    if suffix != ".md":
        raise WishError(f"no Markdown {suffix!r}; use .md")
    assert isinstance(work, Poem | Story)
    author = work.author and (work.author if work.language == "zh" else f"by {work.author}")
    account: dict[str, Any] = {
        "format": "muse-poem" if isinstance(work, Poem) else "muse-story",
        "author": work.author, "language": work.language, "theme": work.theme,
        "provenance": dict(work.provenance),
    }  # fmt: skip
    blocks = [f"# {_escaped(work.title)}"] if work.title else []
    blocks += [f"*{_escaped(author)}*"] if author else []
    if isinstance(work, Poem):
        account |= {"form": work.form, "locked": list(work.locked)}
        blocks += ["\\\n".join(map(_escaped, stanza)) for stanza in work.stanzas]
    else:
        blocks += map(_escaped, work.paragraphs)
    blocks.append(f"<!--{comment_text(account)}-->")
    return ("\n\n".join(blocks) + "\n").encode()


def _escaped(line: str) -> str:
    """A line that Markdown shows as it is."""
    words = _SPECIAL.sub(r"\\\1", line.lstrip())
    start = _STARTS.match(words)
    if start:
        digits = start[1].isdecimal()
        words = f"{start[1]}\\{words[start.end() :]}" if digits else f"\\{words}"
    indent = len(line) - len(line.lstrip())
    return "".join(_nonbreaking(space) for space in line[:indent]) + words


def _nonbreaking(space: str) -> str:
    """An indent that Markdown does not cut."""
    return "&nbsp;" if space == " " else f"&#{ord(space)};"


def decode(data: bytes, name: str) -> Work:
    """The poem or story in a Markdown file.

    A file of another program is verse or prose as plain text is; headings but the first, lists,
    quotations and the like are read as their words.

    Raises:
        WishError: if it is no text in UTF-8, is empty or too long; the message names the file.
    """
    text = text_of(data, name)
    account: dict[str, Any] = {}
    comments, text = split_comments(text)
    for comment in comments:
        account = read_comment(comment) or account
    try:
        return _told(text, account) if account else _foreign(text)
    except ValueError as error:
        raise WishError(f"{name}: {error}") from error


def _told(text: str, account: dict[str, Any]) -> Work:
    """A work whose account stands in the file. Raises ValueError if it is spoiled."""
    texts = {
        key: value
        for key in ("author", "language", "theme", "form")
        if isinstance(value := account.get(key, "en" if key == "language" else ""), str)
    }
    blocks = blocks_of(clean_lines(text))
    title = ""
    if blocks and blocks[0][0].startswith("# "):
        title = _read(blocks[0][0][2:])
        blocks = [block for block in [blocks[0][1:], *blocks[1:]] if block]
    if texts["author"] and blocks and blocks[0][0].startswith("*"):
        blocks = [block for block in [blocks[0][1:], *blocks[1:]] if block]
    provenance = account.get("provenance", {})
    if not isinstance(provenance, dict):
        raise ValueError("its comment of Muse is damaged")
    others: dict[str, Any] = {**texts, "title": title, "provenance": provenance}
    if account.get("format") == "muse-poem":
        locked = account.get("locked", [])
        stanzas = tuple(tuple(_read_line(line) for line in block) for block in blocks)
        locked = locked if isinstance(locked, list) else []
        count = sum(map(len, stanzas))
        others["locked"] = tuple(n for n in locked if type(n) is int and 1 <= n <= count)
        return Poem(stanzas, **others)
    del others["form"]
    joint = "" if others["language"] == "zh" else " "
    return Story(tuple(joint.join(_read_line(line) for line in b) for b in blocks), **others)


def _read_line(line: str) -> str:
    """A line without the backslash that breaks it from the next."""
    ends = len(line) - len(line.rstrip("\\"))
    return _read(line[:-1] if ends % 2 else line)


def _read(line: str) -> str:
    """The words of a line: backslashes and character references taken away."""
    pieces = re.split(r"(\\[!-/:-@\[-`{-~])", line)
    words = [p[1] if n % 2 else unescape(p.replace("&nbsp;", " ")) for n, p in enumerate(pieces)]
    return clean("".join(words))


def _foreign(text: str) -> Work:
    """A Markdown file of another program."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text.lstrip("\ufeff"), count=1, flags=re.DOTALL)
    longest = max(map(len, clean_lines(text)))
    if longest > LONGEST_PARAGRAPH:
        raise ValueError(f"a line has {longest:,} characters; at most {LONGEST_PARAGRAPH:,}")
    lines = [re.sub(r"^ {0,3}(?:>+ ?|#{2,6} |[-*+] )", "", line) for line in clean_lines(text)]
    found = plain_text("\n".join(bare(_read_line(line)) for line in lines))
    title = found.title
    language = "zh" if is_chinese(text) else "en"
    if found.verse:
        stanzas = tuple(tuple(block) for block in found.blocks)
        return Poem(stanzas, title=title, author=found.author, language=language)
    joint = "" if found.chinese else " "
    paragraphs = tuple(joint.join(line.strip() for line in block) for block in found.blocks)
    return Story(paragraphs, title=title, author=found.author, language=language)
