"""Training on many processes, applied from outside: the networks know nothing of it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch.distributed as dist
from torch import Tensor, nn


def gathered(tensor: Tensor) -> Tensor:
    """All of a tensor that is shared among processes (FSDP's DTensor), a plain one as it is.

    Every process has to call this for the same tensor.
    """
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def shared_like(tensor: Tensor, pattern: Tensor) -> Tensor:
    """This process's share of a whole tensor, cut as `pattern` is; the whole if that is plain."""
    from torch.distributed.tensor import DTensor, Replicate

    if not isinstance(pattern, DTensor):
        return tensor
    everywhere = [Replicate()] * pattern.device_mesh.ndim
    found = DTensor.from_local(tensor, pattern.device_mesh, everywhere, run_check=False)
    return found.redistribute(placements=pattern.placements)


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
            from torch.distributed.device_mesh import init_device_mesh
            from torch.distributed.fsdp import fully_shard

            mesh = init_device_mesh("cpu", (self.world,))
            for layer in model.model.layers:  # type: ignore[union-attr]
                fully_shard(layer, mesh=mesh)
            fully_shard(model, mesh=mesh)
            return model
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
        return float(gathered(norm))


def join(sharding: str = "ddp") -> Place:
    """The place that `torchrun` gave this process; alone if it was started without.

    Networks and batches are on the CPU, so processes talk through gloo.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        return Place()
    if not dist.is_initialized():
        dist.init_process_group("gloo")
    return Place(dist.get_rank(), world, sharding)


def leave() -> None:
    """End the group of processes, if there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()
