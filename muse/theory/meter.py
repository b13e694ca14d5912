"""Meters: how long a bar is, where its beats fall, which of them are strong.

Conventions:
    Time is counted in ticks, 24 to the quarter note: sixteenths are 6, thirty-seconds 3,
    triplet eighths 8, triplet sixteenths 4, dotted sixteenths 9 ticks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TICKS_PER_QUARTER = 24
TICKS_PER_WHOLE = 4 * TICKS_PER_QUARTER

METERS = (
    "4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "2/2", "3/8", "5/4", "7/8",
    "3/2", "6/4", "4/8", "5/8", "1/4", "4/2", "2/8", "7/4", "8/8",
)  # fmt: skip
"""The meters that the tokens can name, commonest first."""


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature, as `Meter(6, 8)`."""

    numerator: int = 4
    denominator: int = 4

    def __post_init__(self) -> None:
        if self.denominator not in (1, 2, 4, 8, 16, 32) or not 1 <= self.numerator <= 64:
            raise ValueError(
                f"not a meter: {self.numerator}/{self.denominator}; write one like 6/8"
            )

    @classmethod
    def parse(cls, text: str) -> Meter:
        """Read `"6/8"`, `"C"` (4/4) or `"C|"` (2/2). Raises ValueError for anything else."""
        text = text.strip()
        if text in ("C", "C|"):
            return cls(4, 4) if text == "C" else cls(2, 2)
        match = re.fullmatch(r"(\d{1,2})\s*/\s*(\d{1,2})", text)
        if not match:
            raise ValueError(f"not a meter: {text!r}; write one like 3/4, 6/8, C or C|")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"

    @property
    def bar_ticks(self) -> int:
        """Length of a bar in ticks."""
        return self.numerator * TICKS_PER_WHOLE // self.denominator

    @property
    def compound(self) -> bool:
        """Whether the beat divides in three: 6/8, 9/8, 12/8."""
        return self.denominator >= 8 and self.numerator % 3 == 0 and self.numerator > 3

    @property
    def beat_ticks(self) -> int:
        """Length of a counted beat in ticks: a dotted quarter in 6/8, a quarter in 3/4."""
        unit = TICKS_PER_WHOLE // self.denominator
        return 3 * unit if self.compound else unit

    @property
    def division_ticks(self) -> int:
        """The span, in ticks, inside which a rhythm is either binary or in triplets."""
        return min(TICKS_PER_QUARTER, TICKS_PER_WHOLE // self.denominator)

    @property
    def strong_ticks(self) -> tuple[int, ...]:
        """Where in the bar the strong beats start: 0 and 48 in 4/4, 0 and 36 in 6/8, 0 in 3/4.

        Odd additive meters take the usual grouping: 5/4 as 3 + 2, 7/8 as 2 + 2 + 3.
        """
        unit = TICKS_PER_WHOLE // self.denominator
        if self.compound:
            return tuple(range(0, self.bar_ticks, self.beat_ticks))
        groups = {4: (2, 2), 5: (3, 2), 7: (2, 2, 3), 8: (4, 4), 6: (3, 3), 9: (3, 3, 3)}
        starts, at = [], 0
        for count in groups.get(self.numerator, (self.numerator,)):
            starts.append(at * unit)
            at += count
        return tuple(starts)

    def quarter_tempo(self, beats_per_minute: float) -> float:
        """Counted beats per minute as quarter notes per minute, which is what MIDI stores."""
        return beats_per_minute * self.beat_ticks / TICKS_PER_QUARTER

    def beat_tempo(self, quarters_per_minute: float) -> float:
        """Quarter notes per minute as counted beats per minute."""
        return quarters_per_minute * TICKS_PER_QUARTER / self.beat_ticks
