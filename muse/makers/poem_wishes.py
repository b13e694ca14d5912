"""What a poet may be asked for, checked before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from muse.works.base import WishError
from muse.works.lines import is_chinese
from muse.works.poem import Poem

MOST_LINES = 60
LONGEST_THEME = 200


@dataclass(frozen=True, kw_only=True)
class PoemWish:
    """What is promised of a poem. What is empty is left to the form or to the model.

    Attributes:
        theme: what it is about, in words; a Chinese theme or form asks for a Chinese poem.
        form: its form's name: "sonnet", "haiku", "七绝", "浣溪沙".
        lines: number of lines, for forms that leave it open.
        length: characters a line, for Chinese forms that leave it open.
        rhyme: of a Chinese poem the rhyme group, such as "东" or "七阳"; of an English one the
            scheme, such as "ABAB".
        title: of the poem.
        author: in whose manner; a poet whom the model has read.
        acrostic: what the first characters or letters of the lines spell.
        ends: line -> the word or character that it ends in.
        words: line -> a word that stands in it.
        locked: line -> its text, which stays as it is.
    """

    theme: str = ""
    form: str = ""
    lines: int | None = None
    length: int | None = None
    rhyme: str = ""
    title: str = ""
    author: str = ""
    acrostic: str = ""
    ends: Mapping[int, str] = field(default_factory=dict)
    words: Mapping[int, str] = field(default_factory=dict)
    locked: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.theme) > LONGEST_THEME:
            raise WishError(
                f"the theme has {len(self.theme)} letters; {LONGEST_THEME} are the most"
            )
        if self.lines is not None and not 1 <= self.lines <= MOST_LINES:
            raise WishError(f"--lines must be from 1 to {MOST_LINES}, not {self.lines}")
        for name in ("title", "author", "acrostic", "rhyme", "form"):
            text = getattr(self, name)
            if len(text) > LONGEST_THEME or "\n" in text:
                raise WishError(f"--{name} is to be one short line")
        for name in ("ends", "words", "locked"):
            for number, text in getattr(self, name).items():
                if number < 1:
                    raise WishError(f"--{name}: lines are counted from 1, not {number}")
                if not text.strip() or "\n" in text:
                    raise WishError(f"--{name}: line {number} needs some words in one line")

    @property
    def language(self) -> str:
        """ "zh" if the form or the theme is Chinese, else "en"."""
        return "zh" if is_chinese(self.form or self.theme or self.title or self.acrostic) else "en"

    def settings(self) -> dict[str, Any]:
        """The wish as JSON values, without what is left open."""
        return {name: _plain(value) for name, value in self.__dict__.items() if value}


def _plain(value: Any) -> Any:
    return {str(n): text for n, text in value.items()} if isinstance(value, Mapping) else value


def wish_of_redo(poem: Poem, numbers: tuple[int, ...]) -> None:
    """Check that lines can be redone. Raises WishError."""
    count = len(poem.lines)
    for number in numbers:
        if not 1 <= number <= count:
            raise WishError(f"--line {number}: the poem has lines 1 to {count}")
        if number in poem.locked:
            raise WishError(f"line {number} is locked; unlock it or choose another")
