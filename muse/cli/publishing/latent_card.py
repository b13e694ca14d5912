"""The model card of a latent space of melodies, in plain words, with its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from muse.data.recipe import DatasetRecipe
from muse.makers.latent_space import LatentSpace
from muse.train.recipe import TrainRecipe
from muse.works.base import WishError

LARGEST_FILE_BYTES = 16_000_000
OF_OTHERS = ("music_vae",)
"""Measures in which the network takes no part."""

Figures = dict[str, Any]

LIMITS = """\
- Melodies of one voice. Chord symbols and other parts of a given tune are not read; the tunes between two
  given ones have none.
- Meter, bars and the pitches of the key are kept by the grammar. How good a tune on the way is, nobody
  promises: half-way between two good tunes may lie a dull one.
- Tunes of other meters are stretched bar by bar, onsets snapped to sixteenths; later changes of meter and
  key are left out on the way. The ends themselves stay as they are given, note for note.
- It reads windows of up to 16 bars; longer tunes are read and written window by window, so nothing on the
  way knows what stood more than 16 bars before.
- It has learned from European and American tunes, most of them Irish and British dances.
- Samples of the prior are drawn bar by bar: they have less form than what the bundle `melody` writes."""


def read_latent_evaluations(
    paths: Sequence[Path], name: str, known: Sequence[str]
) -> dict[str, Figures]:
    """The measures in files that `muse evaluate blend -o FILE` wrote, by their names.

    Args:
        paths: the files; together they name every measure once.
        name: the run, or bundle, that the figures must be of.
        known: measures of a latent space.

    Raises:
        WishError: if a file is no such file, or measures something else.
    """
    found: dict[str, Figures] = {}
    for path in paths:
        try:
            if path.stat().st_size > LARGEST_FILE_BYTES:
                raise WishError(f"{path} is too large for figures of muse evaluate")
            measures = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, Any]])
        except (OSError, msgspec.MsgspecError) as error:
            raise WishError(f"{path} holds no figures of muse evaluate: {error}") from error
        for measure, figures in measures.items():
            words = str(figures.get("command", "")).split()
            if measure not in known or len(words) < 3:
                raise WishError(f"{path}: {measure!r} is no measure of a latent space")
            if measure in found:
                raise WishError(f"{path}: the measure {measure!r} is in an earlier file too")
            if measure not in OF_OTHERS and name not in Path(words[2]).parts:
                raise WishError(f"{path}: {measure} is of {words[2]!r}, not of {name!r}")
            found[measure] = figures
    return found


def latent_card(
    recipe: TrainRecipe, about: Mapping[str, Any], report: Mapping[str, Any], parameters: int,
    sources: Sequence[DatasetRecipe], space: LatentSpace, found: Mapping[str, Figures],
) -> str:  # fmt: skip
    """The README of a bundle `blend`.

    Args:
        recipe: what was trained.
        about: the bundle's "muse" section.
        report: of `muse data prepare`.
        parameters: how many numbers the network has.
        sources: the data recipes.
        space: its directions.
        found: figures of `muse evaluate`, by measure.
    """
    name = recipe.name
    shape = ", ".join(f"{key} {value}" for key, value in recipe.model.items())
    settings = ", ".join(f"{key} {value}" for key, value in recipe.objective.items())
    held_out = _table(("measure", "value"),
                      [(n, f"{v:.4f}") for n, v in about["figures"].items()])  # fmt: skip
    data = [
        (f"[{s.title}]({s.homepage.split(' ')[0]})",
         report.get("sources", {}).get(s.name, {}).get("kept", "?"), s.licence)
        for s in sources
    ]  # fmt: skip
    directions = [
        (attribute, f"{each.mean:.3f}", f"{each.spread:.3f}")
        for attribute, each in space.directions.items()
    ]
    return f"""\
---
tags: [music, symbolic-music, vae, muse]
---

# {name}, version {about["version"]}

A latent space of melodies: it writes the tunes between two tunes, varies one, gives it more or fewer notes,
leaps or off-beats, and draws new ones. A variational autoencoder of Transformer blocks with one latent for a
window of up to 16 bars and one for each bar.

## Use

```python
import muse

blender = muse.load("{name}")
a, b = blender.sample(bars=8, seed=1), blender.sample(bars=8, seed=2)
for tune in blender.blend(a, b, steps=7):
    print(tune)
livelier = blender.steer(a, {{"density": 1, "leaps": -1}})
```

    muse blend a.mid b.mid -o folder/ --steps 7
    muse vary a.mid --amount 0.3 --variations 8 -o folder/
    muse steer a.mid --density +1 --leaps -1 -o out.mid
    muse sample-latent --bars 8 --key D --meter 6/8 -o out.mid

