"""The model cards of bundles of pictures, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from muse.data.recipe import DatasetRecipe
from muse.train.recipe import TrainRecipe

MAKES = {
    "digits-flow": "This bundle paints handwritten digits by a flow: a Transformer over patches says, "
    "at each step of the way from noise to the picture, where it leads (rectified flow), told the digit.",
    "digits-vae": "This bundle paints handwritten digits by a variational autoencoder whose prior holds one "
    "normal distribution a digit. A walk through its latents leads from one digit to another.",
    "digits-gan": "This bundle paints handwritten digits by the generator of a generative adversarial "
    "network, told the digit. It takes one step.",
    "digits-codes": "This bundle turns handwritten digits into mosaics of 7 x 7 codes out of 240, and back. "
    "The bundle digits-tokens writes such codes.",
    "digits-tokens": "This bundle writes handwritten digits code by code: the decoder that writes verse and "
    "tunes writes the 49 codes of a mosaic, and the bundle digits-codes makes them a picture.",
    "icons": "This bundle paints icons of 32 x 32 pixels from English or Chinese phrases, in one of three "
    "styles: a flow over patches that looks at the words by cross-attention.",
}

CALLS = {
    "digits-flow": ('paint(digit=7, seed=1)', "muse paint --digit 7 -o seven.png"),
    "digits-vae": ('paint(digit=7, seed=1)', "muse paint --digit 7 --method vae -o seven.png"),
    "digits-gan": ('paint(digit=7, seed=1)', "muse paint --digit 7 --method gan -o seven.png"),
    "digits-tokens": ('paint(digit=7, seed=1)', "muse paint --digit 7 --method tokens -o seven.png"),
    "icons": ('paint("a red apple", style="flat", seed=1)', 'muse paint "a red apple" --style flat -o apple.png'),
}  # fmt: skip

LIMITS = {
    "digits": """\
- It knows the digits of the data set and nothing else, in 28 x 28 grey pixels.
- Now and then a picture is no digit, or another one than was asked: the figures say how often.""",
    "icons": """\
- It is a small network that has seen some thousand icons. It knows the things that have an emoji; what it
  has not seen it mixes from what it has, and what it has seen it may repeat: the figures say how near.
- 32 x 32 pixels; larger pictures are enlarged or traced, not drawn anew.
- Its words are those of the emoji's names and tags; others are left out, and it says so.""",
}


def picture_card(
    recipe: TrainRecipe, about: dict[str, Any], report: dict[str, Any], parameters: int,
    sources: Sequence[DatasetRecipe], evaluation: str = "",
) -> str:  # fmt: skip
    """The README of a bundle of pictures.

    Args:
        recipe: what was trained.
        about: the "muse" section: version, steps, figures, licence.
        report: of `muse data prepare`.
        parameters: of the network that is shipped.
        sources: the data.
        evaluation: Markdown of measured figures, or empty.
    """
    name, kind = recipe.name, recipe.kind
    shape = ", ".join(f"{key} {value}" for key, value in recipe.model.items())
    table = "\n".join(f"| [{s.title}]({s.homepage.split(' ')[0]}) | {s.licence} |" for s in sources)
    counts = ", ".join(
        f"{counted.get('pictures', 0):,} for {split}"
        for split, counted in report.get("splits", {}).items()
    )
    figures = "\n".join(f"| {key} | {value:.4f} |" for key, value in about["figures"].items())
    early = "" if about["steps"] >= recipe.steps else (
        f" This is an early version: {about['steps']:,} of {recipe.steps:,} steps are done."
    )  # fmt: skip
    hours = f" {about['hours']:.2f} hours of training." if "hours" in about else ""
    use = ""
    if kind in CALLS:
        call, command = CALLS[kind]
        use = f'''## Use

```python
import muse

picture = muse.load("{name}").{call}
picture.save("picture.png")
```

```
{command}
```
'''
    limits = LIMITS["icons" if kind == "icons" else "digits"]
    return f"""\
---
tags: [muse, {"text-to-image" if kind == "icons" else "image-generation"}]
---

# {name}, version {about["version"]}

{MAKES[kind]}

{use}
## Data

| source | licence |
|---|---|
{table}

Pictures: {counts}.

## Training

{about["steps"]:,} steps of {recipe.rows} pictures, {about["steps"] * recipe.rows / 1e6:.2f} million showings.\
{hours}{early} {parameters / 1e6:.2f} million parameters ({shape}). The weights are averages of the last
steps, and of all evaluations the best is kept. `muse train {name}` does it again.

## Held-out figures

| measure | value |
|---|---|
{figures}

Measured by `muse train {name}` on validation pictures.
{evaluation}

## Limits

{limits}

## Licence

The weights and this card: Apache-2.0. The data they were learned from: {about["licence"]}.
"""


def figures_table(found: dict[str, Any]) -> str:
    """Markdown of what `muse evaluate NAME -o FILE` wrote of pictures."""
    parts = []
    for measure, figures in found.items():
        if not isinstance(figures, dict):
            continue
        rows = "\n".join(
            f"| {name} | {value} |"
            for name, value in _flat(figures)
            if name not in ("command", "seconds")
        )
        command = figures.get("command", "")
        parts.append(
            f"### {measure}\n\n| figure | value |\n|---|---|\n{rows}\n\nMade by `{command}`."
        )
    return "\n\n".join(parts)


def _flat(figures: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            found += _flat(value, f"{before}{name}, ")
        elif isinstance(value, int | float | str):
            found.append((before + name, round(value, 4) if isinstance(value, float) else value))
    return found
