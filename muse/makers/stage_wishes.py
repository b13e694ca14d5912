"""What may be asked for of scenes and stories, checked before anything is drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from muse.makers.wishes import Drawing
from muse.tokens.english_values import MOST_SPEAKERS, MOST_TENS_OF_WORDS
from muse.tokens.units import is_word, units_of
from muse.works.base import WishError
from muse.works.lines import is_chinese
from muse.works.script import Speech

W = TypeVar("W")

MOST_SPEECHES = 200
MOST_SPEECH_WORDS = 200
LONGEST_NAME = 60
LONGEST_SETTING = 300
"""Letters."""
MOST_OPENING_WORDS = 250
MOST_WORDS = 4_000
"""Words of a story."""
USUAL_PARAGRAPH = 70
"""Words of a paragraph where nothing is said of it."""
TEMPERATURE, TOP_P = 0.8, 0.9
"""How text is drawn if nothing is said: bolder than tunes, as a wrong word is seen at once."""

Opening = tuple[tuple[int | None, str], ...]
"""Speeches (place in the cast, words) and stage directions (None, words)."""


@dataclass(frozen=True, kw_only=True)
class ScriptWish:
    """What is promised of a scene. What is empty or None is left to the model.

    Attributes:
        setting: where and when it plays, in words.
        cast: who speaks, names with commas between: "ANNA, PIERRE". At most 16.
        speeches: how many the scene has, those of the opening included.
        opening: how it begins, a line each: "ANNA: The mast is gone!" is a speech that stays as it
            is, any other line a stage direction.
        order: names in the order in which they speak, again and again until the end.
        speech_words: fewest and most words of a speech that is written, such as "5-40".
        directions: whether there are stage directions; if so, the scene opens with one.
        verse: whether the speeches are verse, or prose.
        title: of the scene.
        author: in whose manner; a playwright whom the model has read.
    """

    setting: str = ""
    cast: tuple[str, ...] = ()
    speeches: int = 12
    opening: str = ""
    order: tuple[str, ...] = ()
    speech_words: str = "1-60"
    directions: bool | None = None
    verse: bool | None = None
    title: str = ""
    author: str = ""

    def __post_init__(self) -> None:
        for name in ("cast", "order"):
            object.__setattr__(self, name, names_of(getattr(self, name), f"--{name}"))
        object.__setattr__(self, "setting", _line(self.setting, "the setting"))
        for name in ("title", "author"):
            object.__setattr__(self, name, _line(getattr(self, name), f"--{name}"))
        if not 1 <= self.speeches <= MOST_SPEECHES:
            raise WishError(f"--speeches must be from 1 to {MOST_SPEECHES}, not {self.speeches}")
        if len(self.cast) > MOST_SPEAKERS:
            raise WishError(f"--cast has {len(self.cast)} names; at most {MOST_SPEAKERS}")
        known = [name.casefold() for name in self.cast]
        for name in self.cast:
            if known.count(name.casefold()) > 1:
                raise WishError(f"--cast has {name} twice; every name is to be another")
        self.words, self.turns(), self.opened()

    @property
    def words(self) -> tuple[int, int]:
        """Fewest and most words of a speech. Raises WishError."""
        found = re.fullmatch(r"(\d{1,4})\s*[-–]\s*(\d{1,4})", self.speech_words.strip())
        low, high = map(int, found.groups()) if found else (0, 0)
        if not 1 <= low <= high <= MOST_SPEECH_WORDS:
            raise WishError(
                f"--speech-words is written like 5-40, from 1 to {MOST_SPEECH_WORDS}, "
                f"not {self.speech_words!r}"
            )
        return low, high

    def turns(self) -> tuple[int, ...] | None:
        """Who speaks, as places in the cast, for each speech; None if it is left open.

        Raises:
            WishError: for a name that is not in the cast, or one who answers himself.
        """
        if not self.order or not self.cast:
            return None
        places = [self.place_of(name, "--order") for name in self.order]
        turns = tuple(places[n % len(places)] for n in range(self.speeches))
        _check_turns(turns, self.cast, "--order")
        return turns

    def place_of(self, name: str, option: str) -> int:
        """The place of a name in the cast. Raises WishError."""
        known = [each.casefold() for each in self.cast]
        if name.casefold() not in known:
            raise WishError(f"{option}: {name} is not in the cast: {', '.join(self.cast)}")
        return known.index(name.casefold())

    def opened(self) -> Opening:
        """The parts of the opening.

        Raises:
            WishError: if it is too long, has too many speeches, or strangers speak in it.
        """
        if sum(map(is_word, units_of(self.opening))) > MOST_OPENING_WORDS:
            raise WishError(f"--opening has more than {MOST_OPENING_WORDS} words; shorten it")
        parts: list[tuple[int | None, str]] = []
        for line in filter(None, map(str.strip, self.opening.splitlines())):
            if is_chinese(line):
                raise WishError(f"--opening: {line[:20]!r} is Chinese; scenes are English")
            name, colon, words = line.partition(":")
            known = name.strip().casefold() in [each.casefold() for each in self.cast]
            if not colon or not (known or (name.isupper() and len(name.split()) < 4)):
                parts.append((None, line))
            elif not words.strip():
                raise WishError(f"--opening: {name.strip()} says nothing")
            else:
                parts.append((self.place_of(name.strip(), "--opening"), words.strip()))
        spoken = [place for place, _ in parts if place is not None]
        if len(spoken) >= self.speeches:
            raise WishError(
                f"--opening has {len(spoken)} speeches, --speeches is {self.speeches}: "
                "nothing is left to write"
            )
        _check_turns(spoken, self.cast, "--opening")
        turns = self.turns()
        for number, place in enumerate(spoken):
            if turns and turns[number] != place:
                raise WishError(
                    f"--opening: speech {number + 1} is {self.cast[place]}'s, --order says "
                    f"{self.cast[turns[number]]}"
                )
        return tuple(parts)

    def settings(self) -> dict[str, Any]:
        """The wish as JSON values, without what is left open."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value not in (None, "", ())
        }


