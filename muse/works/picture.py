"""A picture: pixels, what can be done with them without a network, and how they are looked at."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from muse.works.base import Work

LARGEST_SIDE = 8192
MOST_PIXELS = 16_777_216
"""Of a picture that is read or made: 4096 times 4096."""

MOST_COLUMNS = 64
"""Of a picture in the terminal, each two signs wide."""

_SHADES = " ░▒▓█"

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Picture(Work):
    """Pixels, the first row on top.

    Attributes:
        pixels: (H, W, C) uint8; C is 1 (grey), 3 (red, green, blue) or 4 (with opacity). The
            array that is given is copied, and cannot be written to.
    """

    pixels: Pixels

    def __post_init__(self) -> None:
        pixels = np.array(self.pixels, copy=True)
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4):
            raise ValueError(
                f"pixels are uint8 (H, W, 1 or 3 or 4), not {pixels.dtype} {pixels.shape}"
            )
        height, width, _ = pixels.shape
        check_size(width, height)
        pixels.setflags(write=False)
        object.__setattr__(self, "pixels", pixels)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Picture):
            return NotImplemented
        return self.title == other.title and np.array_equal(self.pixels, other.pixels)

    def __hash__(self) -> int:
        return hash((self.title, self.pixels.shape, self.pixels.tobytes()))

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    def rgb(self) -> Pixels:
        """The colours (H, W, 3) on white."""
        if self.pixels.shape[2] == 1:
            return np.repeat(self.pixels, 3, axis=2)
        if self.pixels.shape[2] == 3:
            return self.pixels
        opacity = self.pixels[..., 3:].astype(np.float32) / 255
        mixed = self.pixels[..., :3] * opacity + 255 * (1 - opacity)
        return np.round(mixed).astype(np.uint8)

    def grey(self) -> Pixels:
        """The luma (H, W) on white, by the weights of ITU-R BT.601."""
        if self.pixels.shape[2] == 1:
            return self.pixels[..., 0]
        weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
        return np.round(self.rgb() @ weights).astype(np.uint8)

    def palette(self, count: int = 5) -> list[str]:
        """The colours that stand for the picture, such as `"#d92b2b"`, the most frequent first.

        Median cut (Heckbert 1982) of the pixels that can be seen.
        """
        from PIL import Image

        seen = self.rgb().reshape(-1, 3)
        if self.pixels.shape[2] == 4 and (self.pixels[..., 3] > 127).any():
            seen = seen[self.pixels[..., 3].reshape(-1) > 127]
        strip = Image.fromarray(np.ascontiguousarray(seen[None]))
        cut = strip.quantize(max(1, min(count, 256)), method=Image.Quantize.MEDIANCUT)
        table = np.array(cut.getpalette() or [], dtype=np.int64).reshape(-1, 3)
        numbers, times = np.unique(np.asarray(cut), return_counts=True)
        chosen = numbers[np.argsort(-times, kind="stable")]
        return ["#{:02x}{:02x}{:02x}".format(*table[number]) for number in chosen]

    def __str__(self) -> str:
        step = max(1, -(-self.width // MOST_COLUMNS))
        grey = 255 - self.grey()[::step, ::step].astype(np.int64)
        if self.pixels.shape[2] == 1:
            grey = 255 - grey  # light on dark, as digits are
        levels = grey * len(_SHADES) // 256
        rows = ["".join(_SHADES[level] * 2 for level in row).rstrip() for row in levels]
        facts = f"{self.width} x {self.height} pixels, {_CHANNELS[self.pixels.shape[2]]}"
        return "\n".join([*rows, f"{self.title} · {facts}" if self.title else facts])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the picture, small ones enlarged by whole pixels."""
        from muse.works.formats.png import encode

        data = base64.b64encode(encode(self, ".png")).decode("ascii")
        shown = self.width * max(1, 192 // max(self.width, self.height))
        html = (
            f'<img alt="{escape(self.title, quote=True)}" width="{shown}" '
            f'style="image-rendering:pixelated" src="data:image/png;base64,{data}">'
        )
        return {"text/html": html, "text/plain": str(self)}


_CHANNELS = {1: "grey", 3: "colour", 4: "colour with opacity"}


def check_size(width: int, height: int) -> None:
    """Raise ValueError for a size that no picture of Muse has."""
    if not (1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE):
        raise ValueError(f"a side has 1 to {LARGEST_SIDE} pixels, not {width} x {height}")
    if width * height > MOST_PIXELS:
        raise ValueError(f"{width} x {height} pixels are more than {MOST_PIXELS:,}")


def grid(pictures: Sequence[Picture], columns: int | None = None, gap: int = 2) -> Picture:
    """Pictures of one size side by side in rows, as one picture.

    Args:
        pictures: all of the same shape.
        columns: in a row; as near a square as can be by default.
        gap: pixels between neighbours, black behind grey and white behind colours.

    Raises:
        ValueError: if there is none, or they are not of one shape.
    """
    shapes = {picture.pixels.shape for picture in pictures}
    if len(shapes) != 1:
        raise ValueError("a grid is made of pictures of one size, at least one")
    height, width, channels = shapes.pop()
    columns = columns or int(np.ceil(np.sqrt(len(pictures))))
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    size = (rows * (height + gap) - gap, columns * (width + gap) - gap, channels)
    sheet = np.full(size, {1: 0, 3: 255, 4: 0}[channels], np.uint8)
    for place, picture in enumerate(pictures):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        sheet[top : top + height, left : left + width] = picture.pixels
    return Picture(sheet)
