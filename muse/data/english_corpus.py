"""The English corpus: poems and plays read, chosen, labelled and split, once for all uses."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from muse.data.english_labels import (
    as_limerick,
    form_of,
    labels_of,
    metre_of,
    strange_share,
)
from muse.data.english_plays import RawScene, book_folders, read_book_of_poems, read_play
from muse.data.english_poems import RawPoem, author_key, plain_author, read_poems
from muse.data.recipe import DatasetRecipe
from muse.theory.lexicon import commonness
from muse.theory.prosody_en import FUNCTION_WORDS
from muse.tokens.english_values import Verse, VerseLine
from muse.tokens.units import is_word, units_of
from muse.works.base import write_atomically

SPLITS = ("train", "valid", "test")
EDITION = 1
"""To be raised when works are read, chosen or labelled otherwise: older caches are then stale."""
LYRIC_LINES = 60
"""Poems up to so many lines are kept whoever wrote them; longer ones of well-known authors alone."""
MOST_LINES = 600
MOST_STRANGE = 0.2
_COPY = 0.5
"""A poem that shares so many of its lines with an earlier one is a copy of it."""


class Poem(msgspec.Struct, frozen=True):
    """A labelled poem of the corpus. `themes` are all its candidates, the best first."""

    source: str
    split: str
    family: str
    verse: Verse


class Play(msgspec.Struct, frozen=True):
    """The scenes of a play."""

    source: str
    split: str
    family: str
    scenes: list[RawScene]


class Corpus(msgspec.Struct, frozen=True):
    """All works, and the report of what was read, kept and dropped."""

    poems: list[Poem]
    plays: list[Play]
    report: dict[str, Any]


def split_of(family: str) -> str:
    """ "train", "valid" or "test" (94/3/3) by a hash of the family's name."""
    place = int.from_bytes(hashlib.sha256(family.encode()).digest()[:4], "big") % 100
    return "train" if place < 94 else "valid" if place < 97 else "test"


def read_corpus(
    poetry: DatasetRecipe, poems: Path, plays_recipe: DatasetRecipe, plays: Path,
    checksums: Sequence[str], cache: Path, say: Callable[[str], None] = print,
) -> Corpus:  # fmt: skip
    """The corpus of two sources; read in minutes once, then from `cache` in seconds.

    Args:
        poetry, poems: recipe and file of the poems.
        plays_recipe, plays: recipe and folder of the plays.
        checksums: of the files of both.
        cache: folder of what was read before.
        say: gets a line of progress now and then.
    """
    said = [EDITION, poetry.well_known, plays_recipe.held_out, checksums]
    key = hashlib.sha256(msgspec.json.encode(said)).hexdigest()
    path = cache / f"english-{key[:16]}.msgpack"
    if path.is_file():
        return msgspec.msgpack.decode(path.read_bytes(), type=Corpus)
    corpus = made_corpus(poetry, poems, plays_recipe, plays, say)
    write_atomically(path, msgspec.msgpack.encode(corpus))
    return corpus


def made_corpus(
    poetry: DatasetRecipe, poems: Path, plays_recipe: DatasetRecipe, plays: Path,
    say: Callable[[str], None] = print,
) -> Corpus:  # fmt: skip
    """The corpus, read anew."""
    raw: list[tuple[str, RawPoem]] = []
    found_plays: list[Play] = []
    for folder in book_folders(plays):
        raw += [(plays_recipe.name, poem) for poem in read_book_of_poems(folder)]
        scenes = list(read_play(folder))
        if scenes:
            family = f"play {scenes[0].title}"
            split = split_of(family)
            if scenes[0].title in plays_recipe.held_out:
                split = "test"
            found_plays.append(Play(plays_recipe.name, split, family, scenes))
    say(f"{plays_recipe.name}: {len(found_plays)} plays, {len(raw)} poems")
    raw += [(poetry.name, poem) for poem in read_poems(poems)]
    say(f"{len(raw)} poems read")
    kept, dropped = chosen(raw, poetry.well_known)
    say(f"{len(kept)} poems kept; dropped {dict(dropped)}")
    labelled = labelled_poems(kept, say)
    labelled, crossing = without_crossings(labelled)
    labelled = with_themes(labelled)
    dropped["shares lines with a held-out poem"] += crossing
    report = {
        "poems": {"read": len(raw), "kept": len(labelled), "dropped": dict(dropped)},
        "plays": {
            split: sorted(play.scenes[0].title for play in found_plays if play.split == split)
            for split in SPLITS
        },
        "forms": dict(Counter(poem.verse.form for poem in labelled).most_common()),
        "metres": dict(Counter(poem.verse.metre for poem in labelled).most_common()),
        "held-out authors": sorted({p.family for p in labelled if p.split != "train"}),
    }
    return Corpus(labelled, found_plays, report)


