"""Pictures: round trips, bounds, sizes."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from muse.works.base import WishError
from muse.works.enlarging import doubled, enlarged, resized
from muse.works.formats import encode_work, open_work
from muse.works.formats.png import decode, encode
from muse.works.picture import Picture, grid

PIXELS = st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from((1, 3, 4))).flatmap(
    lambda shape: arrays.arrays(np.uint8, shape)
)


def random_picture(channels: int = 3, side: int = 8, **about: object) -> Picture:
    rng = np.random.default_rng(channels)
    return Picture(rng.integers(0, 256, (side, side, channels), dtype=np.uint8), **about)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(PIXELS, st.text(max_size=20))
def test_png_gives_back_what_it_was_given(pixels: np.ndarray, title: str) -> None:
    again = decode(encode(Picture(pixels, title=title), ".png"), "x.png")
    assert np.array_equal(again.pixels, pixels)
    assert again.title == title.replace("\0", " ").encode("utf-8", "replace").decode()


def test_the_account_is_read_back_and_labelled(tmp_path: Path) -> None:
    made = random_picture(provenance={"model": "digits-flow 1", "ai_generated": True, "seed": 3})
    again = open_work(made.save(tmp_path / "x.png"))
    assert isinstance(again, Picture) and np.array_equal(again.pixels, made.pixels)
    assert again.provenance["seed"] == 3 and again.provenance["AIGC"]["Label"] == "1"
    assert "AIGC" not in open_work(random_picture().save(tmp_path / "own.png")).provenance


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_read(mode: str) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = (
        Image.fromarray(ramp.astype(np.uint16) * 257)
        if mode == "I;16"
        else Image.fromarray(ramp).convert(mode)
    )
    held = io.BytesIO()
    image.save(held, "PNG")
    picture = decode(held.getvalue(), "x.png")
    wanted = np.where(ramp > 127, 255, 0) if mode == "1" else ramp
    # Black and white is dithered by Pillow: its mean tells whether it is the same ramp.
    assert abs(float(picture.grey().mean()) - float(wanted.mean())) < 3
    assert picture.pixels.shape[:2] == (16, 16)


def _bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + kind + body + crc

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        _bomb(100_000, 100_000),
        _bomb(8192, 8192),
        _bomb(0, 5),
        _bomb(2**31, 1),
        _bomb(300, 4000),
        encode(random_picture(), ".png")[:-30],
    ],
)
def test_bombs_and_ruins_are_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(WishError, match=r"^bad\.png[^\n]*$"):
        decode(data, "bad.png")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_spoiled_byte_never_breaks_the_reader(data: st.DataObject) -> None:
    good = bytearray(encode(random_picture(4), ".png"))
    good[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(WishError):
        assert isinstance(decode(bytes(good), "x.png"), Picture)


def test_pixels_are_kept_from_change() -> None:
    pixels = np.zeros((2, 2, 1), np.uint8)
    picture = Picture(pixels)
    pixels[:] = 9
    assert not picture.pixels.any()
    with pytest.raises(ValueError):
        picture.pixels[0, 0, 0] = 1
    for wrong in (pixels[..., 0], pixels.astype(float), np.zeros((2, 2, 2), np.uint8)):
        with pytest.raises(ValueError):
            Picture(wrong)


@settings(max_examples=30, deadline=None)
@given(PIXELS)
def test_doubling_brings_no_new_colour(pixels: np.ndarray) -> None:
    twice = doubled(pixels)
    assert twice.shape == (2 * pixels.shape[0], 2 * pixels.shape[1], pixels.shape[2])
    colours = {tuple(colour) for colour in pixels.reshape(-1, pixels.shape[2])}
    assert {tuple(colour) for colour in twice.reshape(-1, pixels.shape[2])} <= colours


def test_doubling_rounds_the_corners_of_a_square() -> None:
    square = np.zeros((8, 8, 1), np.uint8)
    square[2:6, 2:6] = 255
    twice = doubled(square)[..., 0] > 0
    assert twice.sum() == 8 * 8 - 4
    assert not twice[4, 4] and not twice[4, 11] and not twice[11, 4] and not twice[11, 11]


def test_sizes() -> None:
    picture = random_picture(4, 12)
    assert enlarged(picture, 100).pixels.shape == (100, 100, 4)
    assert resized(picture, 5, 7).pixels.shape == (7, 5, 4)
    flat = Picture(np.full((5, 5, 3), 77, np.uint8))
    assert (enlarged(flat, 512).pixels == 77).all()
    with pytest.raises(ValueError):
        enlarged(picture, 100_000)


def test_a_grid_holds_every_picture() -> None:
    pictures = [Picture(np.full((3, 4, 1), n + 1, np.uint8)) for n in range(5)]
    sheet = grid(pictures, gap=1)
    assert sheet.pixels.shape == (7, 14, 1)
    assert [int((sheet.pixels == n + 1).sum()) for n in range(5)] == [12] * 5
    with pytest.raises(ValueError):
        grid([*pictures, random_picture()])


def test_palette_and_terminal() -> None:
    pixels = np.zeros((10, 10, 4), np.uint8)
    pixels[:8] = (255, 0, 0, 255)
    pixels[8] = (0, 0, 255, 255)
    assert Picture(pixels).palette(2) == ["#ff0000", "#0000ff"]
    assert len(str(random_picture(1, 300)).splitlines()[0]) <= 128
    assert "image-rendering" in random_picture()._repr_mimebundle_()["text/html"]


def test_traced_outlines_hold_the_account() -> None:
    pytest.importorskip("vtracer")
    pixels = np.full((16, 16, 3), 255, np.uint8)
    pixels[4:12, 4:12] = (200, 0, 0)
    text = encode_work(
        Picture(pixels, provenance={"model": "icons 1", "ai_generated": True}), ".svg"
    )
    assert b"<path" in text and b"AIGC" in text and b"<script" not in text
