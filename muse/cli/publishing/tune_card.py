"""The model card of a bundle, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from muse.data.recipe import DatasetRecipe
from muse.train.recipe import TrainRecipe

MAKES = {
    "melody": "This bundle writes lead melodies, with chord symbols if they are asked for: new "
    "tunes, continuations, bars written anew, variations, chords for a melody.",
    "chorale": "This bundle sets melodies in four parts, soprano, alto, tenor and bass, in the "
    "manner of Bach's chorales.",
}

LIMITS = {
    "melody": """\
- It has learned from European and American tunes, most of them Irish and British dances. Ask it for
  other music and it writes dances all the same.
- What is promised (length, key, meter, chords, range, what stays of a theme) is kept by the grammar. How
  good a tune is, nobody promises: ask for several `--candidates` and listen.
- It sees 1,024 tokens, some 60 to 100 bars; the form of longer pieces drifts.
- It may write a phrase that stands in its training data: folk tunes share their phrases. The figures
  of `muse evaluate {name} --of originality` say how often. Do not sell a tune unheard.
- Velocity, articulation and grace notes are not in its tokens.""",
    "chorale": """\
- It has learned from the chorales of one composer, and harmonises everything in that manner.
- Voice leading is likely to be good, and not promised: parallel fifths happen.
- It sees 1,024 tokens, some 25 bars of four parts.""",
}

CALLS = {
    "melody": 'print(muse.load("{name}").compose(bars=8, key="D", meter="6/8", seed=7))',
    "chorale": 'print(muse.load("{name}").harmonize(muse.open("melody.mid"), seed=7))',
}


def model_card(
    recipe: TrainRecipe, about: dict[str, Any], report: dict[str, Any], parameters: int,
    sources: Sequence[DatasetRecipe], filled: float, evaluation: str = "",
) -> str:  # fmt: skip
    """The README of a bundle.

    Args:
        recipe: what was trained.
        about: the bundle's "muse" section.
        report: of `muse data prepare`.
        parameters: how many numbers the network has.
        sources: the data recipes.
        filled: which part of the places of training rows holds tokens; the rest is padding.
        evaluation: tables of `muse evaluate` (see `figures.py`), or empty.
    """
    name, places = recipe.name, recipe.length * recipe.rows * about["steps"]
    shape = ", ".join(f"{key} {value}" for key, value in recipe.model.items())
    begun = f" It began from the weights of `{recipe.begin_from}`." if recipe.begin_from else ""
    return f"""\
---
library_name: transformers
pipeline_tag: text-generation
tags: [music, symbolic-music, muse]
---

# {name}, version {about["version"]}

{MAKES[recipe.kind]}

## Data

{_sources(sources, report)}

{_splits(report)}
Works that are the same tune, by their notes or their names, are kept in one split.

## Training

{about["steps"]:,} steps of {recipe.rows} rows of {recipe.length:,} places. {filled:.1%} of the places of the \
first epoch hold tokens and the rest is padding, so about {places * filled / 1e6:.2f} million tokens in all. \
{parameters / 1e6:.2f} million parameters ({shape}). Matrices are learned \
by Muon, the rest by AdamW; the weights are averages of the last steps, and of all evaluations the best \
is kept.{begun} `muse train {name}` does it again.

## Held-out figures

{_figures(about["figures"])}

Measured by `muse train {name}` at step {about["steps"]:,} on validation works as they are, in full \
precision. {_evaluated(evaluation, name)}

Human tunes of the validation split, by which candidates are ranked (mean, spread):

{_human(about["human"])}

## Limits

{LIMITS[recipe.kind].format(name=name)}

## Use

```python
import muse

{CALLS[recipe.kind].format(name=name)}
```

It is a Hugging Face folder too; the names of its tokens stand in `tokenizer/vocab.json`, and the grammar
that keeps promises is Muse's:

```python
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained("folder")  # muse export {name} folder
```

## Licence

The weights and this card: Apache-2.0. The data they were learned from: {about["licence"]}.
"""


def _evaluated(evaluation: str, name: str) -> str:
    """The tables, or how to make them."""
    if evaluation:
        return f"What `muse evaluate` measured:\n\n{evaluation}"
    return (
        f"`muse evaluate {name}` measures likelihood against baselines, legality, music statistics "
        "and originality on the test split."
    )


def _sources(sources: Sequence[DatasetRecipe], report: dict[str, Any]) -> str:
    """A table of what was learned from."""
    lines = ["| source | works kept | of | licence |", "|---|---|---|---|"]
    for source in sources:
        counts = report.get("sources", {}).get(source.name, {})
        title = f"[{source.title}]({source.homepage.split(' ')[0]})"
        kept, read = counts.get("kept", "?"), counts.get("read", "?")
        lines.append(f"| {title} | {kept} | {read} | {source.licence} |")
    return "\n".join(lines)


def _splits(report: dict[str, Any]) -> str:
    """The sizes of the splits in a sentence."""
    names = {"train": "training", "valid": "validation", "test": "test"}
    found = [
        f"{counts['pieces']:,} works ({counts['notes']:,} notes) for {names.get(split, split)}"
        for split, counts in report.get("splits", {}).items()
    ]
    return ", ".join(found) + "." if found else ""


def _figures(figures: dict[str, float]) -> str:
    lines = ["| measure | value |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {value:.4f} |" for name, value in figures.items())])


def _human(human: dict[str, tuple[float, float]]) -> str:
    lines = ["| figure | mean | spread |", "|---|---|---|"]
    for name, (mean, spread) in human.items():
        lines.append(f"| {name.replace('_', ' ')} | {mean:.2f} | {spread:.2f} |")
    return "\n".join(lines)
