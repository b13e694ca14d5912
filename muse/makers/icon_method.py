"""Icons from words by a flow; what the words are, and which of them are not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from muse.makers.digit_methods import Given, flow_steps
from muse.makers.picture_wishes import STYLES
from muse.tokens.captions import START, caption_ids
from muse.works.base import WishError

if TYPE_CHECKING:
    from muse.makers.picture_wishes import PictureWish

ICON_GUIDANCE = 3.0
"""Where none is said."""


def icon_ids(text: str, words: tuple[str, ...], what: str) -> list[int]:
    """The ids of a phrase.

    Raises:
        WishError: if none of its words is known; the message names some that are near.
    """
    ids, unknown = caption_ids(text, words)
    if text.strip() and not any(id > START for id in ids):
        near = [hit for word in unknown for hit in difflib.get_close_matches(word, words, 3, 0.6)]
        hint = f"; near it: {', '.join(near[:5])}" if near else ""
        raise WishError(f"none of {what} {text[:60]!r} is a word that the painter knows{hint}")
    return ids


def icons(network: Any, wish: PictureWish, given: Given) -> Iterator[Tensor]:
    """Icons (B, 4, H, W) in 0 to 1 after each step: colour and opacity.

    Raises:
        WishError: if no word of the wish is known.
    """
    config = network.config
    asked = torch.tensor([icon_ids(wish.words, config.words, "the words")] * wish.variations)
    unasked = [icon_ids(wish.negative, config.words, "--negative")] * wish.variations
    number = len(STYLES) if wish.style is None else STYLES.index(wish.style)
    style = torch.full((wish.variations,), number)
    shape = (config.channels, config.size, config.size)
    steps = flow_steps(
        network, wish, (asked, style), (torch.tensor(unasked), style), shape, given, ICON_GUIDANCE
    )
    for step in steps:
        yield off_white((step.fresh + 1) / 2)


def off_white(x: Tensor) -> Tensor:
    """Colour on white and opacity (B, 4, H, W), as the network has them, to colour and opacity."""
    opacity = x[:, 3:].clamp(0, 1)
    # What is nearly clear or nearly opaque is meant to be so.
    opacity = ((opacity - 0.08) / 0.84).clamp(0, 1)
    colour = (x[:, :3].clamp(0, 1) - (1 - opacity)) / opacity.clamp(min=0.05)
    return torch.cat((colour.clamp(0, 1), opacity), dim=1)
