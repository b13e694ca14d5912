"""Count the templates of ci tunes, into `muse/theory/data/ci_tunes.json`.

Source: the Song ci of npm's `chinese-poetry` (MIT), simplified, with punctuation. For each tune:
the commonest line lengths; the lines whose last characters rhyme with each other in most poems; the
tone of each place where nine poems in ten agree. Poems with other lengths or another rhyme make further
variants when there are enough of them. Line breaks within a rhyme are free: a poem belongs to a
variant when its rhymes fall on the same places.

Run: `python -m muse.data.tunes_zh CHINESE_POETRY_DIST` (needs `opencc` for the traditional names).
Where the first stanza ends is not in the data; `FIRST_STANZA` has it, from the tunes themselves.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import combinations
from pathlib import Path

from muse.data.tables_zh import ALIASES, FIRST_STANZA, MERGED, NOT_THE_SAME, NOT_TUNES
from muse.theory.prosody_zh import levels
from muse.theory.rhyme_books import is_han, rhyme_groups, simplify

LINE_END = r"[，。？！；：,.?!;:]+"
FEWEST, FEWEST_MORE, SHARE_MORE = 12, 24, 0.1
RHYMES, AGREE, REPEATS = 0.6, 0.9, 0.5


@dataclass(frozen=True, slots=True)
class Ci:
    """A poem as lines (logical ones, 逗 joined) and all places where its punctuation breaks."""

    lines: tuple[str, ...]
    breaks: frozenset[int]

    @property
    def text(self) -> str:
        return "".join(self.lines)


def read_ci(poems: Path) -> tuple[dict[str, list[Ci]], dict[str, Counter[str]]]:
    """The ci by tune, without duplicates, and the names that the collection gives each tune."""
    by_tune: dict[str, list[Ci]] = defaultdict(list)
    names: dict[str, Counter[str]] = defaultdict(Counter)
    merged = MERGED | {alias: tune for tune, listed in ALIASES.items() for alias in listed.split()}
    seen = set()
    for path in sorted(poems.glob("songci/ci.song.[0-9]*.json")):
        for poem in json.loads(path.read_text("utf-8")):
            *others, tune = poem["rhythmic"].strip().split("・")
            tune = merged.get(tune, tune)
            ci = parse_ci("".join(poem["paragraphs"]))
            if ci is None or tune in NOT_TUNES or ci.text in seen:
                continue
            seen.add(ci.text)
            by_tune[tune].append(ci)
            names[tune].update(simplify(n) for n in others if is_name(n))
    return by_tune, names


def is_name(text: str) -> bool:
    """Whether this can be a tune's name: two to seven Chinese characters."""
    return 2 <= len(text) <= 7 and all(map(is_han, text)) and text not in NOT_THE_SAME


def parse_ci(text: str) -> Ci | None:
    """A poem's lines and breaks; None when there is more in it than characters and points."""
    lines, breaks, at = [], {0}, 0
    for raw in re.split(LINE_END, text):
        parts = [p for p in re.split(r"[、\s]+", raw) if p]
        for part in parts:
            if not all(is_han(c) or c == "□" for c in part):
                return None
            at += len(part)
            breaks.add(at)
        if parts:
            lines.append("".join(parts))
    return Ci(tuple(lines), frozenset(breaks)) if lines else None


