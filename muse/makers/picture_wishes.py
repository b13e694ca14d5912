"""What a painter may be asked for, checked before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from muse.works.base import WishError

METHODS = {
    "gan": "digits-gan",
    "vae": "digits-vae",
    "flow": "digits-flow",
    "tokens": "digits-tokens",
}
"""How digits are made -> the bundle that does it."""

STYLES = ("flat", "noto", "twemoji")
"""Of icons: Fluent's flat ones, Noto's, Twemoji's."""

LONGEST_WORDS = 200
"""Characters of a phrase."""


@dataclass(frozen=True, kw_only=True)
class PictureWish:
    """What a picture shows and how it is drawn.

    Attributes:
        words: what it shows, in English or Chinese.
        digit: 0 to 9, instead of words.
        style: flat, noto or twemoji, of icons.
        negative: words that say what it does not show.
        steps: of the way from noise to the picture (16).
        guidance: how loud the wish is; 1 is as it was learned (1.5 for digits, 3 for icons).
        strength: how much of a given picture is drawn anew, above 0 and up to 1.
        temperature: of the codes that are drawn, or of the latents.
        size: pixels of the longer side; as it was drawn by default.
        seed: the same seed, wish and version make the same picture.
        variations: how many pictures are returned.
    """

    words: str = ""
    digit: int | None = None
    style: str | None = None
    negative: str = ""
    steps: int = 16
    guidance: float | None = None
    strength: float = 0.6
    temperature: float = 1.0
    size: int | None = None
    seed: int = 0
    variations: int = 1

    def __post_init__(self) -> None:
        for name, text in (("the words", self.words), ("--negative", self.negative)):
            if len(text) > LONGEST_WORDS:
                raise WishError(
                    f"{name} have {len(text)} characters; a picture is told in up to "
                    f"{LONGEST_WORDS}"
                )
        if self.digit is not None and self.words:
            raise WishError("say either words or --digit, not both")
        if self.digit is None and not self.words.strip():
            raise WishError('say what to paint: words such as "a red apple", or --digit 0 to 9')
        if self.digit is not None and self.digit not in range(10):
            raise WishError(f"--digit is 0 to 9, not {self.digit}")
        if self.style is not None and self.style not in STYLES:
            raise WishError(f"unknown --style {self.style!r}; known: {' '.join(STYLES)}")
        self._within("steps", self.steps, 1, 200)
        self._within("variations", self.variations, 1, 64)
        if self.guidance is not None:
            self._within("guidance", self.guidance, 0, 20)
        self._within("temperature", self.temperature, 0, 3)
        if not 0 < self.strength <= 1:
            raise WishError(f"--strength lies above 0 and up to 1, not {self.strength:g}")
        if self.size is not None:
            self._within("size", self.size, 8, 2048)

    def _within(self, name: str, value: float, least: float, most: float) -> None:
        if not least <= value <= most:
            raise WishError(f"--{name} must be from {least} to {most}, not {value:g}")

    def settings(self) -> dict[str, Any]:
        """The wish as JSON values, without what was not said."""
        return {name: value for name, value in self.__dict__.items() if value not in (None, "")}


_NUMBERS = {
    "digit": int, "steps": int, "size": int, "seed": int, "variations": int,
    "guidance": float, "strength": float, "temperature": float,
}  # fmt: skip


def asked(options: dict[str, Any]) -> PictureWish:
    """Options by name as a wish; those that are None were not said.

    Raises:
        WishError: for an unknown name, or a value of the wrong type.
    """
    known = [field.name for field in fields(PictureWish)]
    said = {name: value for name, value in options.items() if value is not None}
    for name, value in said.items():
        if name not in known:
            raise WishError(f"unknown option {name!r}; known: {', '.join(known)}")
        kinds = {int: (int,), float: (int, float)}.get(_NUMBERS.get(name, str), (str,))
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise WishError(f"--{name} is to be a {kinds[-1].__name__}, not {value!r}")
    return PictureWish(**said)