## Data

{_table(("source", "works kept", "licence"), data)}

Works that are the same tune, by their notes or their names, are kept in one split.

## Training

{about["steps"]:,} steps of {recipe.rows} rows of {recipe.length} tokens; {parameters / 1e6:.2f} million parameters \
({shape}). Objective: {settings}. Windows of 1 to 16 bars in all keys. The weights are averages of the last \
steps, and of all evaluations the best is kept. `muse train {name}` does it again.

## Held-out figures

{held_out}

Measured by `muse train {name}` on validation windows of 2 and of 16 bars, latents drawn, in full precision.

{_measured(found, name)}

## Directions

{_table(("attribute", "mean", "spread"), directions)}

Of training windows of 4 and 8 bars. A step of 1 is one spread.

## Limits

{LIMITS}

## Licence

The weights and this card: Apache-2.0. The data they were learned from: {about["licence"]}.
"""


def _measured(found: Mapping[str, Figures], name: str) -> str:
    """The tables of what was measured, each with its command; or how to measure."""
    if not found:
        return f"`muse evaluate {name} -o FILE` measures the rest."
    parts = []
    for measure, figures in found.items():
        title, body = BODIES[measure]
        try:
            text = figures["not measured"] if "not measured" in figures else body(figures)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise WishError(f"figures of {measure}: no {error} in them") from error
        parts.append(f"### {title}\n\n{text}\n\nMade by `{figures['command']}`.")
    return "\n\n".join(parts)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def _reconstruction(figures: Figures) -> str:
    rows = [
        (label, *(f"{each[key]:.4f}" for key in
                  ("step_accuracy", "onset_f1", "pitch_f1", "exact_share")), each["windows"])
        for label, each in figures.items()
        if isinstance(each, dict) and "step_accuracy" in each
    ]  # fmt: skip
    table = _table(("windows", "steps right", "onsets F", "pitches F", "exact", "how many"), rows)
    return (
        f"{table}\n\nSampled at temperature 1, a class for each sixteenth as MusicVAE counts them; "
        f"{figures['parameters'] / 1e6:.2f} million parameters."
    )


def _latents(figures: Figures) -> str:
    rows = [
        (label, each["nats_of_whole"], each["nats_of_bars"], each["active_of_whole"],
         each["active_of_bar"], each["windows"])
        for label, each in figures.items()
        if isinstance(each, dict)
    ]  # fmt: skip
    return _table(("windows", "nats of the whole", "nats of the bars", "active of the whole",
                   "active of a bar", "how many"), rows)  # fmt: skip


def _interpolation(figures: Figures) -> str:
    ways = {label: each for label, each in figures.items() if isinstance(each, dict)}
    names = list(next(iter(ways.values())))
    rows = [(label, *(f"{each[name]:.3f}" for name in names)) for label, each in ways.items()]
    table = _table(("way", *(name.replace("_", " ") for name in names)), rows)
    return f"{table}\n\n{figures['pairs']} pairs of held-out tunes of 8 bars, {figures['steps']} steps each."


def _samples(figures: Figures) -> str:
    rows = [
        (name.replace("_", " "), f"{each['mean']:.3f}", f"{each['human_mean']:.3f}",
         f"{each['overlap']:.3f}", f"{each['floor']:.3f}")
        for name, each in figures["statistics"].items()
    ]  # fmt: skip
    table = _table(("statistic", "drawn", "held out", "overlap", "floor"), rows)
    return f"{figures['with_violations']} of {figures['drawn']} break a promise.\n\n{table}"


def _steering(figures: Figures) -> str:
    found = {label: each for label, each in figures.items() if isinstance(each, dict)}
    names = list(found)
    rows = [
        (name, f"{each['spearman']:.3f}", f"{each['spearman_within_tunes']:.3f}",
         *(f"{each['spreads_per_asked_spread'][other]:+.2f}" for other in names))
        for name, each in found.items()
    ]  # fmt: skip
    table = _table(("asked", "Spearman", "within tunes", *(f"moves {n}" for n in names)), rows)
    return (
        f"{table}\n\n{figures['tunes']} held-out tunes, amounts {figures['amounts']}, in spreads."
    )


BODIES = {
    "reconstruction": ("Reconstruction of held-out windows", _reconstruction),
    "music_vae": (
        "The same by MusicVAE's small network, trained on the same tunes",
        _reconstruction,
    ),
    "latents": ("What the latents tell", _latents),
    "interpolation": ("Ways between two tunes", _interpolation),
    "samples": ("Samples of the prior", _samples),
    "steering": ("Directions, asked and measured", _steering),
}
"""By measure: the title of its section, and its table."""
