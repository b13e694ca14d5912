"""Two processes train as one does, replicated (DDP) and sharded (FSDP2)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from muse.train.checkpoint import load_checkpoint
from muse.train.run import train

from .toys import read_log, toy_recipe, toy_shards, write_recipe

CLOSE = 1e-4


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with shards, a recipe and the run of one process."""
    folder = tmp_path_factory.mktemp("alone")
    recipe = toy_recipe(toy_shards(folder / "shards"), steps=20, evaluate_every=10)
    write_recipe(folder / "toy.toml", recipe)
    train(recipe, folder)
    return folder


def run_two(recipe: Path, runs: Path, sharding: str) -> None:
    """`torchrun --nproc_per_node 2 -m muse train RECIPE`."""
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2",
        "-m", "muse", "train", str(recipe), "--runs", str(runs), "--sharding", sharding,
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, timeout=500, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    assert done.stdout.decode().count("held out") == 0
    assert done.stdout.decode().count("best.safetensors") == 1, "one process speaks"


def assert_close_runs(run: Path, other: Path) -> None:
    for line, expected in zip(read_log(run), read_log(other), strict=True):
        assert line["step"] == expected["step"]
        assert line["loss"] == pytest.approx(expected["loss"], abs=CLOSE)
        assert line["norm"] == pytest.approx(expected["norm"], abs=10 * CLOSE)
        for name, value in expected["held_out"].items():
            assert line["held_out"][name] == pytest.approx(value, abs=10 * CLOSE)
    (tensors, state), (others, _) = (
        load_checkpoint(each / "checkpoint.safetensors") for each in (run, other)
    )
    assert state["step"] == 20 and set(tensors) == set(others)
    for name, tensor in tensors.items():
        assert tensor.shape == others[name].shape
        torch.testing.assert_close(tensor, others[name], rtol=0.01, atol=2e-3, msg=name)


def test_replicated_run_equals_one_process(alone: Path, tmp_path: Path) -> None:
    run_two(alone / "toy.toml", tmp_path, "ddp")
    assert_close_runs(tmp_path / "toy", alone / "toy")
    assert (tmp_path / "toy" / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_sharded_run_goes_on_from_one_process_and_equals_it(alone: Path, tmp_path: Path) -> None:
    """Checkpoints are whole tensors, so a run may change how many processes share it."""
    recipe = toy_recipe(alone / "shards", steps=20, evaluate_every=10)
    train(recipe, tmp_path, stop_at=8)
    run_two(alone / "toy.toml", tmp_path, "fsdp")
    assert_close_runs(tmp_path / "toy", alone / "toy")
    best, state = load_checkpoint(tmp_path / "toy" / "best.safetensors")
    expected, _ = load_checkpoint(alone / "toy" / "best.safetensors")
    assert state["step"] == 20 and set(best) == set(expected)
    finished = toy_recipe(alone / "shards", steps=22, evaluate_every=11)
    measures = train(finished, tmp_path)
    assert measures["nats/token"] < 5, "one process goes on where two left off"


def test_sharding_leaves_each_process_half() -> None:
    import torch.distributed as dist
    from torch.distributed.tensor import DTensor
    from torch.testing._internal.distributed.fake_pg import FakeStore

    from muse.models.decoder import Decoder
    from muse.train.kinds import decoder_config
    from muse.train.shard import Place, shared_like

    model = Decoder(decoder_config(toy_recipe(Path("shards"))))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    dist.init_process_group("fake", store=FakeStore(), rank=0, world_size=2)
    try:
        wrapped = Place(0, 2, "fsdp").wrapped(model)
        for name, parameter in wrapped.named_parameters():
            assert isinstance(parameter, DTensor), name
            local, whole = parameter.to_local(), before[name]
            assert local.shape[0] == whole.shape[0] // 2
            share = shared_like(whole, parameter)
            assert torch.equal(share.to_local(), local) and torch.equal(local, whole[: len(local)])
        assert set(dict(wrapped.named_parameters())) == set(dict(model.named_parameters()))
    finally:
        dist.destroy_process_group()
