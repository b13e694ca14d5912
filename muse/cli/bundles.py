"""Verbs about bundles."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from muse.hub import bundle_folders, find_bundle
from muse.works.base import WishError


def models(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse models`: what is on the shelves."""
    found = []
    for name, folder in bundle_folders().items():
        try:
            about = json.loads((folder / "config.json").read_text(encoding="utf-8"))["muse"]
        except (OSError, ValueError, KeyError) as error:
            raise WishError(f"{folder / 'config.json'}: {error}") from error
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        found.append(
            {"name": name, "folder": str(folder), "megabytes": round(size / 1e6, 1)} | about
        )
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for each in found:
        print(f"{each['name']:10} {each['kind']:8} version {each.get('version', '?'):4} "
              f"{each['megabytes']:5.1f} MB  {each['folder']}")  # fmt: skip


def import_model(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse import-model`: a Llama-family checkpoint of others becomes a bundle."""
    from muse.importing import bundling

    print(bundling.import_model(Path(options.path), options.name))


def export(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse export`: a bundle is a Hugging Face folder already, so this is a copy."""
    source, target = find_bundle(options.name), Path(options.folder)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise WishError(f"{target} is there already and not empty; name a new folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as beside:
            # Copied beside it first, so that the folder appears whole or not at all.
            copy = Path(shutil.copytree(source, Path(beside) / "copy"))
            for path in (copy / "tokenizer").glob("tokenizer*.json"):
                shutil.copy(path, copy / path.name)
            copy.replace(target)
    except OSError as error:
        raise WishError(f"cannot write {target}: {error.strerror or error}") from error
    print(target)
