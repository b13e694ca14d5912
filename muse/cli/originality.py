"""The verbs of trust: what a work shares with the works that a model learned from; signing."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from muse.works.base import WishError


def originality(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse originality`: the longest shared passages, or a bundle's index is made."""
    if options.build:
        _build(options)
        return
    if options.from_shards:
        raise WishError("--from-shards goes with --build BUNDLE")
    if not options.file:
        raise WishError("say a file: muse originality FILE, or --build BUNDLE")
    if options.corpus and options.index:
        raise WishError("say --with BUNDLE or --index FILE, not both")
    from muse.evaluate import copy_check
    from muse.works.formats import open_work

    work = open_work(options.file)
    if options.index:
        report = copy_check.originality_by(work, Path(options.index))
    else:
        report = copy_check.originality(work, options.corpus)
    for out in options.out:
        report.save(out)
    print(report.to_json() if options.json else report)


def sign(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse sign`: a C2PA manifest with the user's own certificate, offline."""
    from muse.works.signing import sign

    path = Path(options.file)
    out = Path(options.out or options.file)
    print(sign(path, Path(options.certificate), Path(options.key), out))


def _build(options: argparse.Namespace) -> None:
    """Make the index of a bundle from the shards that it was trained on."""
    from muse.evaluate.copy_check import write_index
    from muse.evaluate.copy_corpus import build_index
    from muse.hub import find_bundle

    if options.file or options.corpus or options.index or not options.from_shards:
        raise WishError("it is: muse originality --build BUNDLE --from-shards FOLDER")
    folder = find_bundle(options.build)
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8"))["muse"]["kind"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WishError(f"{folder / 'config.json'} is no bundle of Muse: {error}") from error
    pieces = folder / "tokenizer" / "pieces.model"
    index = build_index(Path(options.from_shards), kind, pieces if pieces.is_file() else None)
    path = write_index(folder, index)
    size = path.stat().st_size
    print(f"{path}: {len(index.names):,} works, {len(index.hashes):,} shingles, {size:,} bytes")
