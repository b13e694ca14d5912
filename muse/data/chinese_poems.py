"""Chinese poems of npm's `chinese-poetry`, read, simplified, labelled and split by author."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from muse.data.simplified import simplifier
from muse.theory.rhyme_books import RhymeGroup, is_han, rhyme_groups
from muse.tokens.chinese import (
    MOST_CHARACTERS,
    MOST_LINES,
    POINTS,
    ChineseLine,
    ChineseSheet,
    parted,
)
from muse.works.base import WishError

SHAPES = {(5, 4): "五绝", (7, 4): "七绝", (5, 8): "五律", (7, 8): "七律"}
LEVELS = {"平": "level", "仄": "oblique", "入": "entering"}
NAMELESS = ("不详", "无名氏", "佚名", "")

_NOTES = re.compile(r"[（(〔\[【{].*?[)）〕\]】}]|[《》〈〉「」『』“”\"\s·・]")
_NUMBER = re.compile(r"(其|之)?[一二三四五六七八九十百]+(首)?$|[一二三四五六七八九十百]+首")


@dataclass(frozen=True)
class RawPoem:
    """A poem as it stands in a file. `fame` is how often search engines find it, in powers of ten."""

    text: str
    title: str
    author: str
    era: str
    tune: str = ""
    fame: float = 0.0


def read_poems(folder: Path) -> Iterator[RawPoem]:
    """All shi, ci and qu below the package's `dist` folder, in simplified characters.

    Raises:
        WishError: if the folder is another one, or opencc is not installed.
    """
    simplified = simplifier()
    groups = (("quantangshi/poet.tang.*", "tang"), ("quantangshi/poet.song.*", "song"),
              ("songci/ci.song.[0-9]*", "song"), ("yuanqu/yuanqu", "yuan"))  # fmt: skip
    for pattern, era in groups:
        paths = sorted(folder.glob(pattern + ".json"))
        if not paths:
            raise WishError(
                f"no files {pattern}.json below {folder}; give the package's dist folder"
            )
        for path in paths:
            ranks = _ranks(folder, path)
            for number, poem in enumerate(json.loads(path.read_text("utf-8"))):
                text = simplified("".join(poem["paragraphs"]))
                tune = poem.get("rhythmic", "").strip().split("・")[-1]
                title = "" if tune or era == "yuan" else simplified(poem.get("title", ""))
                if era == "yuan":
                    tune = re.split(r"[・/]", poem.get("title", ""))[-1]
                fame = ranks[number] if number < len(ranks) else 0.0
                yield RawPoem(text, title, simplified(poem["author"]), era, simplified(tune), fame)


def _ranks(folder: Path, path: Path) -> list[float]:
    """Mean logarithm of the search hits of each poem of a file."""
    kind = "ci" if path.name.startswith("ci.") else "poet"
    name = re.sub(r"\.(\d+)\.json$", r".rank.\1.json", path.name)
    found = folder / "rank" / kind / name
    if not found.is_file():
        return []
    engines = ("baidu", "so360", "bing", "bing_en", "google")
    return [
        sum(math.log10(1 + (entry.get(e) or 0)) for e in engines) / len(engines)
        for entry in json.loads(found.read_text("utf-8"))
    ]


def sheet_of_raw(poem: RawPoem) -> ChineseSheet | str:
    """The labelled sheet of a poem, or why it is left out."""
    text = re.sub(r"\s", "", poem.text.translate(str.maketrans(",.?!;:", "，。？！；：")))
    if re.search(r"[（(\[〔{]", text):
        return "has notes in it"
    texts = [each for each in parted(text) if each.rstrip(POINTS)]
    if not 2 <= len(texts) <= MOST_LINES:
        return "fewer than 2 or more than 60 lines"
    if not all(is_han(c) or c in POINTS for c in text):
        return "other signs than characters and points"
    lines = []
    for each in texts:
        bare = each.rstrip(POINTS)
        count = sum(c not in POINTS for c in bare)
        if count > MOST_CHARACTERS:
            return "a line of more than 24 characters"
        lines.append(ChineseLine(bare, each[len(bare) :][:1] or "。", count))
    form = _form(poem, lines)
    fields = {"Author": "" if poem.author in NAMELESS else poem.author[:6], "Tune": poem.tune[:8]}
    fields["Title"] = clean_title(poem.title)
    kept = {name: value for name, value in fields.items() if value and all(map(is_han, value))}
    return ChineseSheet(form, with_rhymes(lines, form), poem.era, kept)


def _form(poem: RawPoem, lines: Sequence[ChineseLine]) -> str:
    if poem.era == "yuan":
        return "曲"
    if poem.tune:
        return "词"
    lengths = {line.count for line in lines}
    if len(lengths) == 1 and (size := lengths.pop()) in (5, 7):
        if (size, len(lines)) in SHAPES:
            return SHAPES[size, len(lines)]
        if len(lines) >= 10 and len(lines) % 2 == 0:
            return "排律"
    return "古诗"


def clean_title(title: str) -> str:
    """A title without notes and numbers, at most twelve characters; "" if little is left."""
    bare = _NUMBER.sub("", _NOTES.sub("", title).split("，")[0].split("。")[0])
    return bare if 1 < len(bare) <= 12 and bare != "句" else ""


@lru_cache(maxsize=20000)
def cilin(character: str) -> frozenset[str]:
    """The names of the Cilin groups of a character, as in `CILIN_GROUPS`."""
    return frozenset(group_name(group) for group in rhyme_groups(character, "cilin"))


def group_name(group: RhymeGroup) -> str:
    """How a tag names a Cilin group: `3level`."""
    return f"{group.number}{LEVELS[group.tone]}"


def with_rhymes(lines: Sequence[ChineseLine], form: str) -> tuple[ChineseLine, ...]:
    """The lines with their rhymes marked.

    A run of sentence ends that share a Cilin group is one rhyme; it begins behind the run before.
    In ci and qu, and in a poem's first line, a line that ends no sentence rhymes as well when it
    falls in the group. A qu rhymes over all tones, so its runs share the group's number only.
    """
    ends = [n for n, line in enumerate(lines) if line.point in "。？！"]
    out = list(lines)
    first = 0
    while ends:
        shared: frozenset[str] = frozenset()
        size = 0
        for size, place in enumerate(ends, 1):
            own = _groups(lines[place], form)
            both = own & shared if size > 1 else own
            if not both:
                size -= 1
                break
            shared = both
        run = ends[: max(size, 1)]
        ends = ends[max(size, 1) :]
        if size >= 2:
            name = min(shared)
            for place in range(first, run[-1] + 1):
                free = form in ("词", "曲") or place == 0
                rhymed = name in _groups(lines[place], form)
                if rhymed and (place in run or free):
                    out[place] = replace(out[place], rhymed=True)
            tag = name if form != "曲" else _commonest(lines[n] for n in run)
            out[first] = replace(out[first], rhyme=tag)
        first = run[-1] + 1
    return tuple(out)


def _groups(line: ChineseLine, form: str) -> frozenset[str]:
    last = (line.text or "").rstrip(POINTS)[-1:]
    names = cilin(last) if last else frozenset()
    return frozenset(re.sub(r"\D", "", name) for name in names) if form == "曲" else names


def _commonest(lines: Iterator[ChineseLine]) -> str:
    return Counter(name for line in lines for name in cilin((line.text or "")[-1])).most_common(1)[
        0
    ][0]


def split_of_author(author: str, text: str) -> str:
    """train, valid or test: 4 % of the authors each are held out; nameless poems are trained on."""
    if author in NAMELESS:
        return "train"
    place = int.from_bytes(hashlib.sha256(author.encode()).digest()[:4], "big") % 100
    return "valid" if place < 4 else "test" if place < 8 else "train"


def without_shared_lines(
    held_out: Sequence[ChineseSheet], trained: Sequence[ChineseSheet]
) -> list[bool]:
    """Which held-out sheets share at most one line of five or more characters with the others."""
    known = {line.text for sheet in trained for line in sheet.lines if line.count >= 5}
    return [
        sum(line.text in known for line in sheet.lines if line.count >= 5) <= 1
        for sheet in held_out
    ]


def common_words(sheets: Sequence[ChineseSheet], fewest: int = 40, most: int = 8000) -> list[str]:
    """Pairs of characters that stand together more often than chance has it: what a theme may be."""
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for sheet in sheets:
        for line in sheet.lines:
            text = line.text or ""
            singles.update(text)
            pairs.update(text[n : n + 2] for n in range(0, len(text) - 1, 2))
            if len(text) in (5, 7):
                pairs.update([text[-2:]])
    total = sum(singles.values())
    scored = {
        pair: count * math.log(count * total / (singles[pair[0]] * singles[pair[1]]))
        for pair, count in pairs.items()
        if count >= fewest and pair[0] != pair[1] and not set(pair) & set(POINTS)
        and count * total > 20 * singles[pair[0]] * singles[pair[1]] / 2
    }  # fmt: skip
    return sorted(scored, key=lambda pair: -scored[pair])[:most]


def by_split(sheets: Sequence[tuple[str, ChineseSheet]]) -> dict[str, list[ChineseSheet]]:
    """Sheets by the split that stands beside them."""
    out: dict[str, list[ChineseSheet]] = defaultdict(list)
    for split, sheet in sheets:
        out[split].append(sheet)
    return out
