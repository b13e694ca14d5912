"""How English verse and scenes are shown in training: order, header, labels, holes and crop.

Shards hold each poem forward, with all that is known of it. What a wish may leave out is left out
here, at random and anew in each epoch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from muse.tokens.english import EnglishPieces
from muse.tokens.english_scene import PartIds, SceneIds, flatten_scene
from muse.tokens.english_scene_reading import read_scene
from muse.tokens.english_values import RHYME_REACH
from muse.tokens.english_verse import (
    BlockIds,
    LineIds,
    VerseIds,
    flatten_verse,
    header_ids,
    read_verse,
)

BACKWARD = 0.75
AUTHOR, TITLE, THEME, METRE = 0.5, 0.5, 0.4, 0.15
"""How often each field of the header is left out."""
SYLLABLES, RHYMES = 0.15, 0.1
"""How often all counts of syllables, and all rhyme labels, are left out."""
SETTING = 0.4
HOLES = 0.3
MOST_THEMES = 4


@dataclass(frozen=True)
class EnglishDraw:
    """How a piece is shown: a poem as `shown_verse` says, a scene as `shown_scene` does."""

    pieces: EnglishPieces

    def __call__(self, piece: np.ndarray, most: int, rng: np.random.Generator) -> list[int]:
        ids = piece.tolist()
        if self.pieces["Form_scene"] in ids[1:2]:
            return shown_scene(read_scene(ids, self.pieces), self.pieces, most, rng)
        return shown_verse(read_verse(ids, self.pieces), self.pieces, most, rng)


def shown_verse(
    verse: VerseIds, pieces: EnglishPieces, most: int, rng: np.random.Generator
) -> list[int]:
    """A poem's ids: mostly backward, some of its header and labels unsaid, some lines as holes."""
    backward = bool(rng.random() < BACKWARD)
    if rng.random() < AUTHOR:
        verse.author = []
    if rng.random() < TITLE:
        verse.title = []
    verse.themes = some_themes(verse.themes, rng)
    if rng.random() < METRE:
        verse.metre = None
    if rng.random() < SYLLABLES:
        unsaid = pieces["Syllables_any"]
        for line in verse.lines:
            line.openers = [*line.openers[:-1], unsaid]
    unlabelled = bool(rng.random() < RHYMES)
    holes = rng.random() < HOLES
    room = most - len(header_ids(verse, pieces, backward)) - (4 if holes else 3)
    verse = cropped_verse(verse, pieces, room, 4 if holes else 0, rng)
    if unlabelled:
        for line in verse.lines:
            line.openers = line.openers[-1:]
    missing = random_lines(verse, rng) if holes else set()
    return flatten_verse(verse, pieces, backward, missing)[:most]


def some_themes(candidates: list[list[int]], rng: np.random.Generator) -> list[list[int]]:
    """One to four of the candidates, or none."""
    if not candidates or rng.random() < THEME:
        return []
    count = int(rng.integers(1, min(MOST_THEMES, len(candidates)) + 1))
    chosen = rng.permutation(len(candidates))[:count]
    return [candidates[int(each)] for each in chosen]


def size_of(line: LineIds) -> int:
    """How many ids a line has."""
    return len(line.openers) + sum(map(len, line.units or ()))


def cropped_verse(
    verse: VerseIds, pieces: EnglishPieces, room: int, spare: int, rng: np.random.Generator
) -> VerseIds:
    """The poem, or whole lines of it that fit into `room` ids; `spare` more for each line.

    A crop begins with a stanza (or sixteen lines of one), mostly the first. What counts down, counts
    to the poem's true end.
    """
    sizes = [2 + sum(size_of(line) + spare for line in block.lines) for block in verse.blocks]
    if sum(sizes) <= room:
        return verse
    last, total = len(sizes), 0
    while last > 0 and total + sizes[last - 1] <= room:
        last -= 1
        total += sizes[last]
    first = 0 if rng.random() < 0.4 else int(rng.integers(0, min(last, len(sizes) - 1) + 1))
    blocks: list[BlockIds] = []
    for block in verse.blocks[first:]:
        kept = BlockIds(block.head)
        room -= 2
        for line in block.lines:
            room -= size_of(line) + spare
            if room < 0:
                break
            kept.lines.append(line)
        if kept.lines:
            blocks.append(kept)
        if room < 0:
            break
    verse.blocks = blocks
    verse.ended = verse.ended and room >= 0
    relabel(verse, pieces)
    return verse


def relabel(verse: VerseIds, pieces: EnglishPieces) -> None:
    """Take back what the labels say of lines that are not here: rhymes with lines cut off."""
    lines = verse.lines
    first, none, waits = (pieces[f"Rhyme_{each}"] for each in ("1", "none", "open"))
    labels = [line.openers[0] if len(line.openers) > 1 else -1 for line in lines]
    answered = {
        place - (label - first + 1)
        for place, label in enumerate(labels)
        if first <= label < first + RHYME_REACH
    }
    for place, (line, label) in enumerate(zip(lines, labels)):
        far = first <= label < first + RHYME_REACH and label - first + 1 > place
        if far:
            line.openers = [waits if place in answered else none, *line.openers[1:]]


def random_lines(verse: VerseIds, rng: np.random.Generator) -> set[int]:
    """Lines as people ask for them anew: one, a run, several anywhere, or a stanza."""
    count = len(verse.lines)
    if count < 2:
        return set()
    kind = rng.random()
    if kind < 0.35:
        return {int(rng.integers(count))}
    if kind < 0.6:
        length = int(rng.integers(1, max(2, count // 2) + 1))
        start = int(rng.integers(0, count - length + 1))
        return set(range(start, start + length))
    if kind < 0.8 or len(verse.blocks) < 2:
        some = rng.permutation(count)[: int(rng.integers(1, max(2, count // 2) + 1))]
        return {int(each) for each in some}
    block = int(rng.integers(len(verse.blocks)))
    start = sum(len(each.lines) for each in verse.blocks[:block])
    return set(range(start, start + len(verse.blocks[block].lines)))


def shown_scene(
    scene: SceneIds, pieces: EnglishPieces, most: int, rng: np.random.Generator
) -> list[int]:
    """A scene's ids: forward, some of its header unsaid, some speeches as holes."""
    scene.author = [] if rng.random() < AUTHOR else scene.author
    scene.title = [] if rng.random() < TITLE else scene.title
    scene.setting = [] if rng.random() < SETTING else scene.setting
    head = 6 + len(scene.author) + len(scene.title) + len(scene.setting) + len(scene.cast)
    holes = rng.random() < HOLES
    room, kept = most - head, list[PartIds]()
    for part in scene.parts:
        room -= len(part.ids or []) + 3 + (4 if holes else 0)
        if room < 0 and kept:
            scene.ended = False
            break
        kept.append(part)
    scene.parts = kept
    return flatten_scene(scene, pieces, random_parts(scene, rng) if holes else ())[:most]


def random_parts(scene: SceneIds, rng: np.random.Generator) -> set[int]:
    """Speeches to be written anew: one, a run, or several anywhere."""
    spoken = [place for place, part in enumerate(scene.parts) if part.speaker is not None]
    if len(spoken) < 2:
        return set()
    kind = rng.random()
    if kind < 0.4:
        return {spoken[int(rng.integers(len(spoken)))]}
    length = int(rng.integers(1, max(2, len(spoken) // 3) + 1))
    if kind < 0.7:
        start = int(rng.integers(0, len(spoken) - length + 1))
        return set(spoken[start : start + length])
    return {spoken[int(each)] for each in rng.permutation(len(spoken))[:length]}
