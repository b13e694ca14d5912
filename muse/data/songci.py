"""Song ci as texts, from npm's `chinese-poetry` 2.0.1 (MIT): in a published split, and in our own.

A poem is its lines as the collection has them, points and all, without title and tune; a line ends
with a line feed, a poem with an empty line.

* `published_songci` is the corpus of github.com/CherryWang77/classical-chinese-poetry-lm, byte for
  byte: the ci in the order of the files' names up to five mebibytes, the last tenth held out. Two
  texts of one poem may lie on both sides of that cut.
* `songci` is split by poem. Of poems that share a tenth of their runs of six characters only the
  first is kept, so no variant of a held-out poem is trained on.
* `songci_and_shi` adds the Tang and Song shi to its training texts, in simplified characters like
  the ci. A shi that shares a run of seven characters (a line) with a held-out ci is left out.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from muse.data.simplified import simplifier
from muse.data.texts import Corpus, Text, in_two
from muse.theory.rhyme_books import is_han
from muse.works.base import WishError

CI, SHI = "songci/ci.song.[0-9]*.json", "quantangshi/poet.*.json"
PUBLISHED = "758890f5ba594ee67fdc6706e745a8d6149f1dc88b7965ea9108af384af48a22"
"""SHA-256 of the published corpus."""

PUBLISHED_BYTES = 5 * 2**20
RUN, SHARED = 6, 0.1
LINE = 7
FEWEST = 2
POINTS = frozenset("，。、？！；：\n")
VARIANTS = str.maketrans(
    "隠疎簷祇鴈鬰髪頼浄徧鶑慙粧劒鬭媿臯蘂僊髙猨鬬馿巵鼇煖櫂嬾賸牋歛覩餠罇隣閙隄懽寛彊椀鉏懃筯峩鳯怱檝毬缾虀堦埽迺畧燄遯穉踈潄犂鏁飜麤廻羃悮怳欵邉羮栢歳覊笻",
    "隐疏檐只雁郁发赖净遍莺惭妆剑斗愧皋蕊仙高猿斗驴卮鳌暖棹懒剩笺敛睹饼樽邻闹堤欢宽强碗锄勤箸峨凤匆楫球瓶齑阶扫乃略焰遁稚疏漱犁锁翻粗回幂误恍款边羹柏岁羁筇",
)
"""Forms of characters that the shi have, and how the ci write them."""


def published_songci(folder: Path) -> Corpus:
    """The published corpus in its split. Raises WishError if the files make another text."""
    chosen: list[str] = []
    size = 0
    for poem in read_poems(folder, CI):
        longer = size + len(poem.encode()) + 2 * bool(chosen)
        if longer > PUBLISHED_BYTES:
            break
        chosen.append(poem)
        size = longer
    # The poem that would be nearer to the size than what stands before it is taken too.
    if chosen and abs(longer - PUBLISHED_BYTES) < PUBLISHED_BYTES - size:
        chosen.append(poem)
    text = "\n\n".join(chosen)
    found = hashlib.sha256(text.encode()).hexdigest()
    if found != PUBLISHED:
        raise WishError(
            f"the ci below {folder} are not the published corpus: SHA-256 {found[:16]}… instead of "
            f"{PUBLISHED[:16]}…; take npm's chinese-poetry 2.0.1"
        )
    about = _about("Song ci (chinese-poetry 2.0.1), five mebibytes", len(chosen), {}, found)
    return Corpus(in_two(text, "songci"), {"songci": about})


def songci(folder: Path) -> Corpus:
    """The ci by poem: 90 % for training, 5 % each for validation and test."""
    poems = list(read_poems(folder, CI))
    kept = without_variants(poems)
    splits: dict[str, list[Text]] = {"train": [], "valid": [], "test": []}
    for number in kept:
        text = Text(poems[number] + "\n\n", f"ci {number}", "songci")
        splits[split_of_poem(poems[number])].append(text)
    left_out = {"variants of earlier poems": len(poems) - len(kept)}
    about = _about("Song ci (chinese-poetry 2.0.1)", len(kept), left_out, digest(poems))
    return Corpus(splits, {"songci": about}, FEWEST)


def songci_and_shi(folder: Path) -> Corpus:
    """`songci` with the shi of Tang and Song among its training texts."""
    corpus = songci(folder)
    own = [text.characters for text in corpus.splits["train"]]
    counts = Counter(character for text in own for character in text)
    known = {character for character, count in counts.items() if count >= FEWEST}
    held_out = {
        run
        for split in ("valid", "test")
        for text in corpus.splits[split]
        for run in runs(han(text.characters), LINE)
    }
    converted, left_out = simplifier(), Counter[str]()
    seen: set[str] = set()
    kept: list[Text] = []
    raw = list(read_poems(folder, SHI))
    for number, poem in enumerate(raw):
        text = agreeing(poem, converted(poem), known)
        bare = han(text)
        if not bare or not all(is_han(c) or c in POINTS for c in text):
            left_out["signs beside characters and points, or none"] += 1
        elif bare in seen:
            left_out["copies of earlier poems"] += 1
        elif any(run in held_out for run in runs(bare, LINE)):
            left_out[f"{LINE} characters of a held-out ci"] += 1
        else:
            seen.add(bare)
            kept.append(Text(text + "\n\n", f"shi {number}", "shi", "Other"))
    about = _about("Tang and Song shi (chinese-poetry 2.0.1)", len(kept), left_out, digest(raw))
    splits = corpus.splits | {"train": corpus.splits["train"] + kept}
    return Corpus(splits, corpus.sources | {"shi": about}, FEWEST)


def read_poems(folder: Path, pattern: str) -> Iterator[str]:
    """The poems of a part of the collection, in the order of the files' names.

    Raises:
        WishError: if there are none below `folder`, or a file is not as expected.
    """
    places = (folder, folder / "dist", folder / "package" / "dist")
    paths = next((found for place in places if (found := sorted(place.glob(pattern)))), [])
    if not paths:
        raise WishError(
            f"no files {pattern} below {folder}: unpack npm's chinese-poetry 2.0.1 there"
        )
    for path in paths:
        try:
            for poem in json.loads(path.read_text("utf-8")):
                if poem["paragraphs"]:
                    yield "\n".join(poem["paragraphs"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WishError(f"cannot read {path}: {type(error).__name__} {error}") from error


def han(text: str) -> str:
    """The Chinese characters of a text."""
    return "".join(filter(is_han, text))


def runs(text: str, length: int) -> set[str]:
    """All runs of `length` characters."""
    return {text[at : at + length] for at in range(len(text) - length + 1)}


def without_variants(poems: Sequence[str]) -> list[int]:
    """The numbers of the poems that are no variant of an earlier poem.

    A variant shares at least a tenth of the runs of six characters of the smaller of the two.
    """
    holders: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    kept = []
    for number, poem in enumerate(poems):
        found = runs(han(poem), RUN) or {han(poem)}
        shared = Counter(other for run in found for other in holders[run])
        if not any(n >= SHARED * min(len(found), sizes[other]) for other, n in shared.items()):
            kept.append(number)
        sizes.append(len(found))
        for run in found:
            holders[run].append(number)
    return kept


def split_of_poem(poem: str) -> str:
    """ "train", "valid" or "test" (90/5/5) by a hash of the poem's characters."""
    place = int.from_bytes(hashlib.sha256(han(poem).encode()).digest()[:4], "big") % 100
    return "train" if place < 90 else "valid" if place < 95 else "test"


def agreeing(original: str, simplified: str, known: set[str]) -> str:
    """A simplified text whose characters are written as the `known` ones are.

    The ci keep some characters as they were (軿 for 𫐌): where only the original is known, it stays.
    """
    if len(original) == len(simplified):
        simplified = "".join(
            before if after not in known and before in known else after
            for before, after in zip(original, simplified)
        )
    return simplified.translate(VARIANTS)


def digest(poems: Iterable[str]) -> str:
    """SHA-256 over all poems in their order."""
    found = hashlib.sha256()
    for poem in poems:
        found.update(poem.encode() + b"\0")
    return found.hexdigest()


def _about(title: str, kept: int, left_out: dict[str, int], sha256: str) -> dict[str, Any]:
    return {
        "title": title, "licence": "MIT; the poems are in the public domain", "kept": kept,
        "left_out": dict(left_out), "sha256": sha256,
    }  # fmt: skip