def tune_variants(poems: list[Ci]) -> list[tuple[tuple[int, ...], dict[int, str], list[Ci]]]:
    """The variants of a tune: line lengths, rhyme letter by line, and the poems that have it."""
    rest = poems
    found: list[tuple[tuple[int, ...], dict[int, str], list[Ci]]] = []
    while rest and len(found) < 4:
        shapes = Counter(tuple(map(len, ci.lines)) for ci in rest)
        lengths, count = shapes.most_common(1)[0]
        need = FEWEST if not found else max(FEWEST_MORE, SHARE_MORE * len(poems))
        if count < need:
            break
        ends = _ends(lengths)
        exact = [ci for ci in rest if tuple(map(len, ci.lines)) == lengths]
        sets = rhyme_sets(exact, ends)
        rhyming = {ends[i] for members in sets for i in members}
        fitting = [ci for ci in rest if len(ci.text) == ends[-1] and rhyming <= ci.breaks]
        for group in split_by_level(fitting, sets, ends):
            own = sets if len(group) * 2 >= len(fitting) else rhyme_sets(group, ends)
            letters = rhyme_letters(group, own, ends)
            if own is sets or (len(group) >= FEWEST and other_level(letters, found[-1][1])):
                found.append((lengths, letters, group))
        taken = set(map(id, fitting))
        rest = [ci for ci in rest if id(ci) not in taken and tuple(map(len, ci.lines)) != lengths]
    return found


def other_level(letters: dict[int, str], main: dict[int, str]) -> bool:
    """Whether nearly all rhymes are on the other level than in the main variant."""
    common = [letters[i].isupper() != main[i].isupper() for i in letters if i in main]
    return bool(common) and sum(common) >= 0.75 * len(common)


def is_level(ci: Ci, end: int) -> bool | None:
    """Whether the character before this place is 平; None when it is uncertain."""
    level = levels(ci.text[end - 1])
    return None if len(level) == 2 else level == "平"


def rhyme_sets(poems: Sequence[Ci], ends: Sequence[int]) -> list[list[int]]:
    """The lines, by where they end, that rhyme with each other in most of these poems."""
    sample = poems[:400]
    numbers = [
        [{g.number for g in rhyme_groups(ci.text[end - 1], "cilin")} for end in ends]
        for ci in sample
    ]
    count = len(ends)
    root = list(range(count))

    def find(i: int) -> int:
        while root[i] != i:
            i = root[i]
        return i

    for i, j in combinations(range(count), 2):
        if sum(bool(n[i] & n[j]) for n in numbers) >= RHYMES * len(sample):
            root[find(j)] = find(i)
    sets = defaultdict(list)
    for i in range(count):
        sets[find(i)].append(i)
    return [members for members in sets.values() if len(members) > 1]


def split_by_level(poems: list[Ci], sets: list[list[int]], ends: list[int]) -> list[list[Ci]]:
    """Poems with level rhymes apart from those with oblique ones, where a tune has both."""
    mixed = [
        i for members in sets for i in members
        if 0.1 < _share([is_level(ci, ends[i]) for ci in poems]) < 0.9
    ]  # fmt: skip
    if not mixed:
        return [poems]
    level = [_share([is_level(ci, ends[i]) for i in mixed]) >= 0.5 for ci in poems]
    halves = [[ci for ci, yes in zip(poems, level) if yes is side] for side in (True, False)]
    return sorted(halves, key=len, reverse=True)


def rhyme_letters(poems: list[Ci], sets: list[list[int]], ends: list[int]) -> dict[int, str]:
    """A letter for each rhyming line, upper case where most poems have a level tone."""
    letters = {}
    for letter, members in zip("abcdefgh", sorted(sets)):
        for line in members:
            found = [levels(ci.text[ends[line] - 1]) for ci in poems]
            level = found.count("平") >= found.count("仄")
            letters[line] = letter.upper() if level else letter
    return letters


