"""PNG pictures (ISO/IEC 15948), read within bounds; the account stands in chunks of text."""

from __future__ import annotations

import io
import struct
import warnings

import numpy as np

from muse.works.base import WishError
from muse.works.formats.picture_account import png_account
from muse.works.picture import Picture, check_size

_HEAD = b"\x89PNG\r\n\x1a\n"


def encode(picture: Picture, suffix: str) -> bytes:
    """The picture, lossless, its title in the chunk `Title`. Raises WishError for another suffix.

    The account of how it was made is put in by `formats.encode_work`, as into all pictures.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    if suffix != ".png":
        raise WishError(f"no picture format {suffix!r}; use .png")
    pixels = picture.pixels[..., 0] if picture.pixels.shape[2] == 1 else picture.pixels
    told, held = PngInfo(), io.BytesIO()
    title = picture.title.replace("\0", " ").encode("utf-8", "replace").decode()
    if title:
        told.add_itxt("Title", title)
    Image.fromarray(pixels).save(held, "PNG", pnginfo=told, optimize=True)
    return held.getvalue()


def decode(data: bytes, name: str) -> Picture:
    """Read a PNG of any depth and colour type; of an animation the first picture.

    Raises:
        WishError: if it is no PNG, is damaged, or says a size that Muse does not read: told by
            its head, before any memory is spent on the pixels.
    """
    from PIL import Image

    if not data.startswith(_HEAD) or data[12:16] != b"IHDR" or len(data) < 33:
        raise WishError(f"{name} is no PNG picture")
    width, height = struct.unpack(">II", data[16:24])
    try:
        check_size(width, height)
    except ValueError as error:
        raise WishError(f"{name}: {error}") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=("PNG",))
            image.load()
            title = str(getattr(image, "text", {}).get("Title", ""))[:1000]
            pixels = _pixels(image)
    except Exception as error:  # Pillow raises errors of many types for damaged files
        raise WishError(f"{name} is a damaged PNG: {error}") from error
    return Picture(pixels, title=title, provenance=png_account(data, name))


def _pixels(image: object) -> np.ndarray:
    """The pixels (H, W, C) uint8 of an image of Pillow's."""
    from PIL.Image import Image

    assert isinstance(image, Image)
    if image.mode.startswith("I"):  # sixteen bits
        return (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)[..., None]
    if image.mode in ("L", "1"):
        mode = "RGBA" if "transparency" in image.info else "L"
    else:
        opaque = image.mode == "RGB" and "transparency" not in image.info
        opaque = opaque or (image.mode == "P" and "transparency" not in image.info)
        mode = "RGB" if opaque else "RGBA"
    pixels = np.asarray(image.convert(mode))
    return pixels[..., None] if pixels.ndim == 2 else pixels
