"""The model card of a bundle that writes text, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from muse.data.recipe import DatasetRecipe
from muse.train.recipe import TrainRecipe

MAKES = {
    "verse-zh": "This bundle writes Chinese verse, one character a token: jueju and lüshi, ci to a "
    "named tune, couplets and old-style verse. 它写绝句、律诗、词、对联与古诗。",
    "verse-en": "This bundle writes English verse, line by line from the rhyme backwards, and speeches "
    "of plays.",
}

LIMITS = {
    "verse-zh": """\
- What is promised (lines, characters, tones, rhyme group, acrostic, locked lines) is kept by the grammar.
  Sense is not: it is a small network, whose lines are in the manner of old verse, and whose poems
  rarely argue, tell or end well. Ask for several and choose.
- It knows the verse of the Tang, the Song and the Yuan, and nothing after it; nearly all of its poets
  were men of one class. It can say what they said of women, of other peoples, of rank.
- It may repeat a phrase, now and then a line, that stands in its training data.
- Tones and rhymes are those of the Pingshui and Cilin books, not of today's speech.""",
    "verse-en": """\
- What is promised (lines, syllables, stress, rhyme, refrains, locked lines) is kept by the grammar. Sense
  is not: it is a small network; its lines are in the manner of older verse, and its poems rarely argue,
  tell or end well. Ask for several and choose.
- It has read poems and plays of the 16th to the early 20th century, most of them by men of England and
  America. It can say what they said of women, of other peoples, of faith.
- It may repeat a phrase, now and then a line, that stands in its training data.
- Its words are those of the CMU dictionary that have one pronunciation in verse.""",
}

CALLS = {
    "verse-zh": 'print(muse.load("{name}").write("春江", form="七绝", seed=1))',
    "verse-en": 'print(muse.load("{name}").write("winter sea", form="sonnet", seed=1))',
}


def verse_card(
    recipe: TrainRecipe, about: dict[str, Any], report: dict[str, Any], parameters: int,
    sources: Sequence[DatasetRecipe], evaluation: str = "",
) -> str:  # fmt: skip
    """The README of a bundle that writes text; arguments as of `cards.model_card`."""
    name, seen = recipe.name, recipe.length * recipe.rows * about["steps"]
    shape = ", ".join(f"{key} {value}" for key, value in recipe.model.items())
    part = "" if about["steps"] >= recipe.steps else (
        f" This version is an early one: {about['steps']:,} of {recipe.steps:,} steps are done, and the "
        "held-out loss was still falling."
    )  # fmt: skip
    figures = "\n".join(f"| {key} | {value:.4f} |" for key, value in about["figures"].items())
    return f"""\
---
library_name: transformers
pipeline_tag: text-generation
tags: [poetry, verse, muse]
---

# {name}, version {about["version"]}

{MAKES[recipe.kind]}

## Data

{_sources(sources, report)}

{_splits(report)}
The split is by author, and for plays by work: no author stands in two splits. Held-out poems that share
lines with training poems were left out.

## Training

{about["steps"]:,} steps of {recipe.rows} rows of {recipe.length:,} places, at most {seen / 1e6:.1f} million tokens.\
{part} {parameters / 1e6:.2f} million parameters ({shape}). Matrices are learned by Muon, the rest by \
AdamW; the weights are averages of the last steps, and of all evaluations the best is kept. \
`muse train {name}` does it again.

## Held-out figures

| measure | value |
|---|---|
{figures}

Measured by `muse train {name}` on validation works as they are, in full precision, headers not counted.
{evaluation}

## Limits

{LIMITS[recipe.kind]}

## Use

```python
import muse

{CALLS[recipe.kind].format(name=name)}
```

It is a Hugging Face folder too; the pieces of its text stand in `tokenizer/`, and the grammar that keeps
promises is Muse's.

## Licence

The weights and this card: Apache-2.0. The data they were learned from: {about["licence"]}.
"""


def _sources(sources: Sequence[DatasetRecipe], report: dict[str, Any]) -> str:
    """A table of what was learned from, and how much of it was kept."""
    lines = ["| source | licence |", "|---|---|"]
    for source in sources:
        title = f"[{source.title}]({source.homepage.split(' ')[0]})"
        lines.append(f"| {title} | {source.licence} |")
    counted: dict[str, Any] = report.get("poems") or next(
        iter(report.get("sources", {}).values()), {}
    )
    kept = f"Of {counted['read']:,} poems read {counted['kept']:,} were kept." if counted else ""
    plays = sum(len(titles) for titles in report.get("plays", {}).values())
    return "\n".join([*lines, "", kept + (f" {plays} plays." if plays else "")])


def _splits(report: dict[str, Any]) -> str:
    names = {"train": "training", "valid": "validation", "test": "test"}
    found = [
        f"{counts['pieces']:,} pieces ({counts['tokens']:,} tokens) for {names.get(split, split)}"
        for split, counts in report.get("splits", {}).items()
    ]
    return ", ".join(found) + "." if found else ""
