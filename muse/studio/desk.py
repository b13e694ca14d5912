"""What lies on a visitor's desk: the alternatives, the one that is worked on, the history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from muse.studio.limits import MOST_REMEMBERED, checked_text
from muse.works.base import WishError, Work

W = TypeVar("W", bound=Work)


@dataclass(frozen=True)
class Entry:
    """A work of the history: its number from 1, what was done, the work."""

    number: int
    deed: str
    work: Work

    @property
    def label(self) -> str:
        """Number, deed, seed and title in one line."""
        seed = self.work.provenance.get("seed")
        words = [f"{self.number}", self.deed, f"seed {seed}" if seed is not None else ""]
        return " · ".join(word for word in [*words, self.work.title[:40]] if word)


@dataclass(frozen=True)
class Desk:
    """The state of one tab in one visit.

    Attributes:
        works: the alternatives, side by side, best first.
        place: which of them is worked on, from 0.
        shown: how its editor's text was; other text there was written by hand.
        history: what was made, newest first.
    """

    works: tuple[Work, ...] = ()
    place: int = 0
    shown: str = ""
    history: tuple[Entry, ...] = ()

    @property
    def work(self) -> Work | None:
        """The work that is worked on, None on an empty desk."""
        return self.works[self.place] if self.works else None

    def choices(self) -> list[str]:
        """Names of the alternatives."""
        return [str(number) for number in range(1, len(self.works) + 1)]


def laid(desk: Desk, made: Sequence[Work], deed: str, text_of: Callable[[Work], str]) -> Desk:
    """The desk with new alternatives on it; the history has the first of them."""
    newest = desk.history[0].number + 1 if desk.history else 1
    entries = tuple(Entry(newest + n, deed, work) for n, work in enumerate(made))
    history = (*reversed(entries), *desk.history)[:MOST_REMEMBERED]
    return Desk(tuple(made), 0, text_of(made[0]), history)


def chosen(desk: Desk, choice: str | None, text_of: Callable[[Work], str]) -> Desk:
    """The desk with another alternative in work. Raises WishError if there is none of the name."""
    if choice not in desk.choices():
        raise WishError(f"there is no alternative {choice}; there are {len(desk.works)}")
    place = int(choice) - 1
    return replace(desk, place=place, shown=text_of(desk.works[place]))


def recalled(desk: Desk, label: str | None, text_of: Callable[[Work], str]) -> Desk:
    """The desk with a work of the history on it, alone. Raises WishError if it is not there."""
    for entry in desk.history:
        if entry.label == label:
            return Desk((entry.work,), 0, text_of(entry.work), desk.history)
    raise WishError("that work is no longer in the history")


def work_in_hand(desk: Desk, text: str | None, read: Callable[[str, Work | None], W]) -> W:
    """The work that an editor's text is: the desk's own, or what was written there by hand.

    Args:
        desk: of this visit.
        text: the editor's.
        read: from text, and the work that it was before the hand, to a work.

    Raises:
        WishError: if there is no text, or it cannot be read.
    """
    text = checked_text("the text", text)
    if not text.strip():
        raise WishError("there is nothing here yet: make or upload something first")
    if desk.work is not None and _same(text, desk.shown):
        return desk.work  # type: ignore[return-value]  # a tab's desk holds one kind of work
    work = read(text, desk.work)
    if desk.work is None or not desk.work.provenance:
        return work
    return work.with_provenance({**desk.work.provenance, "edited": "by hand"})


def _same(one: str, other: str) -> bool:
    """Whether two texts differ at most in white space at their line ends."""
    return [line.rstrip() for line in one.strip().splitlines()] == [
        line.rstrip() for line in other.strip().splitlines()
    ]
