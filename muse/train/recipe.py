"""Training recipes: `muse/recipes/<name>.toml` is one training run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from muse.works.base import WishError


class DataWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is learned from.

    Attributes:
        shards: folder of `train.bin`, `valid.bin`, `test.bin`.
        sources: the data recipes that the shards are made of.
        drop_condition: how often a condition (style, tempo, chords) is left unsaid.
        tokenizer: folder of the trained pieces on the shelf `tokenizers/`; empty for kinds whose
            tokens are written down.
    """

    shards: str
    sources: tuple[str, ...]
    drop_condition: float = 0.15
    tokenizer: str = ""


class OptimWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it is learned.

    Attributes:
        muon_rate: learning rate of the matrices.
            0 leaves them to AdamW too.
        adam_rate: learning rate of embeddings and norms.
        adam_betas: of AdamW.
        weight_decay: decoupled, of the matrices.
        momentum: of Muon.
        warmup: steps over which the rates rise.
        warmdown: last part of the run over which they fall to zero.
        ema: decay of the averaged weights, which are the ones evaluated and shipped.
        clip: largest gradient norm.
    """

    muon_rate: float = 0.02
    adam_rate: float = 3e-3
    adam_betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = 0.05
    momentum: float = 0.95
    warmup: int = 100
    warmdown: float = 0.4
    ema: float = 0.998
    clip: float = 1.0


class TrainRecipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One training run.

    Attributes:
        name: of the run; its folder is `runs/<name>`.
        kind: of `kinds.py`: which objective and tokens.
        steps: optimiser steps of the whole run.
        rows: packed rows a step, over all processes.
        length: tokens a row.
        dropout: of the blocks, while training.
        threads: of torch; 0 leaves them as they are.
        seed: of everything drawn.
        evaluate_every: steps between held-out evaluations.
        checkpoint_every: steps between checkpoints.
        begin_from: a run whose best weights are the start, or empty.
        model: fields of the network's shape.
        objective: settings of what is learned, by the kind's own names.
    """

    name: str
    kind: str
    data: DataWish
    steps: int
    rows: int = 8
    length: int = 1024
    dropout: float = 0.0
    threads: int = 0
    seed: int = 0
    evaluate_every: int = 500
    checkpoint_every: int = 100
    begin_from: str = ""
    model: dict[str, Any] = {}
    objective: dict[str, Any] = {}
    optim: OptimWish = OptimWish()

    def __post_init__(self) -> None:
        for name in ("steps", "rows", "length", "evaluate_every", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must lie from 0 to below 1, not {self.dropout}")


def load_train_recipe(name: str) -> TrainRecipe:
    """Read the recipe `name` that ships with Muse, or the file `name` if it ends in .toml."""
    folder = Path(__file__).parents[1] / "recipes"
    path = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    if not path.is_file():
        known = " ".join(sorted(p.stem for p in folder.glob("*.toml")))
        raise WishError(f"no training recipe {name!r}; known: {known}")
    try:
        return msgspec.toml.decode(path.read_bytes(), type=TrainRecipe)
    except msgspec.MsgspecError as error:
        raise WishError(f"{path}: {error}") from error


def recipe_of_run(run: Path) -> TrainRecipe | None:
    """The recipe, overrides and all, that a run's folder was trained by; None if it says none.

    Raises:
        WishError: if what it says is no recipe.
    """
    path = run / "recipe.json"
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=TrainRecipe)
    except msgspec.MsgspecError as error:
        raise WishError(f"{path}: {error}") from error


def with_overrides(recipe: TrainRecipe, overrides: dict[str, str]) -> TrainRecipe:
    """The recipe with `{"optim.adam_rate": "1e-3"}` replaced.

    Raises:
        WishError: if there is no such key or the value does not fit it.
    """
    keys = msgspec.to_builtins(recipe)
    for name, value in overrides.items():
        steps = name.split(".")
        table = keys
        for step in steps[:-1]:
            if not isinstance(table.get(step), dict):
                raise WishError(f"the recipe {recipe.name} has no section {step!r}")
            table = table[step]
        if steps[-1] not in table and all(
            table is not keys[free] for free in ("model", "objective")
        ):
            raise WishError(f"the recipe {recipe.name} has no key {name!r}")
        try:
            table[steps[-1]] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            table[steps[-1]] = value
    try:
        return msgspec.convert(keys, TrainRecipe, strict=False)
    except msgspec.ValidationError as error:
        raise WishError(f"{error}") from error
