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
    theme = verb("continue", music, "Write on after a theme, a scene or a story, which stays.")
    theme.add_argument("theme", help="a score, a script or a story")
    _makes(theme)
    _goes_on(theme)
    fill = verb("fill", music, "Write some bars of a piece anew; all others stay.")
    fill.add_argument("theme", help="MIDI, MusicXML, ABC or JSON file")
    fill.add_argument("--from-bar", type=int, required=True, metavar="N", help="first bar, from 1")
    fill.add_argument("--to-bar", type=int, required=True, metavar="N", help="last bar, included")
    _makes(fill, without=("bars", "pickup"))
    vary = verb("vary", music, "Vary a piece: by its latents if a bundle blend is here, else by "
                "writing a share of its bars anew.")  # fmt: skip
    vary.add_argument("theme", help="MIDI, MusicXML, ABC or JSON file")
    vary.add_argument("--amount", type=float, help="how far by latents, 0 to 1 (0.3); or the share "
                      "of bars (0.5)")  # fmt: skip
    _makes(vary, without=("bars", "pickup"))
    harmonize = verb("harmonize", music, "Put chords over a melody, or set it in parts.")
    harmonize.add_argument("theme", help="MIDI, MusicXML, ABC or JSON file")
    harmonize.add_argument("--voices", type=int, help="4: soprano, alto, tenor and bass")
    _makes(harmonize, without=("bars", "pickup", "chords", "range", "largest_leap"))
    _moves(verb)
    played = verb("render", "muse.cli.rendering", "Play a score: MIDI, MusicXML or ABC to sound.")
    _plays(played)
    show = verb("show", "muse.cli.showing", "Show a file and where it came from.")
    show.add_argument("file", help="a score, poem, script or story")
    show.add_argument("--json", action="store_true", help="print as JSON")
    regrow = verb(
        "regrow", "muse.cli.regrowing", "Make the same piece again from what its file says."
    )
    regrow.add_argument("file")
    _outputs(regrow)
    _engine(regrow)

    original = verb("originality", "muse.cli.originality", "Find what a work shares with the works "
                    "that a model learned from.")  # fmt: skip
    original.add_argument("file", nargs="?", help="a score, poem, script or story")
    original.add_argument("--with", dest="corpus", metavar="BUNDLE", help="whose corpus (the "
                          "bundle that the file says, or by its kind)")  # fmt: skip
    original.add_argument("--index", metavar="FILE", help="an index outside of a bundle")
    original.add_argument("-o", "--out", action="append", default=[], metavar="FILE",
                          help="write the report: .json or .txt")  # fmt: skip
    original.add_argument("--json", action="store_true", help="print as JSON")
    original.add_argument("--build", metavar="BUNDLE", help="make a bundle's index instead")
    original.add_argument("--from-shards", metavar="DIR", help="the data that it learned from")

    signed = verb("sign", "muse.cli.originality", "Sign a file with your own certificate (C2PA).")
    signed.add_argument("file", help="WAV, FLAC, PNG or SVG that Muse wrote")
    signed.add_argument("--certificate", required=True, metavar="PEM", help="with those above it")
    signed.add_argument("--key", required=True, metavar="PEM", help="ECDSA P-256, no password")
    signed.add_argument("-o", "--out", metavar="FILE", help="the signed file (the file itself)")

    poetry = "muse.cli.poetry"
    poem = verb("poem", poetry, "Write a poem whose form is right.")
    poem.add_argument("theme", nargs="?", default="", help="what it is about, in words")
    _writes(poem)
    redo = verb("redo", poetry, "Write lines of a poem, or a speech of a scene, anew.")
    redo.add_argument("file", help="a poem or a script")
    redo.add_argument("--line", type=int, action="append", default=[], metavar="N",
                      help="a line of the poem, from 1; may be said several times")  # fmt: skip
    redo.add_argument("--speech", type=int, metavar="N", help="a speech of the scene, from 1")
    redo.add_argument("--alternatives", type=int, default=1, metavar="N", help="how many (1)")
    _writes(redo, without=("theme", "lines", "length", "acrostic", "locked", "variations"))

    stage = "muse.cli.stage"
    script = verb("script", stage, "Write a scene: exactly this cast, so many speeches.")
    script.add_argument("setting", nargs="?", default="", help="where and when it plays, in words")
    _tells(script, "ScriptWish", ("setting",), ".fountain .fdx .pdf .html .txt .json")
    story = verb("story", stage, "Go on with a piece of prose, in paragraphs.")
    story.add_argument("beginning", help="its first words, which stay as they are")
    _tells(story, "StoryWish", ("beginning",), ".txt .md .html .json")

    verse = "muse.cli.verse"
    scan = verb("scan", verse, "Scan a poem: metre, feet, rhymes, form; ping and ze in Chinese.")
    scan.add_argument("file", help="text file in UTF-8, or - for the standard input")
    scan.add_argument("--json", action="store_true", help="print as JSON")
    rhymes = verb("rhymes", verse, "Find what rhymes with an English word or Chinese character.")
    rhymes.add_argument("word")
    rhymes.add_argument("--book", choices=["pingshui", "cilin", "modern"], default="pingshui",
                        help="Chinese rhyme book (pingshui)")  # fmt: skip
    rhymes.add_argument("--near", action="store_true", help="near rhymes and eye rhymes instead")
    rhymes.add_argument("--all", action="store_true", help="list the rarest words too")
    rhymes.add_argument("--guess", action="store_true", help="take an unknown word's sound from "
                        "its spelling")  # fmt: skip
    rhymes.add_argument("--json", action="store_true", help="print as JSON")

    from muse.cli.picture_options import picture_verbs

    picture_verbs(verb, _option, attribute_texts, _outputs)

    studio = verb("studio", "muse.cli.studio", "Open the studio, a page in your browser.")
    studio.add_argument("--host", default="127.0.0.1", help="address to serve at; 0.0.0.0 lets "
                        "others in, who need no password (127.0.0.1)")  # fmt: skip
    studio.add_argument("--port", type=int, help="the first free one from 7860 on")
    studio.add_argument("--open", action="store_true", help="open it in the browser")

    things = "muse.cli.bundles"
    verb("models", things, "List the bundles that are here.").add_argument(
        "--json", action="store_true", help="print as JSON"
    )
    export = verb("export", things, "Copy a bundle as a Hugging Face model folder.")
    export.add_argument("name")
    export.add_argument("folder")
    taken = verb("import-model", things, "Make a bundle of a GGUF file or a Hugging Face folder.")
    taken.add_argument("path", help="a Llama-family checkpoint: FILE.gguf or a folder")
    taken.add_argument("--name", help="of the bundle (the file's)")

    learning = "muse.cli.learning"
    data = verb("data", learning, "Prepare training data: muse data prepare NAME.")
    data.add_argument("action", choices=["prepare"])
    data.add_argument("name", help="a training recipe, whose sources are prepared")
    data.add_argument("--from", dest="folder", metavar="DIR", help="where raw sources lie")
    pieces = verb(
        "train-tokenizer", learning, "Train pieces of text: muse train-tokenizer english."
    )
    pieces.add_argument("name", help="english or chinese")
    pieces.add_argument("--from", dest="folder", metavar="DIR", help="where raw sources lie")
    train = verb("train", learning, "Train a recipe, or go on training it.", overrides=True)
    train.add_argument("recipe", help="a recipe's name or .toml file; override: --optim.ema 0.99")
    train.add_argument("--runs", default="runs", help="folder of the runs (runs)")
    train.add_argument("--sharding", choices=["ddp", "fsdp"], default="ddp")
    publish = verb("publish", learning, "Put a run's best weights into a bundle with its card.")
    publish.add_argument("recipe")
    publish.add_argument("--runs", default="runs")
    publish.add_argument("--version", dest="release", default="1")
    publish.add_argument(
        "--evaluation", nargs="+", action="extend", default=[], metavar="FILE",
        help="files of muse evaluate -o FILE, whose figures the card shows",
    )  # fmt: skip
    evaluate = verb("evaluate", "muse.cli.evaluation", "Measure a bundle: muse evaluate melody.")
    evaluate.add_argument("name", help="a bundle, or a run: runs/NAME")
    evaluate.add_argument(
        "--of", default="all", help="a measure, several with commas between, or all"
    )
    evaluate.add_argument("--shards", help="prepared data (what the run or bundle learned from)")
    evaluate.add_argument("--count", type=int, default=None, help="how many draws")
    evaluate.add_argument("-o", "--out", default=None, metavar="FILE", help="write the JSON here")
    return parser


