"""Icons with names and tags in English and Chinese: from emoji sets to shards, split by concept.

A picture is 32 x 32 x 4: the colour as it stands on white, and the opacity. Its label is
concept times the number of styles, plus the style.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from muse.data.pictures import write_pictures
from muse.data.recipe import load_dataset_recipe
from muse.tokens.captions import word_list
from muse.works.base import WishError, write_atomically

SIZE = 32
STYLES = {"fluent-emoji-flat": "flat", "noto": "noto", "twemoji": "twemoji"}
"""The sets, by the prefix that their file says."""

LEFT_OUT = (2, 9)
"""Groups of emoji that are no icons: parts such as skin tones, and flags."""

HELD_OUT_PERCENT = 5
LARGEST_FILE_BYTES = 100_000_000


class Concept(msgspec.Struct, frozen=True):
    """What an icon shows: its code points and what it is called."""

    hexcode: str
    en: str
    zh: str
    en_tags: tuple[str, ...] = ()
    zh_tags: tuple[str, ...] = ()

    def phrases(self) -> list[str]:
        """Everything that it is called."""
        return [self.en, self.zh, *self.en_tags, *self.zh_tags]


def prepare_icons(
    sources: Sequence[str], folder: Path | None, out: Path, most: int | None = None
) -> dict[str, dict[str, int]]:
    """Write the shards, `concepts.json`, `words.json` and `report.json` below `out`.

    Args:
        sources: the one data recipe.
        folder: where the four packages lie, unpacked, each in a folder of its own.
        out: folder of the shards.
        most: concepts at most, for tests.

    Returns:
        How many pictures and concepts each split has.

    Raises:
        WishError: if a package is not there, or is damaged.
    """
    recipe = load_dataset_recipe(sources[0]) if len(sources) == 1 else None
    if recipe is None or recipe.reader != "icons":
        raise WishError(f"icons come from the source icons, not from {[*sources]}")
    if folder is None:
        raise WishError(f"icons need their packages: see {recipe.homepage}, and say --from FOLDER")
    concepts = read_concepts(folder)[:most]
    sets = read_sets(folder)
    rows: dict[str, list[tuple[NDArray[np.uint8], int]]] = {"train": [], "valid": [], "test": []}
    split_of = [split_by_name(concept.hexcode) for concept in concepts]
    for style, drawings in enumerate(sets):
        for number, concept in enumerate(concepts):
            svg = drawings.get(plain_hexcode(concept.hexcode))
            pixels = rasterised(svg) if svg else None
            if pixels is not None:
                rows[split_of[number]].append((pixels, number * len(STYLES) + style))
    report = {}
    for split, found in rows.items():
        if not found:
            raise WishError(f"no icon of {folder} falls into the split {split}")
        pixels, labels = np.stack([row[0] for row in found]), np.array([row[1] for row in found])
        counted = write_pictures(out / f"{split}.npy", pixels, labels.astype(np.int64))
        report[split] = counted | {"concepts": split_of.count(split)}
    train = [each for each, split in zip(concepts, split_of) if split == "train"]
    words = word_list(phrase for concept in train for phrase in concept.phrases())
    write_atomically(out / "concepts.json", msgspec.json.encode(concepts))
    write_atomically(out / "words.json", msgspec.json.encode(words))
    source = {"title": recipe.title, "licence": recipe.licence, "files": len(STYLES) + 2}
    told = {"sources": {recipe.name: source}, "splits": report, "words": len(words)}
    write_atomically(out / "report.json", msgspec.json.format(msgspec.json.encode(told)))
    return report


def read_concepts(folder: Path) -> list[Concept]:
    """Emoji with their names and tags, without skin tones, parts and flags. Raises WishError."""
    english, chinese = (_json(_file(folder, f"{lang}/data.json")) for lang in ("en", "zh"))
    try:
        names = {row["hexcode"]: row for row in chinese}
        return [
            Concept(
                row["hexcode"], row["label"], names[row["hexcode"]]["label"],
                tuple(row.get("tags", ())), tuple(names[row["hexcode"]].get("tags", ())),
            )
            for row in english
            if row.get("group") is not None
            and row["group"] not in LEFT_OUT
            and row["hexcode"] in names
        ]  # fmt: skip
    except (KeyError, TypeError) as error:
        raise WishError(f"{folder}: en/data.json is not emojibase's: no {error}") from error


def read_sets(folder: Path) -> list[dict[str, str]]:
    """Of each style the drawings (SVG) by hexcode. Raises WishError."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.rglob("icons.json")):
        icons = _json(path)
        prefix = icons.get("prefix") if isinstance(icons, dict) else None
        if prefix not in STYLES:
            continue
        try:
            width, height = icons.get("width", 16), icons.get("height", 16)
            head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
            codes = _json(path.with_name("chars.json"))
            found[prefix] = {
                plain_hexcode(code): head + icons["icons"][name]["body"] + "</svg>"
                for code, name in codes.items()
                if name in icons["icons"]
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise WishError(f"{path} is no icon set of Iconify: {error}") from error
    missing = [prefix for prefix in STYLES if prefix not in found]
    if missing:
        raise WishError(f"no @iconify-json/{missing[0]} below {folder}: npm pack it and unpack it")
    return [found[prefix] for prefix in STYLES]


def plain_hexcode(code: str) -> str:
    """A hexcode in capitals without the mark that says only "as a picture"."""
    return "-".join(part for part in code.upper().split("-") if part != "FE0F")


def rasterised(svg: str, size: int = SIZE) -> NDArray[np.uint8] | None:
    """A drawing as pixels (size, size, 4): colour on white and opacity; None if it cannot be drawn."""
    import cairosvg
    from PIL import Image

    try:
        data = cairosvg.svg2png(svg.encode(), output_width=size, output_height=size)
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).astype(np.float32)
    except Exception:  # cairosvg raises errors of many types for what it cannot draw
        return None
    opacity = pixels[..., 3:] / 255
    colour = pixels[..., :3] * opacity + 255 * (1 - opacity)
    return np.round(np.concatenate((colour, pixels[..., 3:]), axis=-1)).astype(np.uint8)


