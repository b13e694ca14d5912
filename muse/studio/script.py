"""What the tab "Script" does: wishes to scenes, scenes to pages."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from html import escape
from typing import Any

from muse.studio.desk import Desk, laid, work_in_hand
from muse.studio.limits import (
    MOST_ALTERNATIVES,
    MOST_SECONDS,
    MOST_SPEECHES,
    checked_count,
    checked_seed,
    numbers_of,
)
from muse.studio.shelf import dramatist, encoded
from muse.works.base import WishError, Work
from muse.works.script import Script


class Stopped(Exception):
    """The visitor left, or the time is over."""


def fountain_text(script: Work) -> str:
    """A script as Fountain, without the entry for machines."""
    lines = encoded(script, ".fountain").decode("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("Muse: {")).lstrip("\n")


def read_fountain(text: str, before: Work | None = None) -> Script:
    """The script that a Fountain text is. Raises WishError."""
    from muse.works.formats.fountain import decode

    work = decode(text.encode("utf-8"), "your script")
    if not isinstance(work, Script):
        raise WishError("the text is no script")
    return work


def script_in_hand(desk: Desk, fountain: str | None) -> Script:
    """The script in the editor. Raises WishError if there is none."""
    return work_in_hand(desk, fountain, read_fountain)


def uploaded(desk: Desk, path: str | None) -> Desk:
    """The desk with a script of a visitor's file. Raises WishError."""
    from muse.works.formats import open_work

    if not path:
        raise WishError("choose a file: Fountain, Final Draft, text or JSON")
    work = open_work(path)
    if not isinstance(work, Script):
        raise WishError(f"that file holds a {type(work).__name__.lower()}, no script")
    return laid(desk, [work], "your file", fountain_text)


def wishes(
    setting: str | None, cast: str | None, speeches: float | None, opening: str | None = "",
    order: str | None = "", speech_words: str | None = "", title: str | None = "",
    kind: str | None = "",
) -> dict[str, Any]:  # fmt: skip
    """Fields of the page as options of a dramatist. Raises WishError.

    Args:
        setting, cast, opening, order, speech_words, title: as `ScriptWish` has them.
        speeches: how many.
        kind: "verse", "prose", or empty for either.
    """
    if not (cast or "").strip():
        raise WishError("say who speaks, such as ANNA, PIERRE")
    if (kind or "") not in KINDS:
        raise WishError(f"the speeches are verse, prose or either, not {kind!r}")
    found: dict[str, Any] = {
        "setting": setting, "cast": cast, "opening": opening, "order": order, "title": title,
        "speeches": checked_count("speeches", speeches, MOST_SPEECHES),
        "speech_words": (speech_words or "").strip() or "1-40",
        "verse": KINDS[kind or ""],
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, "")}


KINDS = {"": None, "either": None, "verse": True, "prose": False}
"""Words for verse and prose."""


def drawing(seed: float | None, alternatives: float | None) -> tuple[int, int]:
    """The seed and how many alternatives, checked."""
    return checked_seed(seed), checked_count("alternatives", alternatives or 1, MOST_ALTERNATIVES)


def writing(desk: Desk, wish: dict[str, Any], seed: int, count: int) -> Iterator[str | Desk]:
    """Pages of scenes while they are written, word by word; at last the desk with them.

    The alternatives have the seeds `seed`, `seed + 1` and so on, so each can be had again alone.
    """
    made: list[Script] = []
    writer = dramatist()
    for number in range(count):
        words = ""
        steps = told_words(partial(writer.write, **wish, seed=seed + number))
        for step in steps:
            if isinstance(step, Script):
                made.append(step)
                break
            words += step
            yield f'<pre class="muse-growing muse-play" aria-live="polite">{escape(words)}</pre>'
    yield laid(desk, made, "write", fountain_text)


def told_words(write: Callable[..., Any], seconds: float = MOST_SECONDS) -> Iterator[Any]:
    """The words that `write(told=...)` tells as they come, then what it returns.

    It runs in a thread of its own, which stops at its next word when nobody asks for more.

    Raises:
        WishError: if it raises one, or takes over `seconds`.
    """
    heard: queue.Queue[tuple[str, Any]] = queue.Queue()
    left = threading.Event()

    def told(words: str) -> None:
        if left.is_set():
            raise Stopped
        heard.put(("words", words))

    def work() -> None:
        try:
            heard.put(("done", write(told=told)))
        except Exception as error:
            heard.put(("fault", error))

    end = time.monotonic() + seconds
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            try:
                kind, value = heard.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise WishError(
                    f"stopped after {seconds:.0f} s: ask for something shorter"
                ) from None
            if kind == "fault":
                raise value
            yield value
            if kind == "done":
                return
    finally:
        left.set()


def redone(desk: Desk, fountain: str | None, speeches: str | None, seed: int, count: int) -> Desk:
    """The desk with speeches "3" or "2, 4" of the script in hand in other words."""
    script = script_in_hand(desk, fountain)
    if not script.speeches:
        raise WishError("nobody speaks in this script")
    numbers = numbers_of(speeches, "speeches to redo", len(script.speeches))
    if not numbers:
        raise WishError("say which speech is to be written anew, such as 3")
    made = dramatist().redo(script, numbers, count, seed=seed)
    return laid(desk, made, "redo speech " + ", ".join(map(str, numbers)), fountain_text)


def continued(desk: Desk, fountain: str | None, speeches: float, seed: int, count: int) -> Desk:
    """The desk with the script in hand and so many speeches more."""
    more = checked_count("more speeches", speeches, MOST_SPEECHES)
    script = script_in_hand(desk, fountain)
    made = dramatist().continue_(script, speeches=more, seed=seed, variations=count)
    return laid(desk, made, "continue", fountain_text)


def kept(desk: Desk, fountain: str | None) -> Desk:
    """The desk with the editor's text as the script in hand."""
    script = script_in_hand(desk, fountain)
    return desk if script is desk.work else laid(desk, [script], "edit", fountain_text)


def page(desk: Desk) -> str:
    """The alternatives as printed plays have them, each speech with its number."""
    cards = []
    for number, script in enumerate(desk.works, 1):
        assert isinstance(script, Script)
        in_hand = len(desk.works) > 1 and number - 1 == desk.place
        name = f"Alternative {number}" if len(desk.works) > 1 else "The scene"
        mark = " (in the editor)" if in_hand else ""
        cards.append(
            f'<section class="muse-card{" muse-in-hand" if in_hand else ""}" aria-label="{name}">'
            f'<h3>{name}{mark}</h3><div class="muse-play">{_numbered(script)}</div></section>'
        )
    return f'<div class="muse-cards">{"".join(cards)}</div>'


def _numbered(script: Script) -> str:
    """The script's HTML, with the number of each speech before its speaker."""
    from muse.works.pages import script_html

    head, *speeches = script_html(script).split('<b style="font-variant:small-caps">')
    marked = [
        f'<span class="muse-number">{number}</span> <b style="font-variant:small-caps">{rest}'
        for number, rest in enumerate(speeches, 1)
    ]
    return head + "".join(marked)
