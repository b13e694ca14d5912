"""What one visitor of the studio may ask for, so that there is room for the others."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TypeVar

from muse.works.base import WishError

T = TypeVar("T")

LARGEST_UPLOAD_BYTES = 4 * 1024 * 1024
LONGEST_TEXT = 100_000
"""Letters of a score, poem or script in an editor."""
MOST_BARS = 64
MOST_ALTERNATIVES = 4
MOST_SPEECHES = 24
MOST_SECONDS = 120.0
"""How long one action may write."""
MOST_WAITING = 32
"""Actions in the queue; the next visitor is told to come again."""
AT_ONCE = 2
"""Actions that write at the same time."""
MOST_REMEMBERED = 20
"""Works in the history of one tab."""


def checked_count(name: str, value: object, most: int, least: int = 1) -> int:
    """A whole number from a page or a client. Raises WishError outside of `least` to `most`."""
    told = f"{name} must be a whole number from {least} to {most}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WishError(told)
    if not float(value).is_integer():
        raise WishError(told)
    if not least <= value <= most:
        raise WishError(f"{name} must be from {least} to {most}, not {int(value)}")
    return int(value)


def checked_seed(value: object) -> int:
    """A seed, 0 where the field was left empty. Raises WishError."""
    return 0 if value is None else checked_count("the seed", value, 2**31 - 1, 0)


def checked_text(name: str, text: str | None) -> str:
    """A text of bounded length, "" for None. Raises WishError."""
    if len(text or "") > LONGEST_TEXT:
        raise WishError(f"{name} has {len(text or ''):,} letters; at most {LONGEST_TEXT:,}")
    return text or ""


def in_time(steps: Iterator[T], seconds: float = MOST_SECONDS) -> Iterator[T]:
    """The steps of a work as they come. Raises WishError once they took over `seconds`."""
    end = time.monotonic() + seconds
    for step in steps:
        if time.monotonic() > end:
            raise WishError(f"stopped after {seconds:.0f} s: ask for something shorter")
        yield step


def numbers_of(text: str | None, name: str, most: int) -> list[int]:
    """Numbers in words such as "1-4, 7", in order and each once. Raises WishError."""
    found: set[int] = set()
    for word in filter(None, re.split(r"[\s,;，；、]+", re.sub(r"\s*[-–]\s*", "-", text or ""))):
        match = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", word)
        if not match:
            raise WishError(f"{name}: {word[:20]!r} is no number; say them as 1-4, 7")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= most:
            raise WishError(f"{name}: {word} must lie within 1-{most}")
        found.update(range(first, last + 1))
    return sorted(found)


def for_a_page(message: str) -> str:
    """What the command line would say, without the dashes of its options."""
    said = re.sub(r"--([a-z]+(?:-[a-z]+)*)", lambda found: found[1].replace("-", " "), message)
    return said[:1].upper() + said[1:]
