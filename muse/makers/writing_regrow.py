"""Scenes and stories made again from the settings that their accounts tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from muse.bundle import Bundle
from muse.makers.dramatist import Dramatist
from muse.makers.storyteller import Storyteller
from muse.works.base import WishError
from muse.works.script import Script
from muse.works.story import Story


def scripts_again(bundle: Bundle, made: Script, verb: str, settings: dict[str, Any]) -> Any:
    """The scripts of a verb and its settings; what was given is read from the script itself.

    Raises:
        WishError: if the settings cannot be met.
    """
    dramatist = Dramatist(bundle)
    options = {name: settings[name] for name in settings if name not in ("elements", "speech")}
    if verb == "write":
        return dramatist.write(**options)
    if verb == "continue":
        given = replace(made, elements=made.elements[: int(settings["elements"])])
        return dramatist.continue_(given, **options)
    if verb == "redo":
        options["alternatives"] = options.pop("variations", 1)
        return dramatist.redo(made, settings["speech"], **options)
    raise WishError(f"unknown verb {verb!r} in the file's account of how it was made")


def stories_again(bundle: Bundle, made: Story, verb: str, settings: dict[str, Any]) -> Any:
    """The stories of a verb and its settings. Raises WishError if they cannot be met."""
    teller = Storyteller(bundle)
    options = {name: settings[name] for name in settings if name != "given"}
    if verb == "write":
        return teller.write(**options)
    if verb == "continue":
        count, letters = map(int, settings["given"])
        kept = made.paragraphs[:count]
        given = replace(made, paragraphs=(*kept[:-1], kept[-1][:letters]))
        return teller.continue_(given, **options)
    raise WishError(f"unknown verb {verb!r} in the file's account of how it was made")
