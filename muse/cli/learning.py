"""Verbs about learning: prepare data, train, publish."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from muse.works.base import WishError, write_atomically

if TYPE_CHECKING:
    from muse.train.loop import Progress

BUNDLES = Path(__file__).parents[1] / "bundles"
"""Where published bundles lie: they ship in the wheel."""


def data(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse data prepare`: the sources of a training recipe, tidy, split and as tokens."""
    from muse.train.kinds import kind_of
    from muse.train.recipe import load_train_recipe

    meant = {"english": "verse-en", "chinese": "verse-zh", "voice": "voice-gan"}
    recipe = load_train_recipe(meant.get(options.name, options.name))
    folder = Path(options.folder) if options.folder else None
    splits = kind_of(recipe).prepare(recipe, folder)
    for split, counts in splits.items():
        print(f"{split}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
    print(recipe.data.shards)


def train_tokenizer(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse train-tokenizer`: pieces of text, learned from the training split of a source."""
    if options.name == "chinese":
        raise WishError("the characters are listed by muse data prepare chinese; delete "
                        "tokenizers/chinese/pieces.model to list them anew")  # fmt: skip
    if options.name != "english":
        raise WishError(f"no tokenizer {options.name!r} to train; known: english, chinese")
    from muse.data.english_prepare import english_corpus, train_english_pieces
    from muse.hub import TOKENIZERS

    folder = Path(options.folder) if options.folder else None
    shelf = TOKENIZERS / options.name
    train_english_pieces(english_corpus(folder, Path("shards") / options.name), shelf)
    print(shelf)


def train(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse train`: a recipe's run, from its last checkpoint if there is one."""
    from muse.train.recipe import load_train_recipe, with_overrides
    from muse.train.run import train as run_training

    recipe = with_overrides(load_train_recipe(options.recipe), parsed_overrides(rest))
    folder = Path(options.runs) / recipe.name
    first = os.environ.get("RANK", "0") == "0"
    if first:
        import msgspec

        write_atomically(folder / "recipe.json", msgspec.json.encode(recipe))
    measures = run_training(
        recipe, Path(options.runs), options.sharding, watcher(folder) if first else _silent
    )
    if first:
        print(f"{folder / 'best.safetensors'}: {said(measures)}".rstrip(": "))


def publish(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse publish`: a run's best weights as a bundle, unless a better one is there."""
    from muse.cli.publishing.decoders import publish_run
    from muse.train.recipe import load_train_recipe, recipe_of_run

    recipe = load_train_recipe(options.recipe)
    run = Path(options.runs) / recipe.name
    files = [Path(name) for name in options.evaluation]
    if recipe.kind.startswith("digits-") or recipe.kind == "icons":
        from muse.cli.publishing.pictures import publish_pictures

        found = recipe_of_run(run) or recipe
        print(publish_pictures(found, run, BUNDLES, options.release, files))
        return
    if recipe.kind in ("acoustic", "voice-gan", "voice-flow"):
        from muse.cli.publishing.voices import publish_voice

        found = recipe_of_run(run) or recipe
        print(publish_voice(found, run, BUNDLES, options.release, files))
        return
    if recipe.kind == "blend":
        from muse.cli.publishing.latent import publish_latent

        found = recipe_of_run(run) or recipe
        print(publish_latent(found, run, BUNDLES, options.release, files))
        return
    print(publish_run(recipe_of_run(run) or recipe, run, BUNDLES, options.release, files))


def parsed_overrides(rest: list[str]) -> dict[str, str]:
    """`["--optim.ema", "0.99", "--steps=10"]` as `{"optim.ema": "0.99", "steps": "10"}`.

    Raises:
        WishError: if something is no `--section.key`, has no value, or is said twice.
    """
    found: dict[str, str] = {}
    words = iter(rest)
    for word in words:
        if not word.startswith("--") or len(word) < 3:
            raise WishError(
                f"unknown word {word!r}; recipe values are given as --section.key value"
            )
        name, equals, value = word[2:].partition("=")
        if not equals:
            value = next(words, "--")
            if value.startswith("--"):
                raise WishError(f"--{name} needs a value, as in --optim.ema 0.99")
        name = name.replace("-", "_")
        if name in found:
            raise WishError(f"--{name} is said twice")
        found[name] = value
    return found


def watcher(folder: Path) -> Callable[[Progress], None]:
    """Says how a run goes: one line that is written over in a terminal, else line after line.

    At each evaluation it also draws the loss curve.
    """
    terminal = sys.stderr.isatty()

    def watch(progress: Progress) -> None:
        line = f"step {progress.step}/{progress.steps}  loss {progress.loss:.4f}  "
        line += f"{progress.tokens_per_second:,.0f} tokens/s  {span(progress.seconds_left)} left"
        if progress.held_out is not None:
            line += f"  held out: {said(progress.held_out)}"
        if terminal:
            end = "\n" if progress.held_out is not None else ""
            print(f"\r\x1b[K{line}", end=end, file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
        if progress.held_out is not None:
            from muse.train.curve import write_curve

            write_curve(folder / "log.jsonl", folder / "loss.png", folder.name)

    return watch


def _silent(progress: Progress) -> None:
    """Says nothing: another process does."""


def said(measures: dict[str, float]) -> str:
    """Held-out measures in words: `"0.612 nats/token, 2.91 bits/note"`."""
    return ", ".join(f"{value:.4g} {name}" for name, value in measures.items())


def span(seconds: float) -> str:
    """A time for people: `"1 h 05 min"`, `"12 min"`, `"40 s"`."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
