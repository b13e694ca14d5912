"""Wish to work: makers, each with a trained bundle."""

from __future__ import annotations

from typing import Any


def load_maker(name: str) -> Any:
    """The maker of a bundle, by name: a composer, a poet or a dramatist. Raises WishError."""
    # Imported here, so that wishes can be checked without torch.
    from muse.bundle import load_bundle
    from muse.hub import find_bundle

    return maker_of(load_bundle(find_bundle(name), name))


def maker_of(bundle: Any) -> Any:
    """The maker that a loaded bundle is for. Raises WishError for a kind that none is for."""
    from muse.works.base import WishError

    if bundle.kind in ("melody", "chorale"):
        from muse.makers.composer import Composer

        return Composer(bundle)
    if bundle.kind in ("verse-zh", "verse-en"):
        from muse.makers.poet import Poet

        return Poet(bundle)
    if bundle.kind == "script-en":
        from muse.makers.dramatist import Dramatist

        return Dramatist(bundle)
    raise WishError(
        f"{bundle.name} is a bundle of kind {bundle.kind}: it writes no works by itself"
    )