def _lazily(module: str, verb: str) -> Callable[[argparse.Namespace, list[str]], None]:
    def act(options: argparse.Namespace, rest: list[str]) -> None:
        name = verb.replace("-", "_") + ("_" if verb == "continue" else "")
        getattr(import_module(module), name)(options, rest)

    return act


def _outputs(
    parser: argparse.ArgumentParser,
    suffixes: str = ".mid .musicxml .abc .svg .png .pdf .wav .flac .json",
) -> None:
    parser.add_argument(
        "-o", "--out", action="append", default=[], metavar="FILE",
        help=f"where to write; the suffix is the format: {suffixes}; may be said several times; "
        "a name that ends in / is a folder",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")


def _plays(parser: argparse.ArgumentParser) -> None:
    """What `muse render` is asked for."""
    from muse.makers.voice_choice import VOICES

    parser.add_argument("file", help="MIDI, MusicXML, ABC or JSON file")
    _outputs(parser, ".wav .flac .ogg .mp3")
    parser.add_argument("--voice", choices=VOICES, help="who plays (gan if its bundles are here)")
    parser.add_argument("--timbre", metavar="NAME:SHARE,...", help="instruments for all parts, such "
                        "as violin:0.5,flute:0.5 (each part's program)")  # fmt: skip
    parser.add_argument("--rate", type=int, metavar="HZ", help="samples a second (the voice's)")
    parser.add_argument(
        "--room", type=float, default=0.15, help="how much of a room, 0 to 1 (0.15)"
    )
    parser.add_argument("--steps", type=int, default=6, metavar="N", help="of the voice flow (6)")
    parser.add_argument("--seed", type=int, default=0, help="of the voice flow's noise (0)")
    parser.add_argument("--stems", metavar="DIR", help="each part as a file of its own too")


def _engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine", choices=["auto", "torch", "native"],
        help="what runs the model (auto: native where it was built, else torch)",
    )  # fmt: skip


