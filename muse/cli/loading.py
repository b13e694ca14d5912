"""How verbs get the maker that they ask: by its bundle's name, with the engine that was said."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any


def loaded(load: Callable[..., Any], name: str | None, options: argparse.Namespace) -> Any:
    """What `load(name, engine=...)` gives, set up to run on one thread.

    Raises:
        WishError: if there is no such bundle, or the engine of `--engine` is not here.
    """
    found = load(name, engine=options.engine or "auto")
    one_thread()
    return found


def one_thread() -> None:
    """Torch, where an engine has imported it, on one thread: small networks are slower on several."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