def from_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels (..., 4) as `rasterised` gives them, with the colour itself instead of that on white."""
    opacity = pixels[..., 3:].astype(np.float32) / 255
    colour = (pixels[..., :3] - 255 * (1 - opacity)) / np.maximum(opacity, 1 / 255)
    return np.concatenate((colour.clip(0, 255), pixels[..., 3:]), axis=-1).round().astype(np.uint8)


def split_by_name(hexcode: str) -> str:
    """The split of a concept: all its drawings stand in one, whatever else is added later."""
    number = int.from_bytes(hashlib.blake2b(hexcode.encode(), digest_size=4).digest(), "big") % 100
    if number < HELD_OUT_PERCENT:
        return "test"
    return "valid" if number < 2 * HELD_OUT_PERCENT else "train"


def read_words(shards: Path) -> tuple[str, ...]:
    """The words that the training icons are called by. Raises WishError."""
    return tuple(_decoded(shards / "words.json", list[str]))


def stored_concepts(shards: Path) -> list[Concept]:
    """The concepts of shards, by their numbers. Raises WishError."""
    return _decoded(shards / "concepts.json", list[Concept])


def _decoded(path: Path, kind: Any) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        raise WishError(f"cannot read {path}: {error}; prepare the data") from error


def _file(folder: Path, name: str) -> Path:
    found = sorted(folder.rglob(name))
    if not found:
        raise WishError(f"no {name} of emojibase-data below {folder}: npm pack it and unpack it")
    return found[0]


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise WishError(f"{path} is too large")
        return msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise WishError(f"cannot read {path}: {error}") from error


def captions(concept: Concept, rng: np.random.Generator) -> str:
    """What a concept is called this time: its name, or some of its tags, in either language."""
    chinese = rng.random() < 0.4
    name, tags = (concept.zh, concept.zh_tags) if chinese else (concept.en, concept.en_tags)
    if not tags or rng.random() < 0.65:
        return name
    chosen = rng.permutation(len(tags))[: int(rng.integers(1, 4))]
    return " ".join(tags[place] for place in chosen)


def caption_rows(
    labels: NDArray[np.int64], concepts: Sequence[Concept], rng: np.random.Generator
) -> Iterator[str]:
    """A caption for each label."""
    return (captions(concepts[label // len(STYLES)], rng) for label in labels.tolist())
