"""The verb that shows a work of any kind, and how works are told in the terminal and as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from muse.works.audio import Audio
from muse.works.base import Work
from muse.works.picture import Picture
from muse.works.score import Score
from muse.works.wording import plain


def show(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse show`: the work in the terminal, and where it came from."""
    from muse.works.formats import READERS, open_work
    from muse.works.formats.picture_account import TOLD_SUFFIXES, account_in

    path = Path(options.file)
    if path.suffix.lower() in TOLD_SUFFIXES and path.suffix.lower() not in READERS:
        account = account_in(path)
        if options.json:
            print(json.dumps({"provenance": account}, ensure_ascii=False, indent=1))
        else:
            _print_account(account)
        return
    work = open_work(path)
    if options.json:
        print(json.dumps(summary(work, []), ensure_ascii=False, indent=1))
        return
    print(work_text(work) + "\n")
    _print_account(work.provenance)


def _print_account(provenance: Mapping[str, Any]) -> None:
    """Where a work came from, a line for each entry."""
    if not provenance:
        print("This file does not say that a program made it.")
        return
    print("Where it came from:")
    for name, value in provenance.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        print(f"  {plain(name, 60):13} {plain(text, 5_000)}")


def work_text(work: Work) -> str:
    """A work for the terminal."""
    if isinstance(work, Score):
        from muse.works.show import score_text

        return score_text(work)
    return str(work)


def summary(work: Work, written: Sequence[Path]) -> dict[str, Any]:
    """A work in a few words and figures, as JSON values; `written`: the files it stands in."""
    from muse.works.poem import Poem
    from muse.works.script import Script
    from muse.works.story import Story

    about: dict[str, Any] = {"title": work.title}
    if isinstance(work, Score):
        about |= {
            "bars": work.bars, "meter": str(work.meter), "key": str(work.key),
            "tempo": work.tempo, "notes": len(work.melody.notes),
        }  # fmt: skip
    elif isinstance(work, Poem):
        about |= {
            "author": work.author, "language": work.language, "form": work.form,
            "theme": work.theme, "locked": list(work.locked),
            "stanzas": [list(stanza) for stanza in work.stanzas],
        }  # fmt: skip
    elif isinstance(work, Script):
        about |= {
            "author": work.author, "setting": work.setting, "cast": list(work.cast),
            "elements": len(work.elements), "speeches": len(work.speeches),
            "lines": sum(len(speech.lines) for speech in work.speeches),
        }  # fmt: skip
    elif isinstance(work, Story):
        about |= {
            "author": work.author, "language": work.language, "theme": work.theme,
            "paragraphs": len(work.paragraphs), "words": len(work.text.split()),
            "characters": len(work.text),
        }  # fmt: skip
    elif isinstance(work, Audio):
        about |= {"seconds": work.seconds, "rate": work.rate, "channels": len(work.samples)}
    elif isinstance(work, Picture):
        channels = work.pixels.shape[2]
        about |= {"width": work.width, "height": work.height, "channels": channels}
    files = [str(path) for path in written]
    return about | {"files": files, "provenance": dict(work.provenance)}
