"""Checkpoints of a run: whole or not there, and free of pickled code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors.torch import load_file, save

from muse.train.shard import gathered, shared_like
from muse.works.base import WishError, write_atomically

Tensors = dict[str, torch.Tensor]


def save_checkpoint(path: Path, tensors: Tensors, state: dict[str, Any]) -> None:
    """Write tensors and JSON state as one safetensors file, under a temporary name first."""
    metadata = {"state": msgspec.json.encode(state).decode()}
    whole = {name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}
    write_atomically(path, save(whole, metadata))


def load_checkpoint(path: Path) -> tuple[Tensors, dict[str, Any]]:
    """Tensors and state of a checkpoint. Raises WishError if it is not one."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
        return load_file(path), msgspec.json.decode(metadata["state"])
    except (OSError, KeyError, SafetensorError, msgspec.DecodeError) as error:
        raise WishError(f"{path} is no checkpoint of Muse: {error}") from error


def optimiser_tensors(optimisers: list[torch.optim.Optimizer]) -> Tensors:
    """All states of the optimisers, whole, named `optim.<which>.<parameter>.<state>`."""
    out: Tensors = {}
    for which, optimiser in enumerate(optimisers):
        for parameter, values in optimiser.state_dict()["state"].items():
            for name, value in values.items():
                out[f"optim.{which}.{parameter}.{name}"] = gathered(torch.as_tensor(value))
    return out


def restore_optimisers(optimisers: list[torch.optim.Optimizer], tensors: Tensors) -> None:
    """Put back what `optimiser_tensors` took, each process its share."""
    for which, optimiser in enumerate(optimisers):
        parameters = [each for group in optimiser.param_groups for each in group["params"]]
        states: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in tensors.items():
            kind, number, parameter, key = [*name.split(".", 3), "", "", ""][:4]
            if kind == "optim" and number == str(which):
                place = int(parameter)
                # Counts of steps are plain numbers; all else is shared as its parameter is.
                share = shared_like(value, parameters[place]) if value.ndim else value
                states.setdefault(place, {})[key] = share
        whole = optimiser.state_dict()
        whole["state"] = states
        optimiser.load_state_dict(whole)