def template(lengths: Sequence[int], letters: dict[int, str], poems: list[Ci], first: int) -> dict:
    """One variant as it is written to the file; `first` is the length of the first stanza."""
    ends, size = _ends(lengths), sum(lengths)
    marks = []
    for place in range(size):
        found = [levels(ci.text[place]) for ci in poems]
        ping, ze = found.count("平"), found.count("仄")
        best = "平" if ping >= ze else "仄"
        marks.append(best if max(ping, ze) >= AGREE * (ping + ze) and ping + ze >= 12 else "中")
    stanzas: list[list[str]] = [[]]
    for line, end in enumerate(ends):
        tones, letter = "".join(marks[end - lengths[line] : end]), letters.get(line, "")
        if letter:
            tones = tones[:-1] + ("平" if letter.isupper() else "仄")
        stanzas[-1].append(tones + letter)
        if end == first and end < size:
            stanzas.append([])
    oblique = [ends[i] - 1 for i, letter in letters.items() if letter.islower()]
    heard = [levels_of_entering(ci.text[p]) for ci in poems for p in oblique]
    entry: dict = {"poems": len(poems), "stanzas": [" ".join(stanza) for stanza in stanzas]}
    if heard:
        entry["entering"] = round(sum(heard) / len(heard), 2)
    refrains = [
        [i + 1, j + 1] for i, j in combinations(range(len(lengths)), 2) if j - i < 4
        and sum(_line(ci, ends, lengths, i).endswith(_line(ci, ends, lengths, j)) for ci in poems)
        >= REPEATS * len(poems)
    ]  # fmt: skip
    if refrains:
        entry["refrains"] = refrains
    return entry


def levels_of_entering(character: str) -> bool:
    """Whether the character can be in the entering tone."""
    return any(group.tone == "入" for group in rhyme_groups(character))


def stanza_length(tune: str, lengths: Sequence[int]) -> int:
    """The characters of the first stanza: known, or half when both halves have the same lines."""
    size = sum(lengths)
    known = FIRST_STANZA.get(tune, {}).get(size)
    half = len(lengths) // 2
    same = len(lengths) % 2 == 0 and tuple(lengths[:half]) == tuple(lengths[half:])
    return known if known is not None else size // 2 if same else 0


def build(by_tune: dict[str, list[Ci]], names: dict[str, Counter[str]]) -> list[dict]:
    """The entries of all tunes with enough poems and a known stanza break, commonest first."""
    from opencc import OpenCC

    traditional = OpenCC("s2t").convert
    entries = []
    for tune, poems in sorted(by_tune.items(), key=lambda item: (-len(item[1]), item[0])):
        variants = []
        for lengths, letters, group in tune_variants(poems):
            first = stanza_length(tune, lengths)
            if first and letters:
                variants.append(template(lengths, letters, group, first))
            elif letters:
                print("stanza break unknown:", tune, sum(lengths), lengths, len(group))
        if variants:
            aliases = [n for n in names[tune] if n != tune] + ALIASES.get(tune, "").split()
            entries.append({
                "name": tune, "traditional": traditional(tune).translate(str.maketrans("脣麼", "唇么")),
                "aliases": list(dict.fromkeys(aliases)), "variants": variants,
            })  # fmt: skip
    return entries


def main(poems: Path) -> None:
    """Count and write."""
    entries = build(*read_ci(poems))
    target = Path(str(resources.files("muse.theory"))) / "data" / "ci_tunes.json"
    lines = []
    for entry in entries:
        head = {key: value for key, value in entry.items() if key != "variants"}
        variants = ",\n   ".join(json.dumps(v, ensure_ascii=False) for v in entry["variants"])
        lines.append(
            f'{json.dumps(head, ensure_ascii=False)[:-1]}, "variants": [\n   {variants}]}}'
        )
    target.write_text('{"tunes": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
    print(len(entries), "tunes", sum(len(e["variants"]) for e in entries), "variants")


def _ends(lengths: Sequence[int]) -> list[int]:
    return [sum(lengths[: i + 1]) for i in range(len(lengths))]


def _line(ci: Ci, ends: Sequence[int], lengths: Sequence[int], index: int) -> str:
    return ci.text[ends[index] - lengths[index] : ends[index]]


def _share(answers: Sequence[bool | None]) -> float:
    known = [a for a in answers if a is not None]
    return sum(known) / len(known) if known else 0.5


if __name__ == "__main__":
    main(Path(sys.argv[1]))
