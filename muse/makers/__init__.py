"""Wish to work: makers, each with a trained bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from muse.makers.composer import Composer


def load_maker(name: str) -> Composer:
    """The maker of a bundle, by name. Raises WishError."""
    # Imported here, so that wishes can be checked without torch.
    from muse.bundle import load_bundle
    from muse.hub import find_bundle
    from muse.makers.composer import Composer

    return Composer(load_bundle(find_bundle(name), name))
