"""Wish to work: makers, each with a trained bundle."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

NETWORK_MAKERS: dict[str, tuple[str, str]] = {
    "blend": ("muse.makers.blender", "Blender"),
    "acoustic": ("muse.makers.performer", "performer_of"),
    "voice-gan": ("muse.makers.performer", "performer_of"),
    "voice-flow": ("muse.makers.performer", "performer_of"),
    **{
        f"digits-{method}": ("muse.makers.painter", "Painter")
        for method in ("flow", "vae", "gan", "codes")
    },
    "icons": ("muse.makers.painter", "Painter"),
}
"""Makers of bundles that hold no decoder: by kind, the module and the class."""


def load_maker(name: str, engine: str = "auto", precision: str | None = None) -> Any:
    """The maker of a bundle, by name: a composer, a poet or a dramatist.

    Args:
        name: of the bundle.
        engine: which one draws: "auto", "torch" or "native".
        precision: of its weights; None takes the engine's usual one.

    Raises:
        WishError: if there is no such bundle, or the engine is not here.
    """
    # Imported here, so that wishes can be checked without what loads a bundle.
    from muse.bundle import load_bundle
    from muse.hub import find_bundle

    folder = find_bundle(name)
    kind = bundle_kind(folder)
    if kind in NETWORK_MAKERS:
        from muse.bundle_network import load_network

        module, maker = NETWORK_MAKERS[kind]
        return getattr(import_module(module), maker)(load_network(folder, name))
    return maker_of(load_bundle(folder, name, engine, precision))


def bundle_kind(folder: Path) -> str:
    """The kind that a bundle's config names, empty if it names none. Raises WishError."""
    from muse.bundle_files import read_json

    about = read_json(folder / "config.json", dict).get("muse")
    return str(about.get("kind", "")) if isinstance(about, dict) else ""


def maker_of(bundle: Any) -> Any:
    """The maker that a loaded bundle is for. Raises WishError for a kind that none is for."""
    from muse.works.base import WishError

    if bundle.kind in ("melody", "chorale"):
        from muse.makers.composer import Composer

        return Composer(bundle)
    if bundle.kind in ("verse-zh", "verse-en", "language"):
        from muse.makers.poet import Poet

        return Poet(bundle)
    if bundle.kind == "script-en":
        from muse.makers.dramatist import Dramatist

        return Dramatist(bundle)
    if bundle.kind == "digits-tokens":
        from muse.makers.painter import token_painter

        return token_painter(bundle)
    raise WishError(
        f"{bundle.name} is a bundle of kind {bundle.kind}: it writes no works by itself"
    )
