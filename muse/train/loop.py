"""The training loop: any objective, resumable at every checkpoint, the same on one rank or many."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from muse.train.checkpoint import (
    load_checkpoint,
    optimiser_tensors,
    restore_optimisers,
    save_checkpoint,
)
from muse.train.optim import Averaged, make_optimisers, rate_factor
from muse.train.recipe import TrainRecipe
from muse.train.shard import Place, gathered, shared_like
from muse.works.base import WishError, write_atomically


class Objective(Protocol):
    """What is learned: a model, its batches and its losses."""

    @property
    def model(self) -> nn.Module: ...

    def batches(self, first_step: int, place: Place) -> Iterator[Any]: ...

    def loss(self, model: nn.Module, batch: Any) -> tuple[Tensor, Tensor]:
        """Sum of the losses and how many tokens they are of."""
        ...

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """Measures on the validation split; the first is the one that should fall."""
        ...


@dataclass(frozen=True)
class Progress:
    """What is said of a step."""

    step: int
    steps: int
    loss: float
    tokens_per_second: float
    seconds_left: float
    held_out: dict[str, float] | None = None


def fit(
    objective: Objective,
    recipe: TrainRecipe,
    run: Path,
    place: Place,
    watch: Callable[[Progress], None] = lambda progress: None,
    stop_at: int | None = None,
) -> dict[str, float]:
    """Train to the recipe's last step, from the run's last checkpoint if there is one.

    Args:
        objective: what is learned.
        recipe: how.
        run: folder of `checkpoint.safetensors`, `log.jsonl`, `best.safetensors`.
        place: this process among those that train together.
        watch: is told of every tenth step and of every evaluation.
        stop_at: stop after this step as if killed there, its checkpoint written (for tests).

    Returns:
        The last held-out measures.
    """
    optim = recipe.optim
    model = place.wrapped(objective.model)
    optimisers = make_optimisers(
        model, optim.muon_rate, optim.adam_rate, optim.momentum, optim.weight_decay,
        optim.adam_betas,
    )  # fmt: skip
    average = Averaged(objective.model, optim.ema)
    step, best = 0, math.inf
    losses: list[float] = []
    path = run / "checkpoint.safetensors"
    if path.exists():
        step, best, losses = _resume(path, objective.model, optimisers, average)
        if place.first:
            _cut_log(run / "log.jsonl", step)
    batches = objective.batches(step, place)
    measures: dict[str, float] = {}
    began, seen, first = time.monotonic(), 0.0, step
    last = recipe.steps if stop_at is None else min(stop_at, recipe.steps)
    while step < last:
        factor = rate_factor(step, recipe.steps, optim.warmup, optim.warmdown)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["base_lr"] * factor
        # What dropout leaves out depends on this alone, so a resumed run leaves out the same.
        torch.manual_seed(((recipe.seed << 40) + (step << 12) + place.rank) % 2**63)
        total, count = objective.loss(model, next(batches))
        whole = place.summed(count.detach().double())
        # Ranks average their gradients; scaled so, the mean is over all tokens of all ranks.
        (total * (place.world / whole)).backward()
        norm = place.clip(model, optim.clip)
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        average.update(objective.model)
        step += 1
        losses.append(float(place.summed(total.detach().double()) / whole))
        seen += float(whole)
        evaluated = step % recipe.evaluate_every == 0 or step == recipe.steps
        if evaluated:
            measures = _evaluate(objective, average, place)
        if place.first and (step % 10 == 0 or evaluated):
            rate = seen / (time.monotonic() - began)
            left = (recipe.steps - step) * (time.monotonic() - began) / (step - first)
            mean = sum(losses) / len(losses)
            line = {"step": step, "loss": mean, "norm": norm, "rate": factor, "tokens/s": rate}
            _append(run / "log.jsonl", line | ({"held_out": measures} if evaluated else {}))
            watch(Progress(step, recipe.steps, mean, rate, left, measures if evaluated else None))
            losses = []
        if evaluated:
            weights = {name: gathered(tensor) for name, tensor in average.weights.items()}
            score = next(iter(measures.values()))
            if place.first and score < best:
                best = score
                save_checkpoint(run / "best.safetensors", weights, {"step": step, **measures})
        if step % recipe.checkpoint_every == 0 or step == last:
            tensors = _everything(objective.model, average, optimisers)
            state = {"step": step, "best": best, "count": average.count, "losses": losses}
            if place.first:
                save_checkpoint(path, tensors, state)
    return measures


def _everything(
    model: nn.Module, average: Averaged, optimisers: list[torch.optim.Optimizer]
) -> dict[str, Tensor]:
    """All that a run needs to go on, whole, whatever processes share it."""
    tensors = {f"model.{name}": gathered(value) for name, value in model.state_dict().items()}
    tensors |= {f"average.{name}": gathered(value) for name, value in average.weights.items()}
    return tensors | optimiser_tensors(optimisers)


def _resume(
    path: Path, model: nn.Module, optimisers: list[torch.optim.Optimizer], average: Averaged
) -> tuple[int, float, list[float]]:
    """Put everything back; returns the step, the best score, and losses not yet logged."""
    tensors, state = load_checkpoint(path)

    def part(prefix: str) -> dict[str, Tensor]:
        found = {}
        for name, pattern in model.state_dict().items():
            tensor = tensors.get(prefix + name)
            if tensor is None or tensor.shape != pattern.shape:
                raise WishError(f"{path} is of another shape than the recipe: see tensor {name}")
            found[name] = shared_like(tensor, pattern)
        return found

    model.load_state_dict(part("model."))
    average.weights = part("average.")
    average.count = state["count"]
    restore_optimisers(optimisers, tensors)
    best = math.inf if state["best"] is None else float(state["best"])
    return int(state["step"]), best, state.get("losses", [])


def _evaluate(objective: Objective, average: Averaged, place: Place) -> dict[str, float]:
    """Held-out measures of the averaged weights."""
    kept = {k: v.detach().clone() for k, v in objective.model.state_dict().items()}
    objective.model.load_state_dict(average.weights)
    objective.model.eval()
    with torch.no_grad():
        measures = objective.held_out(objective.model)
    objective.model.load_state_dict(kept)
    objective.model.train()
    return measures


def _append(path: Path, line: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _cut_log(path: Path, step: int) -> None:
    """Leave only the lines up to `step`: those after it are written again."""
    if path.exists():
        lines = []
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                if json.loads(line)["step"] <= step:
                    lines.append(line)
            except (ValueError, KeyError):
                continue  # the line that the kill cut off
        write_atomically(path, "".join(line + "\n" for line in lines).encode())
