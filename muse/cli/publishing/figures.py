"""Figures of `muse evaluate` as tables of a model card, each with the command that made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from muse.cli.publishing import verse_figures
from muse.works.base import WishError

LARGEST_FILE_BYTES = 16_000_000

OF_THE_MODEL = (
    "likelihood", "music", "originality", "legality",
    "form", "price", "diversity", "copying", "theme",
)  # fmt: skip
"""Measures in which the network takes part; the others are baselines and controls."""

SPLITS = {"valid": "validation", "test": "test"}

Figures = dict[str, Any]


def read_evaluations(paths: Sequence[Path], name: str) -> dict[str, Figures]:
    """The measures in files that `muse evaluate ... -o FILE` wrote, by their names.

    Args:
        paths: the files; together they name every measure once.
        name: the run that the network's figures must be of.

    Raises:
        WishError: if a file is no such file, holds what no card shows, says a measure again, or
            measures another network.
    """
    found: dict[str, Figures] = {}
    for path in paths:
        for measure, figures in _read(path).items():
            if measure == "compared":
                continue
            command = figures.get("command") if isinstance(figures, dict) else None
            if measure not in MEASURES or not isinstance(command, str):
                raise WishError(f"{path}: {measure!r} is no measure of scores by muse evaluate")
            if measure in found:
                raise WishError(f"{path}: the measure {measure!r} is in an earlier file too")
            measured = command.split()[2] if len(command.split()) > 2 else ""
            if measure in OF_THE_MODEL and name not in Path(measured).parts:
                raise WishError(f"{path}: {measure} is of {measured!r}, not of {name!r}")
            found[measure] = figures
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise WishError(f"{path} is too large for figures of muse evaluate")
        found = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise WishError(f"cannot read {path}: {error}") from error
    if not isinstance(found, dict):
        raise WishError(f"{path} holds no figures of muse evaluate -o FILE")
    return found


def evaluation_section(found: dict[str, Figures]) -> str:
    """Markdown: a table for each section whose measures were made, with the commands.

    Raises:
        WishError: if a measure lacks figures that its table shows.
    """
    parts = []
    verse = any(figures.get("about") == verse_figures.ABOUT for figures in found.values())
    for section in VERSE_SECTIONS if verse else SECTIONS:
        used = [found[name] for name in section.measures if name in found]
        if not used:
            continue
        text = [f"### {section.title}"]
        try:
            if any("not measured" not in figures for figures in used):
                text.append(section.body(found))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise WishError(f"figures of {section.measures[0]}: no {error} in them") from error
        text += [f"Not measured: {f['not measured']}" for f in used if "not measured" in f]
        commands = dict.fromkeys(f"`{figures['command']}`" for figures in used)
        parts.append("\n\n".join([*text, "Made by " + ", ".join(commands) + "."]))
    return "\n\n".join(parts)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def _likelihood(found: dict[str, Figures]) -> str:
    """Bits a note of the network and the baselines, of new and of repeated bars."""
    models: dict[str, Figures] = {"this network": found.get("likelihood", {})}
    ngram = found.get("ngram", {})
    for label, words in (("ngram", ""), ("ngram, bar numbers given", ", told the bar numbers")):
        if label in ngram:
            models[f"n-gram of order {ngram[label]['order']}{words}"] = ngram[label]
    models["LSTM"] = found.get("lstm", {})
    rows = []
    for split, word in SPLITS.items():
        for model, figures in models.items():
            if split in figures:
                each = figures[split]
                low, high = each["interval_95"]
                rows.append(
                    (
                        word, model, f"{each['bits_per_note']:.3f} ({low:.3f} to {high:.3f})",
                        f"{each['bits_per_note_of_new_bars']:.3f}",
                        f"{each['bits_per_note_of_repeated_bars']:.3f}",
                        f"{each['nats_per_token']:.4f}", f"{each['pieces']:,}", f"{each['notes']:,}",
                    )
                )  # fmt: skip
    heads = ("split", "model", "bits/note (95 %)", "new bars", "repeated bars", "nats/token",
             "works", "notes")  # fmt: skip
    return f"""{_table(heads, rows)}

