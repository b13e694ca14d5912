"""The piano roll as a picture: `.roll.svg` and `.roll.png`."""

from __future__ import annotations

from muse.works.score import Score
from muse.works.show import piano_roll_png, piano_roll_svg


def encode(score: Score, suffix: str) -> bytes:
    """The bytes of the picture."""
    return piano_roll_png(score) if suffix == ".roll.png" else piano_roll_svg(score).encode()
