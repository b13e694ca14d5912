"""Pictures in other sizes: smooth by Lanczos, or with the edges of drawings by EPX."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from muse.works.picture import Picture, Pixels, check_size


def resized(picture: Picture, width: int, height: int) -> Picture:
    """The picture in another size, by Lanczos's windowed sinc over three lobes.

    Colours are weighted by their opacity, so that what cannot be seen does not bleed.

    Raises:
        ValueError: for a size that no picture has.
    """
    from PIL import Image

    check_size(width, height)
    pixels = picture.pixels
    if pixels.shape[:2] == (height, width):
        return picture
    planes = pixels.astype(np.float32)
    if pixels.shape[2] == 4:
        planes[..., :3] *= planes[..., 3:] / 255
    scaled = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(planes[..., channel])).resize(
                (width, height), Image.Resampling.LANCZOS
            )
        )
        for channel in range(pixels.shape[2])
    ]
    found = np.clip(np.stack(scaled, axis=-1), 0, 255)
    if pixels.shape[2] == 4:
        found[..., :3] *= 255 / np.maximum(found[..., 3:], 1)
    return replace(picture, pixels=np.round(np.clip(found, 0, 255)).astype(np.uint8))


def doubled(pixels: Pixels) -> Pixels:
    """Twice the size, where a corner takes the colour of the two neighbours that meet in it.

    EPX (Johnston 1992), also known as Scale2x: no colour comes in that was not there.

    Args:
        pixels: (H, W, C).
    """
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    above, below = padded[:-2, 1:-1], padded[2:, 1:-1]
    left, right = padded[1:-1, :-2], padded[1:-1, 2:]

    def same(a: Pixels, b: Pixels) -> np.ndarray:
        return (a == b).all(axis=-1, keepdims=True)

    out = np.repeat(np.repeat(pixels, 2, axis=0), 2, axis=1)
    corners = (
        (0, 0, above, left, below, right),
        (0, 1, above, right, below, left),
        (1, 0, below, left, above, right),
        (1, 1, below, right, above, left),
    )
    for row, column, one, other, across, beside in corners:
        take = same(one, other) & ~same(one, beside) & ~same(other, across)
        out[row::2, column::2] = np.where(take, one, pixels)
    return out


def enlarged(picture: Picture, size: int) -> Picture:
    """The picture with a longer side of `size` pixels: EPX as often as it fits, then Lanczos.

    Raises:
        ValueError: for a size that no picture has.
    """
    longer = max(picture.width, picture.height)
    width = max(1, round(picture.width * size / longer))
    height = max(1, round(picture.height * size / longer))
    check_size(width, height)
    pixels = picture.pixels
    while 2 * max(pixels.shape[:2]) <= size:
        pixels = doubled(pixels)
    return resized(replace(picture, pixels=pixels), width, height)