All bits of a work over its notes. A repeated bar says what an earlier bar of its work says; all other bars
are new, and only they show what is known of music. Modified Kneser-Ney n-grams; their order is chosen on the
validation split."""


def _statistics(of: str, other: str, figures: Figures) -> str:
    """A table of statistics of two sets of tunes."""
    rows = [
        (
            name.replace("_", " "), f"{each['mean']:.3f} ± {each['spread']:.3f}",
            f"{each['human_mean']:.3f} ± {each['human_spread']:.3f}", f"{each['overlap']:.3f}",
            f"{each['floor']:.3f}", "yes" if each["within_noise"] else "**no**",
        )
        for name, each in figures["statistics"].items()
    ]  # fmt: skip
    return _table(("statistic", of, other, "overlap", "floor", "as human"), rows)


def _music(found: dict[str, Figures]) -> str:
    figures = found["music"]
    return f"""{_statistics("drawn", "held out", figures)}

{figures["drawn"]} tunes drawn under the conditions of held-out tunes (temperature \
{figures["drawing"]["temperature"]:g}, top-p {figures["drawing"]["top_p"]:g}), {figures["cut_off"]} of \
them cut off at the context's end. Overlap is of the two distributions; the floor is what 95 % of samples of \
{figures["train"]:,} training tunes reach."""


def _human(found: dict[str, Figures]) -> str:
    figures = found["human"]
    return f"""{_statistics("training", "held out", figures)}

Controls without any network: {figures["train"]:,} training tunes against {figures["held_out"]:,} held-out ones."""


def _originality(found: dict[str, Figures]) -> str:
    figures = found["originality"]
    sets = {"drawn": figures["drawn"], "held out, whose conditions they have": figures["held out"]}
    sets["all held out"] = found.get("human", {}).get("runs")
    rows = [
        (
            label, f"{each['median']:.0f}", f"{each['percentile_95']:.0f}", each["most"],
            f"{each['median_share']:.3f}", each["tunes"],
        )
        for label, each in sets.items()
        if each
    ]  # fmt: skip
    heads = ("tunes", "median", "95 %", "most", "median share of the tune", "how many")
    return f"""{_table(heads, rows)}

In notes, by intervals and rhythm in any key. Held-out tunes, which nobody copied, are the control."""


def _legality(found: dict[str, Figures]) -> str:
    figures = found["legality"]
    rows = []
    for network in ("untrained", "trained"):
        each = figures.get(network, {})
        if "not measured" in each:
            rows.append((network, "not measured", "", "", each["not measured"]))
        elif each:
            rows.append(
                (
                    network, f"{each['draws']:,}", f"{each['wishes']:,}", f"{each['refused']:,}",
                    f"**{each['scores_with_violations']:,}**",
                )
            )  # fmt: skip
    heads = ("network", "scores", "random wishes", "refused as impossible", "break a promise")
    return _table(heads, rows)


@dataclass(frozen=True)
class Section:
    """A part of the card: its title, the measures it shows, and how."""

    title: str
    measures: tuple[str, ...]
    body: Callable[[dict[str, Figures]], str]


SECTIONS = (
    Section("Likelihood of held-out works", ("likelihood", "ngram", "lstm"), _likelihood),
    Section("Statistics of drawn tunes", ("music",), _music),
    Section("The same statistics of human tunes", ("human",), _human),
    Section("Longest run shared with a training tune", ("originality",), _originality),
    Section("Promises", ("legality",), _legality),
)


def _verse_section(title: str, measures: tuple[str, ...], body: Callable[..., str]) -> Section:
    return Section(title, measures, lambda found: body(found, _table))


VERSE_SECTIONS = tuple(_verse_section(*each) for each in verse_figures.SECTIONS)
"""What cards of bundles that write verse show."""

MEASURES = tuple(
    dict.fromkeys(name for section in (*SECTIONS, *VERSE_SECTIONS) for name in section.measures)
)
"""The measures that a card shows."""