def _makes(parser: argparse.ArgumentParser, without: tuple[str, ...] = ()) -> None:
    """Outputs, the bundle, and the options of a wish and of a drawing."""
    from muse.makers.wishes import Drawing, MelodyWish

    _outputs(parser)
    parser.add_argument("--model", help="bundle: a name or a folder's path (melody)")
    _engine(parser)
    for kind in (MelodyWish, Drawing):
        texts = attribute_texts(kind)
        for field in fields(kind):
            if field.name not in without:
                _option(parser, field.name, str(field.type), texts[field.name])


def _moves(verb: Callable[[str, str, str], Parser]) -> None:
    """The verbs of the latent space."""
    from muse.cli.blending import STEERED
    from muse.makers.wishes import Drawing, MelodyWish

    module, wishes = "muse.cli.blending", attribute_texts(MelodyWish)
    blend = verb("blend", module, "Write the tunes on the way from one tune to another.")
    blend.add_argument("a", help="the first tune: MIDI, MusicXML, ABC or JSON file")
    blend.add_argument("b", help="the last tune")
    blend.add_argument("--steps", type=int, default=7, help="how many, both ends included (7)")
    blend.add_argument("--picture", action="append", default=[], metavar="FILE",
                       help=".svg or .png of the way; a folder gets one anyway")  # fmt: skip
    steered = verb("steer", module, "Write a tune with more or less of some attributes.")
    steered.add_argument("theme", help="MIDI, MusicXML, ABC or JSON file")
    for name, text in STEERED.items():
        steered.add_argument(f"--{name}", type=float, metavar="N",
                             help=f"{text}: how much more, in spreads of human tunes")  # fmt: skip
    sample = verb("sample-latent", module, "Draw new tunes from the latent space.")
    sample.add_argument("--bars", type=int, default=4, help="number of full bars (4)")
    for name in ("key", "meter", "style"):
        sample.add_argument(f"--{name}", help=wishes[name])
    sample.add_argument("--tempo", type=float, help=wishes["tempo"])
    texts = attribute_texts(Drawing)
    for parser in (blend, steered, sample):
        _outputs(parser)
        parser.add_argument("--model", help="bundle: a name or a folder's path (blend)")
        for field in fields(Drawing):
            if parser is not blend or field.name != "variations":
                _option(parser, field.name, str(field.type), texts[field.name])


