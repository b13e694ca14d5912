"""The painter: digits by four methods, icons from words. A wish becomes pictures, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from muse import __version__
from muse.makers import digit_methods
from muse.makers.digit_methods import Given
from muse.makers.dressing import history_of
from muse.makers.picture_wishes import METHODS, PictureWish, asked
from muse.works.base import WishError
from muse.works.enlarging import enlarged, resized
from muse.works.picture import Picture

PICTURE_KINDS = (*METHODS.values(), "digits-codes", "icons")
"""Kinds of bundles that a painter paints with."""


@dataclass(frozen=True)
class Painter:
    """Paints with one bundle.

    Attributes:
        bundle: of a kind of `PICTURE_KINDS`.
        mosaic: the bundle of kind digits-codes that turns codes to pictures, for digits-tokens.
    """

    bundle: Any
    mosaic: Any = None

    def paint(
        self, words: str = "", *, like: Picture | None = None, mask: Picture | None = None,
        **options: Any,
    ) -> Picture | list[Picture]:  # fmt: skip
        """A picture, or a list of them if `variations` is said.

        Args:
            words: what it shows, for icons.
            like: a picture to begin from; it is brought to the size that is drawn.
            mask: with `like`: what is white in it is drawn anew, all else stays.
            **options: see `PictureWish`.

        Raises:
            WishError: if the wish cannot be met.
        """
        wish = asked({"words": words, **options})
        *_, last = self._steps(wish, like, mask)
        settings = wish.settings()
        made = [
            self._sized(picture, wish).with_provenance(self._account(settings, piece, like))
            for piece, picture in enumerate(last)
        ]
        return made if "variations" in options else made[0]

    def stream(
        self, words: str = "", *, like: Picture | None = None, mask: Picture | None = None,
        **options: Any,
    ) -> Iterator[list[Picture]]:  # fmt: skip
        """The pictures as they become clear, after every step; stop asking to cancel."""
        wish = asked({"words": words, **options})
        for pictures in self._steps(wish, like, mask):
            yield [self._sized(picture, wish) for picture in pictures]

    def walk(self, digits: Sequence[int], *, count: int = 9, seed: int = 0) -> list[Picture]:
        """Pictures on the way from one digit to the next.

        Args:
            digits: two or more, passed in turn; the same one twice leads from one hand to another.
            count: of pictures, ends included.
            seed: of the places.

        Raises:
            WishError: if there is no way, or the bundle has no latents.
        """
        if len(digits) < 2 or any(digit not in range(10) for digit in digits):
            raise WishError(f"a walk leads through two or more digits 0 to 9, not {[*digits]}")
        if not len(digits) <= count <= 256:
            raise WishError(f"a walk has from {len(digits)} to 256 pictures, not {count}")
        with torch.inference_mode():
            found = list(
                digit_methods.walk_digits(
                    self.bundle.model, self.bundle.kind, tuple(digits), count, seed
                )
            )
        settings = {"digits": list(digits), "count": count, "seed": seed}
        return [
            Picture(_bytes(x)[0], title=f"{digits[0]} to {digits[-1]}").with_provenance(
                self._account(settings, piece, None, "walk")
            )
            for piece, x in enumerate(found)
        ]

    # How it is done ---------------------------------------------------------------------------

    def _steps(
        self, wish: PictureWish, like: Picture | None, mask: Picture | None
    ) -> Iterator[list[Picture]]:
        """The pictures after each step, in the size that the network draws."""
        self._check(wish, like, mask)
        title = wish.words or str(wish.digit)
        steps = self._drawn(wish, self._given(like, mask))
        while True:
            # The mode must not stay switched on while someone else has the turn.
            with torch.inference_mode():
                x = next(steps, None)
            if x is None:
                return
            yield [Picture(each, title=title) for each in _bytes(x)]

    def _drawn(self, wish: PictureWish, given: Given) -> Iterator[Tensor]:
        network, kind = self.bundle.model, self.bundle.kind
        if kind == "digits-flow":
            return digit_methods.flow_digits(network, wish, given)
        if kind == "digits-vae":
            return digit_methods.vae_digits(network, wish, given)
        if kind == "digits-gan":
            return digit_methods.gan_digits(network, wish, given)
        if kind == "digits-tokens" and self.mosaic is not None:
            return digit_methods.token_digits(network, self.mosaic.model, wish, given)
        if kind == "icons":
            from muse.makers.icon_method import icons

            return icons(network, wish, given)
        raise WishError(f"{self.bundle.name} is of kind {kind}: it paints nothing by itself")

    def _check(self, wish: PictureWish, like: Picture | None, mask: Picture | None) -> None:
        """Raise WishError for what this bundle cannot do."""
        kind, name = self.bundle.kind, self.bundle.name
        if (kind == "icons") != bool(wish.words):
            right = "words" if kind == "icons" else "--digit 0 to 9"
            raise WishError(f"{name} paints from {right}")
        if kind != "icons" and (wish.style or wish.negative):
            raise WishError(f"--style and --negative are for icons; {name} paints digits")
        if mask is not None and like is None:
            raise WishError("a mask needs the picture whose parts stay: --like")
        if mask is not None and like is not None and mask.pixels.shape[:2] != like.pixels.shape[:2]:
            raise WishError(
                f"the mask is {mask.width} x {mask.height}, the picture {like.width} x {like.height}"
            )
        if like is not None and kind in ("digits-gan", "digits-tokens"):
            raise WishError(f"{name} draws from nothing; --like works with vae, flow and icons")
        if mask is not None and kind == "digits-vae":
            raise WishError(f"{name} draws all at once; --mask works with flow and icons")

    def _given(self, like: Picture | None, mask: Picture | None) -> Given:
        if like is None:
            return Given()
        config = self.bundle.config
        small = resized(like, config.size, config.size)
        if getattr(config, "channels", 1) == 1:
            values = small.grey()[None].astype(np.float32)
        else:
            opacity = (
                small.pixels[..., 3]
                if small.pixels.shape[2] == 4
                else np.full_like(small.grey(), 255)
            )
            values = np.concatenate((small.rgb().transpose(2, 0, 1), opacity[None])).astype(
                np.float32
            )
        kept = None
        if mask is not None:
            white = resized(mask, config.size, config.size).grey() > 127
            kept = torch.from_numpy(~white)[None, None]
        return Given(torch.from_numpy(values)[None] / 127.5 - 1, kept)

    def _sized(self, picture: Picture, wish: PictureWish) -> Picture:
        return enlarged(picture, wish.size) if wish.size else picture

    def _account(
        self, settings: dict[str, Any], piece: int, before: Picture | None, verb: str = "paint"
    ) -> dict[str, Any]:
        """How a picture was made, as JSON values."""
        found = {
            "made_with": f"Muse {__version__}",
            "verb": verb,
            "model": f"{self.bundle.name} {self.bundle.version}",
            "seed": settings["seed"],
            "piece": piece,
            "rank": piece,
            "settings": settings,
            "data_licence": self.bundle.about.get("licence", ""),
            "ai_generated": True,
        }
        if before is not None:
            found["begun_from"] = before.title or "a given picture"
        return found | history_of(before)


def token_painter(bundle: Any) -> Painter:
    """The painter of a bundle of kind digits-tokens, with the mosaics that stand beside it.

    Raises:
        WishError: if there is no bundle digits-codes, or its mosaics are of other codes.
    """
    from muse.bundle_network import load_network
    from muse.hub import find_bundle
    from muse.tokens.mosaic import CODES, PLACES

    beside = bundle.folder.parent / "digits-codes"
    folder = beside if (beside / "config.json").is_file() else find_bundle("digits-codes")
    mosaic = load_network(folder)
    if mosaic.kind != "digits-codes":
        raise WishError(f"{folder} is a bundle of kind {mosaic.kind}, not of digits-codes")
    if mosaic.config.codes != CODES or mosaic.config.rows**2 != PLACES:
        raise WishError(f"{folder}: its mosaics are not of {PLACES} codes out of {CODES}")
    return Painter(bundle, mosaic)


def _bytes(x: Tensor) -> np.ndarray:
    """Pictures (B, H, W) or (B, C, H, W) in 0 to 1 as uint8 (B, H, W, C)."""
    x = x[:, None] if x.ndim == 3 else x
    return (x.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
