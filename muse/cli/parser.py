"""The words of the command line. Options of wishes come from the wishes' own dataclasses."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import fields
from importlib import import_module
from typing import Any, NoReturn

from muse import __version__


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and exit code 2."""

    def error(self, message: str) -> NoReturn:
        print(f"muse: {message}", file=sys.stderr)
        sys.exit(2)


def build_parser() -> Parser:
    """The whole command line. Imports nothing heavy: what a verb does is imported when it runs."""
    parser = Parser(prog="muse", description="Melodies from one small engine on a laptop CPU.")
    parser.add_argument("--version", action="version", version=f"muse {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=Parser, required=True)

    def verb(name: str, module: str, help: str, overrides: bool = False) -> Parser:
        found = verbs.add_parser(name, help=help, description=help, allow_abbrev=False)
        found.set_defaults(act=_lazily(module, name), takes_overrides=overrides)
        return found

    music = "muse.cli.music"
    melody = verb("melody", music, "Write a new melody.")
    _makes(melody)
    theme = verb("continue", music, "Write on after a theme, which stays note for note.")
    theme.add_argument("theme", help="MIDI, MusicXML, ABC or JSON file")
    _makes(theme)
    fill = verb("fill", music, "Write some bars of a piece anew; all others stay.")
    fill.add_argument("theme", help="MIDI, MusicXML, ABC or JSON file")
    fill.add_argument("--from-bar", type=int, required=True, metavar="N", help="first bar, from 1")
    fill.add_argument("--to-bar", type=int, required=True, metavar="N", help="last bar, included")
    _makes(fill, without=("bars", "pickup"))
    vary = verb("vary", music, "Write a share of a piece's bars anew.")
    vary.add_argument("theme", help="MIDI, MusicXML, ABC or JSON file")
    vary.add_argument("--amount", type=float, default=0.5, help="share of bars, 0 to 1 (0.5)")
    _makes(vary, without=("bars", "pickup"))
    harmonize = verb("harmonize", music, "Put chords over a melody, or set it in parts.")
    harmonize.add_argument("theme", help="MIDI, MusicXML, ABC or JSON file")
    harmonize.add_argument("--voices", type=int, help="4: soprano, alto, tenor and bass")
    _makes(harmonize, without=("bars", "pickup", "chords", "range", "largest_leap"))
    show = verb("show", music, "Show a file and where it came from.")
    show.add_argument("file")
    show.add_argument("--json", action="store_true", help="print as JSON")
    regrow = verb("regrow", music, "Make the same piece again from what its file says.")
    regrow.add_argument("file")
    _outputs(regrow)

    verse = "muse.cli.verse"
    scan = verb("scan", verse, "Scan a poem: metre, feet, rhymes, form; ping and ze in Chinese.")
    scan.add_argument("file", help="text file in UTF-8, or - for the standard input")
    scan.add_argument("--json", action="store_true", help="print as JSON")
    rhymes = verb("rhymes", verse, "Find words that rhyme with an English word.")
    rhymes.add_argument("word")
    rhymes.add_argument("--near", action="store_true", help="near rhymes and eye rhymes instead")
    rhymes.add_argument("--all", action="store_true", help="list the rarest words too")
    rhymes.add_argument("--guess", action="store_true", help="take an unknown word's sound from "
                        "its spelling")  # fmt: skip
    rhymes.add_argument("--json", action="store_true", help="print as JSON")

    things = "muse.cli.bundles"
    verb("models", things, "List the bundles that are here.").add_argument(
        "--json", action="store_true", help="print as JSON"
    )
    export = verb("export", things, "Copy a bundle as a Hugging Face model folder.")
    export.add_argument("name")
    export.add_argument("folder")

    learning = "muse.cli.learning"
    data = verb("data", learning, "Prepare training data: muse data prepare NAME.")
    data.add_argument("action", choices=["prepare"])
    data.add_argument("name", help="a training recipe, whose sources are prepared")
    data.add_argument("--from", dest="folder", metavar="DIR", help="where raw sources lie")
    train = verb("train", learning, "Train a recipe, or go on training it.", overrides=True)
    train.add_argument("recipe", help="a recipe's name or .toml file; override: --optim.ema 0.99")
    train.add_argument("--runs", default="runs", help="folder of the runs (runs)")
    train.add_argument("--sharding", choices=["ddp", "fsdp"], default="ddp")
    publish = verb("publish", learning, "Put a run's best weights into a bundle with its card.")
    publish.add_argument("recipe")
    publish.add_argument("--runs", default="runs")
    publish.add_argument("--version", dest="release", default="1")
    evaluate = verb("evaluate", "muse.cli.evaluation", "Measure a bundle: muse evaluate melody.")
    evaluate.add_argument("name")
    evaluate.add_argument("--of", default="all", help="one measure of the list, or all")
    evaluate.add_argument("--shards", default="shards/melody", help="prepared data")
    evaluate.add_argument("--count", type=int, default=None, help="how many draws")
    evaluate.add_argument("-o", "--out", default=None, metavar="FILE", help="write the JSON here")
    return parser


def _lazily(module: str, verb: str) -> Callable[[argparse.Namespace, list[str]], None]:
    def act(options: argparse.Namespace, rest: list[str]) -> None:
        name = verb.replace("-", "_") + ("_" if verb == "continue" else "")
        getattr(import_module(module), name)(options, rest)

    return act


def _outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--out", action="append", default=[], metavar="FILE",
        help="where to write; the suffix is the format: .mid .musicxml .abc .svg .png .pdf .wav "
        ".flac .json; may be said several times; a name that ends in / is a folder",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")


def _makes(parser: argparse.ArgumentParser, without: tuple[str, ...] = ()) -> None:
    """Outputs, the bundle, and the options of a wish and of a drawing."""
    from muse.makers.wishes import Drawing, MelodyWish

    _outputs(parser)
    parser.add_argument("--model", help="bundle: a name or a folder's path (melody)")
    for kind in (MelodyWish, Drawing):
        texts = attribute_texts(kind)
        for field in fields(kind):
            if field.name not in without:
                _option(parser, field.name, str(field.type), texts[field.name])


def _option(parser: argparse.ArgumentParser, name: str, type_name: str, text: str) -> None:
    flag = "--" + name.replace("_", "-")
    text = text.replace("%", "%%")
    if type_name.startswith("bool"):
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=text)
        return
    kind: Any = {"int": int, "float": float}.get(type_name.split(" ")[0], str)
    parser.add_argument(flag, type=kind, default=None, metavar=kind.__name__.upper(), help=text)


def attribute_texts(kind: type) -> dict[str, str]:
    """What the "Attributes" of a dataclass's docstring say of each field."""
    texts: dict[str, str] = {}
    names: list[str] = []
    for line in (kind.__doc__ or "").split("Attributes:")[-1].splitlines():
        indent = len(line) - len(line.lstrip())
        if indent == 8 and ":" in line:
            before, text = line.strip().split(":", 1)
            names = [name.strip() for name in before.split(",")]
            texts.update(dict.fromkeys(names, text.strip()))
        elif indent > 8:
            texts.update({name: f"{texts[name]} {line.strip()}" for name in names})
    return texts
