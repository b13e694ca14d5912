"""Pictures as SVG: areas of one colour traced as outlines by VTracer."""

from __future__ import annotations

from muse.works.base import WishError
from muse.works.enlarging import enlarged
from muse.works.picture import Picture

TRACED_SIDE = 512
"""Smaller pictures are enlarged to this before they are traced, so that outlines are smooth."""


def encode(picture: Picture, suffix: str) -> bytes:
    """The outlines of the picture.

    Raises:
        WishError: for another suffix, or if VTracer is not installed.
    """
    if suffix != ".svg":
        raise WishError(f"no format {suffix!r} for traced pictures; use .svg")
    try:
        import vtracer
    except ImportError as error:
        raise WishError("tracing pictures as SVG needs: pip install 'muse-engine[svg]'") from error
    if max(picture.width, picture.height) < TRACED_SIDE:
        picture = enlarged(picture, TRACED_SIDE)
    pixels = picture.rgb()
    opaque = [255] * (picture.width * picture.height)
    if picture.pixels.shape[2] == 4:
        pixels, opaque = picture.pixels[..., :3], picture.pixels[..., 3].reshape(-1).tolist()
    colours = pixels.reshape(-1, 3).tolist()
    text = vtracer.convert_pixels_to_svg(
        [(*colour, opacity) for colour, opacity in zip(colours, opaque)],
        (picture.width, picture.height), colormode="color", filter_speckle=4, color_precision=5,
    )  # fmt: skip
    return text.encode()
