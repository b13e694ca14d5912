"""From sources to shards: read, tidy, find families, split, tokenise, and report on all of it."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from muse.data.families import families, fingerprint, split_of
from muse.data.readers import Reading, read_source
from muse.data.recipe import DatasetRecipe, checksum, find_files, load_dataset_recipe
from muse.data.shards import PieceInfo, write_shard
from muse.tokens.excerpt import excerpt
from muse.tokens.holes import renumbered
from muse.tokens.melody import Sheet, flatten, melody_vocabulary
from muse.tokens.melody_reading import segments
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import write_atomically
from muse.works.formats.json import decode, encode
from muse.works.score import Score

EMPTY_BARS_KEPT = 1


@dataclass(frozen=True)
class Piece:
    """A kept work with its source."""

    source: str
    where: str
    score: Score


def prepare_scores(
    names: Sequence[str], folder: Path | None, out: Path, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Read the sources `names` and write train, valid and test shards below `out`.

    Args:
        names: data recipes.
        folder: where the raw sources lie; None for sources that Python packages carry.
        out: folder of the shards; also gets `report.json`.
        say: gets a line of progress for each source.

    Returns:
        The report: for each source what was read, kept, dropped and why; families; splits.
    """
    pieces: list[Piece] = []
    report: dict[str, Any] = {"sources": {}}
    for name in names:
        recipe = load_dataset_recipe(name)
        files = find_files(recipe, folder)
        found = checksum(files)
        dropped: Counter[str] = Counter()
        before = len(pieces)
        for reading in cached_readings(recipe, files, found, out.parent / "cache"):
            if reading.score is None:
                dropped[reading.dropped] += 1
            else:
                pieces.append(Piece(recipe.name, reading.where, reading.score))
        kept = len(pieces) - before
        report["sources"][recipe.name] = {
            "title": recipe.title, "licence": recipe.licence, "files": len(files),
            "sha256": found, "as_in_recipe": not recipe.sha256 or recipe.sha256 == found,
            "read": kept + sum(dropped.values()), "kept": kept, "dropped": dict(dropped),
        }  # fmt: skip
        say(
            f"{recipe.name}: kept {kept} of {kept + sum(dropped.values())}; dropped {dict(dropped)}"
        )
    pieces, same = without_copies(pieces)
    report["exact copies left out"] = same
    groups = families(
        [fingerprint(p.score.melody.notes) for p in pieces], [p.score.title for p in pieces]
    )
    report["families"] = len(set(groups))
    say(f"{len(pieces)} works in {report['families']} families; {same} exact copies left out")
    splits: dict[str, list[tuple[list[int], PieceInfo]]] = {"train": [], "valid": [], "test": []}
    for piece, group in zip(pieces, groups):
        family = f"{pieces[group].source}:{pieces[group].where}"
        try:
            sheet = without_empty_bars(MelodyTokenizer().sheet(piece.score, _has_tempo(piece)))
        except (ValueError, KeyError) as error:
            report["sources"][piece.source]["dropped"][f"tokens: {error}"[:80]] = 1
            continue
        info = PieceInfo(
            piece.source, piece.score.title or piece.where, family,
            sum(len(p.notes) for p in piece.score.parts), piece.score.style,
        )  # fmt: skip
        splits[split_of(family)].append((flatten(sheet), info))
    vocabulary = len(melody_vocabulary())
    report["splits"] = {
        split: write_shard(out / f"{split}.bin", found, "melody", vocabulary)
        for split, found in splits.items()
    }
    write_atomically(out / "report.json", msgspec.json.format(msgspec.json.encode(report)))
    return report


def cached_readings(
    recipe: DatasetRecipe, files: list[Path], key: str, folder: Path
) -> Iterator[Reading]:
    """The works of a source, read once: slow formats take minutes. `key` is the files' checksum."""
    digest = hashlib.sha256(msgspec.json.encode(recipe) + key.encode()).hexdigest()
    path = folder / f"{recipe.name}-{digest[:16]}.jsonl"
    if not path.exists():
        lines = []
        for reading in read_source(recipe, files, processes=os.cpu_count() or 1):
            score = reading.score and encode(reading.score, ".json").decode()
            lines.append(msgspec.json.encode([reading.where, reading.dropped, score]))
        write_atomically(path, b"\n".join(lines))
    for line in path.read_bytes().splitlines():
        where, dropped, score = msgspec.json.decode(line)
        yield Reading(where, decode(score.encode(), where) if score else None, dropped)


def without_copies(pieces: list[Piece]) -> tuple[list[Piece], int]:
    """The pieces without those whose notes equal an earlier one's in any key, and how many went."""
    seen: set[tuple[tuple[int, int, int], ...]] = set()
    kept = []
    for piece in pieces:
        notes = piece.score.melody.notes
        first = notes[0]
        shape = tuple((n.start - first.start, n.length, n.pitch - first.pitch) for n in notes)
        if shape not in seen:
            seen.add(shape)
            kept.append(piece)
    return kept, len(pieces) - len(kept)


def without_empty_bars(sheet: Sheet) -> Sheet:
    """The sheet without silent bars at its ends and without the later ones of a silent run.

    Songs rest while the piano plays; a lead melody should not learn to. What a bar that goes
    brought of meter, key and chord is said by the next one that stays.
    """
    silent = [
        all(
            names == ["Rest"]
            for line in bar.lines[int(melody_vocabulary()["Chords"] in sheet.header) :]
            for names, _, _ in segments(line, bar.start, bar.ticks)
        )
        for bar in sheet.bars
    ]
    if not any(silent):
        return sheet
    sounding = [place for place, empty in enumerate(silent) if not empty]
    kept, run = [], 0
    for place in range(sounding[0], sounding[-1] + 1):
        run = run + 1 if silent[place] else 0
        if run <= EMPTY_BARS_KEPT:
            kept.append(place)
    found = excerpt(sheet, kept)
    return renumbered(found.header, found.bars)


def _has_tempo(piece: Piece) -> bool:
    """Whether the source states a tempo; 120 is what files say that state none."""
    return abs(piece.score.tempo - 120) > 0.5
