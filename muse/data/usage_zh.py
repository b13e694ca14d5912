"""Count how poets use characters of two tones, into `muse/theory/data/pingshui.json`.

Run after `muse.data.rhymes_zh`: `python -m muse.data.usage_zh CHINESE_POETRY_DIST`, the `dist`
folder of npm's `chinese-poetry` (MIT). A poem counts when it scans without a departure with its two-tone
characters left open; then each of them that stands at an even place has the tone that the pattern
asks for there. The line's end is left out: rhyme brings out readings that are not used elsewhere.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from muse.data.rhymes_zh import write_packed
from muse.theory.regulated_zh import match_regulated
from muse.theory.rhyme_books import PING, is_han, rhyme_groups


def main(poems: Path) -> None:
    """Count over the Tang and Song poems and write the counts into the packed file."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    cache: dict[str, str] = {}

    def both(character: str) -> str:
        if character not in cache:
            found = "".join(sorted({g.level for g in rhyme_groups(character)}))
            cache[character] = found or "平仄"
        return cache[character]

    for lines in regulated(poems):
        match = match_regulated([[both(c) for c in line] for line in lines])
        if match is None or match.departures:
            continue
        for line, template in zip(lines, match.wanted):
            if template.endswith("平仄平仄"):
                continue
            for place in range(1, len(line) - 1, 2):
                character = line[place]
                if len(both(character)) == 2 and rhyme_groups(character):
                    counts[character][template[place] != PING] += 1
    source = Path(str(resources.files("muse.theory"))) / "data" / "pingshui.json"
    packed = json.loads(source.read_text("utf-8"))
    packed["usage"] = {c: n for c, n in sorted(counts.items()) if sum(n) >= 5}
    write_packed(packed)
    print(len(packed["usage"]), "characters counted")


def regulated(poems: Path) -> Iterator[list[str]]:
    """The poems of four and eight lines of five or seven characters, without duplicates."""
    seen = set()
    for path in sorted(poems.glob("quantangshi/poet.*.json")):
        for poem in json.loads(path.read_text("utf-8")):
            lines = [c for c in re.split(r"[，。？！；、：\s]+", "".join(poem["paragraphs"])) if c]
            text = "".join(lines)
            if len(lines) in (4, 8) and len(lines[0]) in (5, 7) and text not in seen:
                seen.add(text)
                if all(len(n) == len(lines[0]) and all(map(is_han, n)) for n in lines):
                    yield lines


if __name__ == "__main__":
    main(Path(sys.argv[1]))
