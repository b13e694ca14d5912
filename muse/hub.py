"""Names of bundles to folders: a path, $MUSE_HOME (~/.muse), the wheel, the Hugging Face hub if installed."""

from __future__ import annotations

import os
import re
from pathlib import Path

from muse.works.base import WishError

TOKENIZERS = Path("tokenizers")
"""The shelf of trained pieces, in a checkout."""


def home() -> Path:
    """The folder of your own bundles: $MUSE_HOME, or .muse in your home folder."""
    return Path(os.environ.get("MUSE_HOME") or os.path.expanduser("~/.muse"))


def shelves() -> list[Path]:
    """Folders that hold bundles, first come first served."""
    return [home(), Path(__file__).parent / "bundles"]


def bundle_folders() -> dict[str, Path]:
    """All bundles on the shelves, by name."""
    found: dict[str, Path] = {}
    for shelf in shelves():
        for config in sorted(shelf.glob("*/config.json")):
            found.setdefault(config.parent.name, config.parent)
    return found


def find_bundle(name: str) -> Path:
    """The folder of a bundle.

    Args:
        name: a folder's path (with a slash in it), a name on the shelves, or `hf:owner/name`.

    Raises:
        WishError: if there is none; the message lists what there is.
    """
    if name.startswith("hf:"):
        return _from_hub(name.removeprefix("hf:"))
    if os.sep in name or name.startswith("."):
        if (Path(name) / "config.json").is_file():
            return Path(name)
        raise WishError(f"no bundle in the folder {name}: it has no config.json")
    found = bundle_folders()
    if re.fullmatch(r"[\w.-]+", name) and name in found:
        return found[name]
    known = ", ".join(found) or "none"
    raise WishError(f"no bundle named {name!r}; there are: {known}")


def tokenizer_path(name: str) -> Path:
    """The file `pieces.model` of a tokenizer: on the shelf `tokenizers/` of this checkout.

    Raises:
        WishError: if there is none of the name.
    """
    found = [
        shelf / name / "pieces.model"
        for shelf in (Path.cwd() / "tokenizers", Path(__file__).parents[1] / "tokenizers")
    ]
    if re.fullmatch(r"[\w-]+", name):
        for path in found:
            if path.is_file():
                return path
    raise WishError(f"no tokenizer {name!r} here: train it with muse train-tokenizer {name}")


def _from_hub(name: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise WishError("bundles from the hub need: pip install 'muse-engine[hub]'") from error
    patterns = ["*.json", "*.safetensors", "README.md", "tokenizer/*", "originality.index"]
    try:
        return Path(snapshot_download(name, allow_patterns=patterns))
    except Exception as error:  # the hub's library raises many kinds
        raise WishError(f"cannot get {name} from the hub: {error}") from error