@dataclass(frozen=True, kw_only=True)
class StoryWish:
    """What is promised of a story.

    Attributes:
        beginning: its first words, which stay as they are; an empty line parts paragraphs. If it
            ends within a sentence, the sentence goes on.
        words: most words that are written; at most ten fewer a paragraph come.
        paragraphs: how many are written; None: one for every 70 words.
        title: of the story.
    """

    beginning: str = ""
    words: int = 200
    paragraphs: int | None = None
    title: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", _line(self.title, "--title"))
        if not any(map(is_word, units_of(self.beginning))):
            raise WishError('say how the story begins: muse story "Once there was a king"')
        if is_chinese(self.beginning):
            raise WishError("stories are written in English; say the beginning in English")
        if not 10 <= self.words <= MOST_WORDS:
            raise WishError(f"--words must be from 10 to {MOST_WORDS:,}, not {self.words}")
        most = max(1, self.words // 10)
        fewest = -(-self.words // (10 * MOST_TENS_OF_WORDS))
        if self.paragraphs is not None and not fewest <= self.paragraphs <= most:
            raise WishError(
                f"--paragraphs must be from {fewest} to {most} for {self.words} words, "
                f"not {self.paragraphs}"
            )

    def tens(self) -> list[int]:
        """How many tens of words each paragraph has; its last ten need not be full."""
        count = self.paragraphs
        if count is None:
            count = max(1, round(self.words / USUAL_PARAGRAPH))
        whole = self.words // 10
        return [(whole * (n + 1)) // count - (whole * n) // count for n in range(count)]

    def settings(self) -> dict[str, Any]:
        """The wish as JSON values, without what is left open."""
        return {name: value for name, value in self.__dict__.items() if value not in (None, "")}


def names_of(names: str | Sequence[str], option: str) -> tuple[str, ...]:
    """Names in a tuple, white space tidied; a text holds commas between them. Raises WishError."""
    listed = names.split(",") if isinstance(names, str) else list(names)
    found = []
    for name in listed:
        if not isinstance(name, str):
            raise WishError(f"{option}: a name is text, not {name!r}")
        tidy = " ".join(name.split())
        if not tidy and isinstance(names, str):
            continue
        if not any(map(str.isalnum, tidy)):
            raise WishError(f"{option}: {name!r} is no name")
        if len(tidy) > LONGEST_NAME:
            raise WishError(f"{option}: {tidy[:20]}… has over {LONGEST_NAME} letters; shorten it")
        try:
            found.append(Speech(tidy, ("Yes.",)).speaker)
        except ValueError as error:
            raise WishError(f"{option}: {error}") from error
    return tuple(found)


def asked(kind: type[W], options: dict[str, Any]) -> tuple[W, Drawing]:
    """Options by name as a wish and a drawing. Raises WishError for a name that is neither's."""
    wishes = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    drawings = {field.name for field in fields(Drawing)}
    for name in options:
        if name not in wishes | drawings:
            known = ", ".join(sorted(wishes | drawings))
            raise WishError(f"unknown option {name!r}; known: {known}")
    said = {name: value for name, value in options.items() if value is not None}
    for name, value in said.items():
        _check_type(name, value)
    wish = kind(**{name: value for name, value in said.items() if name in wishes})
    drawing = {name: value for name, value in said.items() if name in drawings}
    return wish, Drawing(**{"temperature": TEMPERATURE, "top_p": TOP_P, **drawing})


_NUMBERS = ("speeches", "words", "paragraphs", "seed", "variations", "candidates")


def _check_type(name: str, value: Any) -> None:
    option = "--" + name.replace("_", "-")
    if name in _NUMBERS:
        right, wanted = type(value) is int, "a whole number"
    elif name in ("temperature", "top_p"):
        right, wanted = type(value) in (int, float), "a number"
    elif name in ("directions", "verse"):
        right, wanted = isinstance(value, bool), "true or false"
    elif name in ("cast", "order"):
        right, wanted = isinstance(value, str | list | tuple), "names"
    else:
        right, wanted = isinstance(value, str), "text"
    if not right:
        raise WishError(f"{option} must be {wanted}, not {value!r}")


def _line(text: str, what: str) -> str:
    tidy = " ".join(text.split())
    if len(tidy) > LONGEST_SETTING:
        raise WishError(f"{what} has {len(tidy)} letters; at most {LONGEST_SETTING}")
    if is_chinese(tidy):
        raise WishError(f"{what} is Chinese; scenes and stories are written in English")
    if tidy and not units_of(tidy):
        raise WishError(f"{what} holds no words")
    return tidy


def _check_turns(places: Sequence[int], cast: Sequence[str], option: str) -> None:
    for before, after in zip(places, places[1:]):
        if before == after and len(cast) > 1:
            raise WishError(f"{option}: {cast[before]} may not answer themselves")
