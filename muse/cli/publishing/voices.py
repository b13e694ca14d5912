"""Runs of voices as bundles: the network that plays, and its card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from muse.bundle_network import build_network, network_config, save_network
from muse.cli.measures.voices import shipped_weights
from muse.cli.publishing.decoders import read_report, refuse_worse
from muse.train.checkpoint import load_checkpoint
from muse.train.recipe import TrainRecipe
from muse.works.base import WishError

LARGEST_EVALUATION_BYTES = 16_000_000

LICENCE = (
    "MIT (FluidR3_GM soundfont, Frank Wen); tunes of the melody shards, whose sound alone is used"
)

MAKES = {
    "acoustic": "This bundle turns notes into log-mel spectrograms of eleven instruments. The bundles "
    "voice-gan and voice-flow make sound of them.",
    "voice-gan": "This bundle is a vocoder: it turns log-mel spectrograms into sound in one pass, with the "
    "help of the notes' harmonics where they are known.",
    "voice-flow": "This bundle is a vocoder by flow matching: it turns noise into the spectra of a sound in "
    "four to eight steps, told the log-mel spectrogram and, where known, the notes' harmonics.",
}

LIMITS = """\
- It has heard one soundfont, played dry; of other timbres it makes what is nearest to those.
- Eleven instruments; others are played by the one that is nearest. No drums, no pedal, no bends.
- 22,050 Hz: nothing above 11 kHz."""


def publish_voice(
    recipe: TrainRecipe, run: Path, bundles: Path, version: str, evaluations: Sequence[Path] = ()
) -> Path:
    """Write the bundle of a run of a voice; arguments and errors as of `publish_run`."""
    path, folder = run / "best.safetensors", bundles / recipe.name
    if not path.is_file():
        raise WishError(f"no {path} yet: muse train {recipe.name} writes it")
    weights, state = load_checkpoint(path)
    held_out = {name: value for name, value in state.items() if name != "step"}
    refuse_worse(folder, held_out)
    shipped = shipped_weights(recipe.kind, weights)
    config = network_config(recipe.kind, recipe.model)
    wanted = build_network(recipe.kind, config).state_dict()
    for name, tensor in wanted.items():
        if name not in shipped or shipped[name].shape != tensor.shape:
            raise WishError(f"{path} is of another shape than the recipe: see tensor {name}")
    about: dict[str, Any] = {
        "version": version, "licence": LICENCE, "figures": held_out, "steps": state["step"],
        "mel": str(config.mel), "mel_fingerprint": config.mel.fingerprint,
    }  # fmt: skip
    parameters = sum(tensor.numel() for tensor in wanted.values())
    card = voice_card(recipe, about, read_report(Path(recipe.data.shards)), parameters, evaluations)
    save_network(
        folder, kind=recipe.kind, config=config,
        weights={name: shipped[name] for name in wanted}, about=about, card=card,
    )  # fmt: skip
    return folder


def voice_card(
    recipe: TrainRecipe, about: dict[str, Any], report: dict[str, Any], parameters: int,
    evaluations: Sequence[Path] = (),
) -> str:  # fmt: skip
    """The README of a bundle of a voice.

    Args:
        recipe: what was trained.
        about: the "muse" section.
        report: of `muse data prepare voice`.
        parameters: of the network that is shipped.
        evaluations: files of `muse evaluate -o FILE`.
    """
    splits = "\n".join(
        f"| {split} | {each['pieces']} | {each['notes']:,} | {each['seconds'] / 60:.0f} |"
        for split, each in report["splits"].items()
    )
    figures = "\n".join(f"| {name} | {value:.4f} |" for name, value in about["figures"].items())
    measured = "\n\n".join(_measured(path) for path in evaluations)
    voice = {"voice-gan": "gan", "voice-flow": "flow"}.get(recipe.kind, "griffinlim")
    hours = recipe.rows * recipe.length * about["steps"] * 256 / 22_050 / 3600
    return f"""\
---
tags: [music, vocoder, text-to-audio, muse]
license: apache-2.0
---

# {recipe.name}, version {about["version"]}

{MAKES[recipe.kind]}

## Use

```python
import muse

muse.load("{recipe.name}").render(muse.open("tune.mid")).save("tune.wav")
```

    muse render tune.mid -o tune.wav --voice {voice}

## Data

Tunes of the melody shards and random scores, played by FluidSynth with {report["soundfont"]} without
reverberation; the split is by tune. "unseen" is played with another soundfont and only measured.

| split | pieces | notes | minutes |
|---|---|---|---|
{splits}

## Training

{about["steps"]:,} steps of {recipe.rows} stretches of {recipe.length} frames: {hours:.0f} hours of sound went by. \
{parameters / 1e6:.2f} million parameters. `muse train {recipe.name}` does it again.
Mel: {about["mel"]}.

## Held-out figures

| measure | value |
|---|---|
{figures}

{measured}

## Limits

{LIMITS}

## Licence

The weights and this card: Apache-2.0. The data they were learned from: {about["licence"]}.
"""


def _measured(path: Path) -> str:
    """The figures of a file of `muse evaluate`, each with its command. Raises WishError."""
    try:
        if path.stat().st_size > LARGEST_EVALUATION_BYTES:
            raise WishError(f"{path} is too large for figures of muse evaluate")
        found = json.loads(path.read_text(encoding="utf-8"))
        parts = []
        for name, figures in found.items():
            rows = "\n".join(_rows({k: v for k, v in figures.items() if k != "command"}))
            parts.append(
                f"### {name}\n\n| of | value |\n|---|---|\n{rows}\n\nMade by `{figures['command']}`."
            )
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise WishError(f"{path} holds no figures of muse evaluate -o FILE: {error}") from error
    return "\n\n".join(parts)


def _rows(figures: dict[str, Any], before: str = "") -> list[str]:
    rows = []
    for name, value in figures.items():
        if isinstance(value, dict):
            rows += _rows(value, f"{before}{name}, ")
        else:
            text = f"{value:.4g}" if isinstance(value, float) else str(value)
            rows.append(f"| {before}{name} | {text} |")
    return rows
