"""Verbs about verse: scanning a poem, finding rhymes."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from muse.works.base import WishError

LARGEST = 1_000_000
"""Bytes; a longer text is not scanned."""
_SHOWN = 48
MOST_CHARACTERS = 120
_KINDS = {
    "perfect": "Perfect rhymes",
    "light": "On a light last syllable",
    "identical": "The same sound from the consonant on",
    "near": "Near rhymes: the vowel and the kind of consonant",
    "eye": "Rhymes to the eye",
}


def scan(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse scan`: metre, feet, rhymes and form of a poem, in English or Chinese."""
    text = _poem_text(options.file)
    if _is_chinese(text):
        _scan_chinese(text, options.json)
        return
    from muse.theory.scansion import scan_text
    from muse.theory.scansion_page import format_scan, summary
    from muse.theory.verse_forms import form_of

    try:
        poem = scan_text(text)
    except ValueError as error:
        raise WishError(f"{options.file}: {error}") from error
    if options.json:
        form = form_of(poem)
        found = {"form": form.name, "nearly": form.nearly, "summary": summary(poem, form)}
        print(json.dumps(found | asdict(poem), ensure_ascii=False))
    else:
        print(format_scan(poem, plain=not _shows("´˘ˋ“”")))


def rhymes(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse rhymes`: the words that rhyme with a word, or the characters with a character."""
    if _is_chinese(options.word) and options.word:
        _rhymes_chinese(options)
        return
    from muse.theory import prosody_en
    from muse.theory.pronunciation import pronunciations

    try:
        found = prosody_en.rhymes(options.word, options.near, options.guess)
    except ValueError as error:
        unknown = "not known" in str(error)
        hint = "; --guess takes its sound from its spelling" if unknown else ""
        raise WishError(f"{error}{hint}") from error
    ways = pronunciations(options.word)
    if options.json:
        about = {
            "word": options.word,
            "pronunciations": [
                {"phonemes": way.arpabet, "syllables": way.syllables, "certain": way.certain}
                for way in ways
            ],
        }
        print(json.dumps(about | {"rhymes": [asdict(each) for each in found]}, ensure_ascii=False))
        return
    said = ", ".join(dict.fromkeys(way.arpabet for way in ways))
    print(f"{options.word}  {said}" + ("" if ways[0].certain else "  (a guess from the spelling)"))
    rows = _listed(found, options.all)
    what = "near rhymes" if options.near else "rhymes"
    if not rows:
        hint = "" if options.near else "; --near finds near rhymes"
        rows = ["", f"No {what} in the dictionary{hint}."]
    print("\n".join(rows))


def _listed(found: Sequence[Any], everything: bool) -> list[str]:
    """Groups by kind and syllables; the rarest words only if everything is asked for."""
    rows: list[str] = []
    hidden = 0
    rare = everything or not any(each.count for each in found)
    for kind, title in _KINDS.items():
        of_kind = [each for each in found if each.kind == kind]
        shown = [each for each in of_kind if each.count or rare]
        hidden += len(of_kind) - len(shown)
        if shown:
            rows += ["", title]
        for syllables, group in groupby(shown, key=lambda each: each.syllables):
            words = [each.word for each in group]
            seen = words if everything else words[:_SHOWN]
            hidden += len(words) - len(seen)
            name = f"{syllables} syllable{'' if syllables == 1 else 's'}"
            rows += textwrap.wrap(", ".join(seen), 92, initial_indent=f"  {name:13}",
                                  subsequent_indent=" " * 15)  # fmt: skip
    if rows:
        rows += ["", "The words that are commonest in public-domain poems stand first."]
    if hidden:
        rows[-1] += f" {hidden:,} rarer ones: --all."
    return rows


def _poem_text(name: str) -> str:
    """The verse of a file of any format of poems, without its title; text that is no poem as it is."""
    from muse.works.formats import READERS, open_work
    from muse.works.poem import Poem

    reader = READERS.get(Path(name).suffix.lower())
    text = "" if reader and reader != "plain_text" else _text(name)
    if not reader or name == "-":
        return text
    try:
        work = open_work(name)
    except WishError:
        if not text:
            raise
        return text
    if isinstance(work, Poem):
        return work.text
    if not text:
        raise WishError(f"{name} holds no poem: it is a {type(work).__name__.lower()}")
    return text


def _text(name: str) -> str:
    """A text file, or the standard input for "-"."""
    path = Path(name)
    try:
        if name == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
    except OSError as error:
        raise WishError(f"cannot read {name}: {error.strerror or error}") from error
    except ValueError as error:
        raise WishError(f"cannot read {name!r}: {error}") from error
    if len(data) > LARGEST:
        raise WishError(f"{name} is longer than {LARGEST // 1_000_000} MB; give it in parts")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise WishError(
            f"{name}: byte 0x{data[error.start]:02x} at position {error.start} (line {line}) is not "
            "UTF-8; save the file as UTF-8"
        ) from error
    if not text.strip("\ufeff \t\r\n"):
        raise WishError(f"{name} is empty")
    return text


def _is_chinese(text: str) -> bool:
    """Whether most letters are Han characters."""
    letters = [each for each in text if each.isalpha()]
    han = sum("\u3400" <= each <= "\u9fff" or "\U00020000" <= each <= "\U0003ffff"
              for each in letters)  # fmt: skip
    return 2 * han > len(letters)


def _scan_chinese(text: str, as_json: bool) -> None:
    from muse.theory.scansion_zh import format_scan, scan_text

    try:
        found = scan_text(text)
    except ValueError as error:
        raise WishError(str(error)) from error
    if as_json:
        print(json.dumps(_plain(found), ensure_ascii=False, default=str))
    else:
        print(format_scan(found).rstrip())


def _rhymes_chinese(options: argparse.Namespace) -> None:
    """The groups of a character by a rhyme book, and what rhymes with it there."""
    from muse.theory.prosody_zh import rhymes_zh

    try:
        found = rhymes_zh(options.word, options.book)
    except ValueError as error:
        raise WishError(str(error)) from error
    if options.json:
        groups = [
            {"group": group.name, "tone": group.tone, "book": group.book, "characters": characters}
            for group, characters in found
        ]
        print(json.dumps({"word": options.word, "rhymes": groups}, ensure_ascii=False))
        return
    for group, characters in found:
        shown = characters if options.all else characters[:MOST_CHARACTERS]
        print(f"{options.word}  {group.name}")
        rows = [shown[n : n + 40] for n in range(0, len(shown), 40)]
        print("\n".join(f"  {row}" for row in rows))
        if len(shown) < len(characters):
            print(f"  {len(characters) - len(shown)} rarer ones: --all")


def _plain(found: Any) -> Any:
    """Dataclasses as dictionaries."""
    if isinstance(found, list | tuple):
        return [_plain(each) for each in found]
    return asdict(found) if is_dataclass(found) and not isinstance(found, type) else found


def _shows(signs: str) -> bool:
    """Whether the terminal's encoding has these signs."""
    try:
        signs.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
