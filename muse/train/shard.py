"""Training on many processes, applied from outside: the networks know nothing of it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True)
class Place:
    """This process among `world` that train together. `sharding`: "ddp" or "fsdp"."""

    rank: int = 0
    world: int = 1
    sharding: str = "ddp"

    @property
    def first(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def wrapped(self, model: nn.Module) -> nn.Module:
        """The model as it trains here: as it is, replicated (DDP) or sharded (FSDP2)."""
        if self.world == 1:
            return model
        if self.sharding == "fsdp":
            from torch.distributed.fsdp import fully_shard

            for layer in model.model.layers:  # type: ignore[union-attr]
                fully_shard(layer)
            return fully_shard(model)
        return nn.parallel.DistributedDataParallel(model)

    def summed(self, value: Tensor) -> Tensor:
        """The sum of a number over all processes."""
        if self.world > 1:
            value = value.clone()
            dist.all_reduce(value)
        return value

    def clip(self, model: nn.Module, most: float) -> float:
        """Scale gradients down to norm `most`; returns the norm they had."""
        norm = nn.utils.clip_grad_norm_(model.parameters(), most)
        return float(norm.full_tensor() if hasattr(norm, "full_tensor") else norm)


def join(sharding: str = "ddp") -> Place:
    """The place that `torchrun` gave this process; alone if it was started without."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        return Place()
    if not dist.is_initialized():
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return Place(dist.get_rank(), world, sharding)


def leave() -> None:
    """End the group of processes, if there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()
