"""Verbs that make scenes and stories: new ones, more of them, a speech in other words."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from muse.cli.delivery import check_outputs, deliver, seeded
from muse.cli.loading import loaded
from muse.makers.stage_wishes import ScriptWish, StoryWish, asked
from muse.makers.wishes import Drawing
from muse.works.base import WishError, Work
from muse.works.emphasis import bare
from muse.works.script import Script, Speech
from muse.works.story import Story
from muse.works.wording import plain

CANDIDATES = 2
"""How many scenes or stories are drawn for each that is shown."""


def script(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse script`."""
    check_outputs(options.out, "Script")
    wishes = _wishes(options, ScriptWish)
    wish, _ = asked(ScriptWish, wishes)
    if not wish.cast:
        raise WishError('--cast: say who speaks, such as --cast "ANNA, PIERRE"')
    _hand_over(_dramatist(options).write(**wishes, **_told(options)), options)


def story(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse story`."""
    check_outputs(options.out, "Story")
    wishes = _wishes(options, StoryWish)
    asked(StoryWish, wishes)
    if options.stream:
        print(options.beginning, end="", flush=True)
    _hand_over(_storyteller(options).write(**wishes, **_told(options)), options)


def continue_writing(work: Work, options: argparse.Namespace) -> None:
    """`muse continue` for a script or a story, which stays as it is."""
    check_outputs(options.out, type(work).__name__)
    if isinstance(work, Script):
        wishes = _wishes(options, ScriptWish)
        asked(ScriptWish, wishes)
        made: Any = _dramatist(options).continue_(work, **wishes)
    elif isinstance(work, Story):
        wishes = _wishes(options, StoryWish)
        made = _storyteller(options).continue_(work, **wishes)
    else:
        raise WishError(f"{options.theme} is a {type(work).__name__}: it cannot be continued")
    deliver(made, options, seeded)


def redo_script(work: Script, options: argparse.Namespace) -> None:
    """`muse redo` for a script: a speech in other words, all else as it is."""
    check_outputs(options.out, "Script")
    if getattr(options, "line", None):
        raise WishError("--line is of poems; a script has speeches: say --speech")
    if options.speech is None:
        raise WishError("--speech: say which speech is to be written anew, from 1")
    numbers = options.speech if isinstance(options.speech, list) else [options.speech]
    # Lines, ends and the like are wishes for poems.
    taken = ("speech_words", "directions", "verse", "author", "setting")
    said = {name: getattr(options, name, None) for name in (*taken, *_DRAWING)}
    wishes = {name: value for name, value in said.items() if value not in (None, "")}
    wishes.pop("variations", None)
    made = _dramatist(options).redo(
        work, numbers, options.alternatives, **{"candidates": CANDIDATES, **wishes}
    )
    if options.out or options.json or len(made) == 1:
        deliver(made if len(made) > 1 else made[0], options, seeded)
        return
    for number in numbers:
        print(f"{number:3}  {_shown(work.speeches[number - 1])}")
        for place, each in enumerate(made, 1):
            print(f"{place:5})  {_shown(each.speeches[number - 1])}")


def _shown(speech: Speech) -> str:
    """A speech in one line."""
    aside = f" [{plain(bare(speech.parenthetical))}]" if speech.parenthetical else ""
    words = " / ".join(plain(bare(line), 10_000) for line in speech.lines)
    return f"{plain(speech.speaker)}.{aside} {words}"


_DRAWING = tuple(field.name for field in fields(Drawing))


def _wishes(options: argparse.Namespace, kind: type[ScriptWish | StoryWish]) -> dict[str, Any]:
    """The options of a wish and of a drawing that were said."""
    names = [*(field.name for field in fields(kind)), *_DRAWING]
    found = {name: getattr(options, name, None) for name in names}
    said = {name: value for name, value in found.items() if value is not None}
    candidates = 1 if getattr(options, "stream", False) else CANDIDATES
    return {"candidates": candidates, **said}


def _told(options: argparse.Namespace) -> dict[str, Callable[[str], None]]:
    """With `--stream`, what is called with each word as it is written."""
    if not options.stream:
        return {}
    if options.json:
        raise WishError("--stream and --json contradict each other: say one of them")
    return {"told": lambda words: print(words, end="", flush=True)}


def _hand_over(made: Any, options: argparse.Namespace) -> None:
    """Write, or show, what was made; it is not shown again if it was as it was written."""
    if options.stream:
        print(flush=True)
    if options.out or not options.stream:
        deliver(made, options, seeded)
    elif sys.stdout.isatty():
        print("(-o FILE keeps it)", file=sys.stderr)


def _dramatist(options: argparse.Namespace) -> Any:
    from muse.makers.dramatist import load_dramatist

    return loaded(load_dramatist, options.model, options)


def _storyteller(options: argparse.Namespace) -> Any:
    from muse.makers.storyteller import load_storyteller

    return loaded(load_storyteller, options.model, options)