def _writes(parser: argparse.ArgumentParser, without: tuple[str, ...] = ("theme",)) -> None:
    """Outputs, the bundle, and the options of a wish for verse and of a drawing."""
    from muse.makers.poem_wishes import PoemWish
    from muse.makers.wishes import Drawing

    _outputs(parser, ".txt .md .json .html .pdf")
    parser.add_argument("--model", help="bundle: a name or a folder's path (by the language)")
    _engine(parser)
    for kind in (PoemWish, Drawing):
        texts = attribute_texts(kind)
        for field in fields(kind):
            if field.name in without:
                continue
            if str(field.type).startswith("Mapping"):
                parser.add_argument(
                    f"--{NUMBERED[field.name]}", dest=field.name, action="append",
                    type=_numbered, metavar="N:TEXT", help=texts[field.name],
                )  # fmt: skip
            else:
                _option(parser, field.name, str(field.type), texts[field.name])


def _goes_on(parser: argparse.ArgumentParser) -> None:
    """How far a script or a story is continued."""
    from muse.makers.stage_wishes import ScriptWish, StoryWish

    names = ("speeches", "cast", "order", "speech_words", "directions", "verse")
    texts = attribute_texts(ScriptWish)
    for field in fields(ScriptWish):
        if field.name in names:
            _option(parser, field.name, str(field.type), f"of a script: {texts[field.name]}")
    texts = attribute_texts(StoryWish)
    for name in ("words", "paragraphs"):
        _option(parser, name, "int", f"of a story: {texts[name]}")


def _tells(
    parser: argparse.ArgumentParser, kind: str, without: tuple[str, ...], suffixes: str
) -> None:
    """Outputs, the bundle, and the options of a wish for a scene or a story, and of a drawing."""
    from muse.makers import stage_wishes
    from muse.makers.wishes import Drawing

    _outputs(parser, suffixes)
    parser.add_argument("--model", help="bundle: a name or a folder's path (script-en)")
    _engine(parser)
    parser.add_argument("--stream", action="store_true", help="show the words as they are written")
    for wish in (getattr(stage_wishes, kind), Drawing):
        texts = attribute_texts(wish)
        for field in fields(wish):
            if field.name not in without:
                _option(parser, field.name, str(field.type), texts[field.name])


NUMBERED = {"ends": "end", "words": "word", "locked": "lock"}
"""Wishes for single lines: their fields and their options."""


def _numbered(text: str) -> tuple[int, str]:
    number, _, rest = text.partition(":")
    if not number.strip().isdigit() or not rest.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is to be LINE:TEXT, such as 3:the winter sea")
    return int(number), rest.strip()


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
