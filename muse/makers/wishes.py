"""What a composer may be asked for, checked before anything is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from muse.theory.chords import Chord, parse_progression
from muse.theory.keys import SCALES, Key, parse_pitch, parse_scale
from muse.theory.meter import METERS, Meter
from muse.tokens.melody import STYLES
from muse.works.base import WishError

MOST_BARS = 256
MOST_VARIATIONS = 64


@dataclass(frozen=True, kw_only=True)
class MelodyWish:
    """What is promised of a melody. What is None is left to the model.

    Attributes:
        bars: number of full bars that are written.
        key: such as "D", "Bb minor", "E dorian". All notes are in its scale or in the chord that
            sounds; minor has the raised sixth and seventh too.
        scale: a scale of `theory.keys.SCALES` on the key's tonic, kept strictly.
        meter: such as "6/8".
        style: one of the styles that the tokens know.
        tempo: counted beats a minute: dotted quarters in 6/8.
        chords: such as "| D | A7 | Bm G | D |", repeated to fill the bars.
        range: such as "D4-B5".
        largest_leap: most semitones between neighbouring notes.
        chord_tones: whether notes on strong beats are chord tones; None: where chords are given.
        end_on_tonic: whether the last note is the tonic; None: where a key is given, and when a
            theme is continued.
        with_chords: whether chord symbols are written; None: as the model likes.
        pickup: length of a pick-up in quarter notes.
    """

    bars: int = 16
    key: str | None = None
    scale: str | None = None
    meter: str | None = None
    style: str | None = None
    tempo: float | None = None
    chords: str | None = None
    range: str | None = None
    largest_leap: int | None = None
    chord_tones: bool | None = None
    end_on_tonic: bool | None = None
    with_chords: bool | None = None
    pickup: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.bars, int) or not 1 <= self.bars <= MOST_BARS:
            raise WishError(f"--bars must be from 1 to {MOST_BARS}, not {self.bars}")
        if self.style is not None and self.style not in STYLES:
            raise WishError(f"unknown --style {self.style!r}; known: {' '.join(STYLES)}")
        if self.tempo is not None and not 10 <= self.tempo <= 400:
            raise WishError(f"--tempo is in beats a minute, from 10 to 400, not {self.tempo:g}")
        if self.largest_leap is not None and not 1 <= self.largest_leap <= 127:
            raise WishError(f"--largest-leap must be at least 1 semitone, not {self.largest_leap}")
        if self.scale is not None and self.key is None:
            raise WishError(f"--scale {self.scale} needs a --key that says its tonic")
        if self.with_chords is False and self.chords is not None:
            raise WishError("--no-with-chords and --chords contradict each other")
        self.parsed_key(), self.parsed_meter(), self.parsed_range(), self.parsed_scale()
        progression = self.progression()
        if progression and len(progression) > self.bars:
            raise WishError(
                f"--chords has {len(progression)} bars, --bars only {self.bars}: "
                "leave some chords out or ask for more bars"
            )

    def parsed_key(self) -> Key | None:
        """The key, or None. Raises WishError."""
        return _said("--key", Key.parse, self.key)

    def parsed_meter(self) -> Meter | None:
        """The meter, or None. Raises WishError also for meters that the tokens cannot name."""
        meter: Meter | None = _said("--meter", Meter.parse, self.meter)
        if meter is not None and str(meter) not in METERS:
            raise WishError(f"--meter {meter} is not among those that Muse writes: {METERS}")
        return meter

    def parsed_scale(self) -> frozenset[int] | None:
        """Pitch classes of the strict scale, or None. Raises WishError."""
        key = self.parsed_key()
        if self.scale is None or key is None:
            return None
        tonic = key.tonic
        return _said("--scale", lambda text: parse_scale(text, tonic), self.scale)

    def parsed_range(self) -> tuple[int, int]:
        """Lowest and highest MIDI pitch. Raises WishError."""
        if self.range is None:
            return 0, 127
        ends = self.range.replace("–", "-").split("-")
        if len(ends) != 2:
            raise WishError(f"--range is written like D4-B5, not {self.range!r}")
        low, high = (_said("--range", parse_pitch, end) for end in ends)
        if low > high:
            raise WishError(f"--range {self.range} runs downwards; write the lower note first")
        return low, high

    def progression(self) -> list[list[Chord | None]] | None:
        """The given chords by bar, or None. Raises WishError."""
        return _said("--chords", parse_progression, self.chords)

    def settings(self) -> dict[str, Any]:
        """The wish as JSON values, without what is left to the model."""
        return {k: v for k, v in self.__dict__.items() if v is not None}


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """How it is drawn.

    Attributes:
        seed: the same seed, wish and version make the same piece.
        variations: how many pieces are returned, best first.
        candidates: how many are drawn for each that is returned.
        temperature, top_p: of the sampler.
    """

    seed: int = 0
    variations: int = 1
    candidates: int = 1
    temperature: float = 1.0
    top_p: float = 0.98

    def __post_init__(self) -> None:
        if not 1 <= self.variations <= MOST_VARIATIONS:
            raise WishError(f"--variations must be from 1 to {MOST_VARIATIONS}")
        if not 1 <= self.candidates * self.variations <= 256:
            raise WishError("--candidates times --variations must be from 1 to 256")
        if not 0 <= self.temperature <= 10:
            raise WishError(f"--temperature must lie from 0 to 10, not {self.temperature:g}")
        if not 0 < self.top_p <= 1:
            raise WishError(f"--top-p must lie above 0 and up to 1, not {self.top_p:g}")


def asked(options: dict[str, Any], bars: int = 16) -> tuple[MelodyWish, Drawing]:
    """Options by name as a wish and a drawing. Raises WishError for a name that is neither's."""
    wishes, drawings = MelodyWish.__dataclass_fields__, Drawing.__dataclass_fields__
    for name in options:
        if name not in wishes and name not in drawings:
            known = ", ".join([*wishes, *drawings])
            raise WishError(f"unknown option {name!r}; known: {known}")
    types = {name: str(field.type) for name, field in {**wishes, **drawings}.items()}
    said = {k: _of_type(k, types[k], v) for k, v in options.items() if v is not None}
    wish = MelodyWish(**{"bars": bars, **{k: v for k, v in said.items() if k in wishes}})
    return wish, Drawing(**{k: v for k, v in said.items() if k in drawings})


def _of_type(name: str, type_name: str, value: Any) -> Any:
    """The value of an option as its field has it. Raises WishError if it is of another kind."""
    option = "--" + name.replace("_", "-")
    if type_name.startswith("str"):
        return str(value)  # a Key or a Meter is as good as its name
    wanted, kinds = {
        "bool": ("true or false", bool), "int": ("a whole number", int),
        "float": ("a number", int | float),
    }[type_name.split(" ")[0]]  # fmt: skip
    right = isinstance(value, kinds) and isinstance(value, bool) == (kinds is bool)
    if not right or (isinstance(value, float) and not math.isfinite(value)):
        raise WishError(f"{option} must be {wanted}, not {value!r}")
    return value


def _said(option: str, read: Any, text: Any) -> Any:
    """`read(text)`, or None for None; a ValueError becomes a WishError that names the option."""
    if text is None:
        return None
    try:
        return read(str(text))
    except ValueError as error:
        raise WishError(f"{option}: {error}") from error


def key_classes(key: Key) -> frozenset[int]:
    """Pitch classes that are at home in a key: its scale; in minor the raised steps too."""
    if key.mode == "minor":
        return frozenset((key.tonic + step) % 12 for step in SCALES["melodic-minor"])
    return key.pitch_classes
