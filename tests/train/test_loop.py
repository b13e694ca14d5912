"""The loop: a broken run goes on as if nothing had happened."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import torch

from muse.train.checkpoint import load_checkpoint, save_checkpoint
from muse.train.loop import Progress
from muse.train.run import train
from muse.works import base
from muse.works.base import WishError

from .toys import read_log, toy_recipe, toy_shards, write_recipe


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with shards and a run of 30 steps in one go, with dropout."""
    folder = tmp_path_factory.mktemp("unbroken")
    toy_shards(folder / "shards")
    train(toy_recipe(folder / "shards", dropout=0.1), folder)
    return folder


def assert_same_run(run: Path, other: Path) -> None:
    """Same log, same checkpoint, same best weights, bit for bit."""
    assert read_log(run) == read_log(other)
    for name in ("checkpoint.safetensors", "best.safetensors"):
        (tensors, state), (others, other_state) = (load_checkpoint(r / name) for r in (run, other))
        assert state == other_state and set(tensors) == set(others)
        assert all(torch.equal(tensor, others[key]) for key, tensor in tensors.items())


def test_log_says_every_tenth_step_once(unbroken: Path) -> None:
    log = read_log(unbroken / "toy")
    assert [line["step"] for line in log] == [10, 20, 30]
    assert all({"loss", "norm", "rate", "held_out"} <= set(line) for line in log)


@pytest.mark.parametrize("stops", [[16], [13, 14, 27], [10, 20]])
def test_a_stopped_run_resumes_to_the_same_curve(
    unbroken: Path, tmp_path: Path, stops: list[int]
) -> None:
    recipe = toy_recipe(unbroken / "shards", dropout=0.1)
    for stop in stops:
        train(recipe, tmp_path, stop_at=stop)
        assert load_checkpoint(tmp_path / "toy" / "checkpoint.safetensors")[1]["step"] == stop
    train(recipe, tmp_path)
    assert_same_run(tmp_path / "toy", unbroken / "toy")


def test_a_killed_run_resumes_to_the_same_curve(unbroken: Path, tmp_path: Path) -> None:
    recipe = toy_recipe(unbroken / "shards", dropout=0.1)
    path, run = write_recipe(tmp_path / "toy.toml", recipe), tmp_path / "toy"
    script = Path(__file__).with_name("killed_run.py")
    arguments = [sys.executable, str(script), str(path), str(tmp_path)]
    # Checkpoints come at 8, 16, 24 and 30: the third never gets its name, the log says 20.
    killed = subprocess.run([*arguments, "3"], capture_output=True, timeout=300)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert load_checkpoint(run / "checkpoint.safetensors")[1]["step"] == 16
    assert [line["step"] for line in read_log(run)] == [10, 20]
    with (run / "log.jsonl").open("a") as log:
        log.write('{"step": 22, "lo')  # a line cut off by the kill
    train(recipe, tmp_path)
    assert_same_run(run, unbroken / "toy")


def test_a_finished_run_stays_finished(unbroken: Path) -> None:
    before = read_log(unbroken / "toy")
    train(toy_recipe(unbroken / "shards", dropout=0.1), unbroken)
    assert read_log(unbroken / "toy") == before


def test_best_weights_are_those_of_the_best_evaluation(unbroken: Path) -> None:
    log = read_log(unbroken / "toy")
    best = min(log, key=lambda line: line["held_out"]["nats/token"])
    _, state = load_checkpoint(unbroken / "toy" / "best.safetensors")
    assert state == {"step": best["step"], **best["held_out"]}


def test_watch_hears_of_steps_and_evaluations(unbroken: Path, tmp_path: Path) -> None:
    heard: list[Progress] = []
    train(toy_recipe(unbroken / "shards", evaluate_every=15), tmp_path, watch=heard.append)
    assert [(p.step, p.held_out is not None) for p in heard] == [
        (10, False), (15, True), (20, False), (30, True)
    ]  # fmt: skip
    assert all(p.steps == 30 and p.tokens_per_second > 0 and p.seconds_left >= 0 for p in heard)
    assert heard[-1].seconds_left == 0


def test_checkpoints_appear_whole_or_not_at_all(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "run" / "checkpoint.safetensors"
    save_checkpoint(path, {"a": torch.arange(3.0)}, {"step": 1, "best": None})

    def full_disk(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(base.os, "replace", full_disk)
    with pytest.raises(WishError, match="No space left"):
        save_checkpoint(path, {"a": torch.arange(9.0)}, {"step": 2})
    monkeypatch.undo()
    tensors, state = load_checkpoint(path)
    assert (tensors["a"].tolist(), state) == ([0, 1, 2], {"step": 1, "best": None})
    assert [each.name for each in path.parent.iterdir()] == [path.name], "no rubbish stays"


@pytest.mark.parametrize("content", [b"", b"\x80\x02}q\x00.", b"{}" * 50, b"\xff" * 64])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(content)
    with pytest.raises(WishError, match="no checkpoint of Muse"):
        load_checkpoint(path)


def test_a_checkpoint_of_another_shape_is_refused(unbroken: Path) -> None:
    recipe = toy_recipe(unbroken / "shards")
    wider = msgspec.structs.replace(recipe, model={**recipe.model, "intermediate_size": 64})
    with pytest.raises(WishError, match="another shape than the recipe"):
        train(wider, unbroken)


def test_begins_from_the_best_weights_of_another_run(unbroken: Path, tmp_path: Path) -> None:
    recipe = toy_recipe(unbroken / "shards", name="second", begin_from="toy", steps=10)
    train(recipe, unbroken)
    first, second = (read_log(unbroken / name)[0]["loss"] for name in ("toy", "second"))
    assert second < first - 1
    with pytest.raises(WishError, match="no checkpoint"):
        train(recipe, tmp_path)


def test_a_log_line_holds_numbers(unbroken: Path) -> None:
    line = json.loads((unbroken / "toy" / "log.jsonl").read_text().splitlines()[0])
    assert line["tokens/s"] > 0 and 0 < line["rate"] <= 1