def chosen(
    raw: Sequence[tuple[str, RawPoem]], well_known: Iterable[str]
) -> tuple[list[tuple[str, RawPoem]], Counter[str]]:
    """The poems that are kept, and how many were dropped for what reason."""
    known = {author_key(plain_author(name)) for name in well_known}
    dropped: Counter[str] = Counter()
    seen: set[str] = set()
    kept = []
    ranked = sorted(
        range(len(raw)),
        key=lambda n: (raw[n][0] == "pd-poetry", author_key(raw[n][1].author) not in known, n),
    )
    for place in ranked:
        source, poem = raw[place]
        lines = [line for stanza in poem.stanzas for line in stanza]
        reason = poem.dropped
        if not reason and len(lines) > MOST_LINES:
            reason = f"over {MOST_LINES} lines"
        if not reason and len(lines) > LYRIC_LINES and author_key(poem.author) not in known:
            reason = f"over {LYRIC_LINES} lines and not among the well-known authors"
        if not reason and strange_share(poem.stanzas) > MOST_STRANGE:
            reason = "over 20 % unknown words: dialect or another language"
        keys = [key for line in lines if len(key := line_key(line)) >= 12]
        if not reason and keys and sum(key in seen for key in keys) >= _COPY * len(keys):
            reason = "a copy of another poem"
        if reason:
            dropped[reason] += 1
            continue
        seen.update(keys)
        kept.append((source, poem))
    return kept, dropped


def line_key(line: str) -> str:
    """The letters of a line, for comparing."""
    return re.sub(r"[^a-z]", "", line.lower())


def labelled_poems(poems: Sequence[tuple[str, RawPoem]], say: Callable[[str], None]) -> list[Poem]:
    """Poems with labels, metre and form; their themes come later."""
    out = []
    for number, (source, poem) in enumerate(poems):
        stanzas: list[Sequence[str]] = [list(stanza) for stanza in poem.stanzas]
        if len(stanzas) == 1 and len(stanzas[0]) == 4:
            stanzas = [as_limerick(stanzas[0]) or stanzas[0]]
        labels = labels_of(stanzas)
        metre = metre_of(stanzas)
        verse = Verse(
            tuple(
                tuple(VerseLine(line, label) for line, label in zip(stanza, row))
                for stanza, row in zip(stanzas, labels)
            ),
            form_of(labels, metre), metre, poem.author, poem.title,
        )  # fmt: skip
        family = author_key(poem.author) or poem.title
        out.append(Poem(source, split_of(family), family, verse))
        if (number + 1) % 4000 == 0:
            say(f"{number + 1} poems labelled")
    return out


def with_themes(poems: Sequence[Poem]) -> list[Poem]:
    """The poems with candidates for their themes."""
    words = [content_words(poem.verse) for poem in poems]
    documents: Counter[str] = Counter()
    for counts in words:
        documents.update(counts.keys())
    return [
        Poem(
            p.source,
            p.split,
            p.family,
            replace(p.verse, themes=themes_of(p.verse, counts, documents, len(poems))),
        )
        for p, counts in zip(poems, words)
    ]


def content_words(verse: Verse) -> Counter[str]:
    """How often each word that bears meaning stands in a poem, in small letters."""
    found: Counter[str] = Counter()
    for stanza in verse.stanzas:
        for line in stanza:
            found.update(_content(units_of(line.text)))
    return found


def _content(units: Iterable[str]) -> list[str]:
    words = (unit.lower() for unit in units if is_word(unit))
    return [
        each
        for each in words
        if len(each) > 3 and each.isalpha() and each not in _COMMON and each not in FUNCTION_WORDS
    ]


_COMMON_TEXT = (
    "about above after again against also another away back because been before behind being "
    "below beneath beside between beyond came come comes could does done down each either else "
    "even ever every first from give given goes gone hast hath have having here hers himself "
    "into itself just keep knew know known last least less like little long made make many might "
    "more most much must myself near never none nothing often once only other ours over rather "
    "said same says seem seems seen shall should since some soon still such take tell than that "
    "thee their them then there these they thine thing things this those thou though through thus "
    "till together told took toward under unto until upon very want well went were what when "
    "where which while whom whose will with within without would your yours call called calls "
    "find found left look looked looks stand stood turn turned "
    "accompanied addressed book canto chapter inscribed lines miss mister part poem poems song "
    "songs sonnet sonnets stanzas verses volume written"
)
_COMMON = frozenset(_COMMON_TEXT.split())
"""Words that are no theme: they stand in every poem, or name a poem's kind."""


def themes_of(
    verse: Verse, counts: Counter[str], documents: Counter[str], total: int
) -> tuple[str, ...]:
    """Candidates for a poem's themes: words of its title, then its eight weightiest by tf-idf."""
    common = commonness()
    title = [each for each in dict.fromkeys(_content(units_of(verse.title))) if each in common]
    weights = {
        word: count * math.log(total / documents[word])
        for word, count in counts.items()
        if word in common and documents[word] >= 5
    }
    best = sorted(weights, key=lambda word: (-weights[word], word))[:8]
    return tuple(dict.fromkeys([*title[:4], *best]))


def without_crossings(poems: list[Poem]) -> tuple[list[Poem], int]:
    """The poems without those of the training split that share lines with a held-out one."""
    held: set[str] = set()
    for poem in poems:
        if poem.split != "train":
            held.update(_long_keys(poem))
    kept = [p for p in poems if p.split != "train" or sum(k in held for k in _long_keys(p)) < 2]
    return kept, len(poems) - len(kept)


def _long_keys(poem: Poem) -> list[str]:
    keys = (line_key(line.text) for stanza in poem.verse.stanzas for line in stanza)
    return [key for key in keys if len(key) >= 20]
