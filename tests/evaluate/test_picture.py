"""Measures of pictures against what is known of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import linalg

from muse.bundle_network import build_network, network_config, save_network
from muse.cli import run
from muse.data.pictures import PictureShard
from muse.evaluate.digit_classifier import cached_classifier, read_pictures, train_classifier
from muse.evaluate.picture import (
    class_distance,
    copied_share,
    frechet_distance,
    modes_held,
    nearest_distances,
    normal_of,
)
from muse.evaluate.picture_likelihood import binarised, importance_weighted_nats, mosaic_nats
from muse.models.mosaic import Mosaic, MosaicConfig
from muse.models.picture_vae import PictureVae, PictureVaeConfig
from muse.works.base import WishError
from tests.train.toy_pictures import MODELS, toy_digits, toy_picture_shards


def test_the_distance_is_that_of_the_matrix_root() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6))
    b = rng.normal(size=(200, 6)) * 2 + 1
    one, other = normal_of(a), normal_of(b)
    root = linalg.sqrtm(one.covariance @ other.covariance).real
    wanted = ((one.mean - other.mean) ** 2).sum()
    wanted += np.trace(one.covariance + other.covariance - 2 * root)
    assert frechet_distance(one, other) == pytest.approx(wanted)
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-8)
    assert frechet_distance(one, other) == pytest.approx(frechet_distance(other, one))


def test_a_lost_mode_and_a_wrong_class_are_seen() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(400) % 4
    centres = rng.normal(size=(4, 5)) * 10
    real, good = (centres[labels] + rng.normal(size=(400, 5)) for _ in range(2))
    wrong = centres[(labels + 1) % 4] + rng.normal(size=(400, 5))
    narrow = centres[labels] + 0.01 * rng.normal(size=(400, 5))
    distances = [class_distance(each, labels, real, labels) for each in (good, narrow, wrong)]
    assert distances[0] < distances[1] < distances[2]
    assert modes_held(good, real, clusters=20) > modes_held(good[labels < 2], real, clusters=20)


def test_neighbours_and_copies() -> None:
    rng = np.random.default_rng(2)
    train, held_out = rng.normal(size=(500, 8)), rng.normal(size=(300, 8))
    near, which = nearest_distances(held_out, train)
    every = np.linalg.norm(held_out[:, None] - train[None], axis=2)
    assert np.allclose(near, every.min(axis=1), atol=1e-3)
    assert np.array_equal(which, every.argmin(axis=1))
    assert nearest_distances(train, train, leave_out=True)[0].min() > 0.01
    copied = nearest_distances(train[:100] + 1e-3, train)[0]
    assert copied_share(copied, near) == 1 and copied_share(near, near) <= 0.02


def test_the_importance_weighted_bound_closes_on_the_truth() -> None:
    torch.manual_seed(0)
    model = PictureVae(PictureVaeConfig(size=3, width=16, blocks=0, latent=1, classes=2))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    x = (torch.rand(4, 3, 3) > 0.5).float()
    # With one latent dimension the likelihood is an integral over a line.
    z = torch.linspace(-12, 12, 20_001)[:, None]
    with torch.no_grad():
        logits, prior = model.decode(z), model.log_prior(z).exp()
        truth = []
        for picture in x:
            told = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, picture.expand_as(logits), reduction="none"
            )
            density = prior * (-told.flatten(1).sum(1)).exp()
            truth.append(-float(torch.trapezoid(density, z[:, 0]).log()))
    loose = importance_weighted_nats(model, x.repeat(300, 1, 1), 1)
    tight = importance_weighted_nats(model, x, 20_000)
    assert np.allclose(tight, truth, atol=0.1)
    assert loose.mean() > np.mean(truth) - 0.05


def test_the_bound_of_tokens_of_an_ignorant_decoder() -> None:
    class Ignorant:
        def nats(self, ids: np.ndarray) -> np.ndarray:
            return np.full((len(ids), ids.shape[1] - 1), np.log(240), np.float32)

    mosaic = Mosaic(MosaicConfig(width=16, blocks=0))
    with torch.no_grad():
        for parameter in mosaic.patch_out.parameters():
            parameter.zero_()  # every pixel is as likely as not
    x = (torch.rand(5, 28, 28) > 0.7).float()
    wanted = 49 * np.log(240) + 784 * np.log(2)
    assert np.allclose(mosaic_nats(Ignorant(), mosaic, x), wanted, rtol=1e-5)


def test_binarised_pictures_are_the_same_each_time() -> None:
    pixels = np.full((2000, 4, 4), 64, np.uint8)
    x = binarised(pixels)
    assert torch.equal(x, binarised(pixels)) and set(x.unique().tolist()) == {0, 1}
    assert abs(float(x.mean()) - 64 / 255) < 0.01


def test_the_classifier_learns_and_is_kept(tmp_path: Path) -> None:
    pixels, labels = toy_digits(640, 0)
    path = tmp_path / "judge.safetensors"
    model = cached_classifier(path, lambda: train_classifier(pixels, labels, epochs=8))
    others, wanted = toy_digits(200, 9)
    _, seen = read_pictures(model, others)
    assert (seen == wanted).mean() > 0.9
    again = cached_classifier(path, lambda: pytest.fail("it is there already"))
    assert np.array_equal(read_pictures(again, others)[1], seen)
    path.write_bytes(b"nonsense")
    with pytest.raises(WishError, match=r"judge\.safetensors"):
        cached_classifier(path, lambda: model)


def test_the_command_measures_a_bundle(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    shards = toy_picture_shards(tmp_path / "shards", 256)
    torch.manual_seed(0)
    for kind in ("digits-vae", "digits-flow"):
        config = network_config(kind, MODELS[kind])
        network = build_network(kind, config)
        save_network(
            tmp_path / kind, kind=kind, config=config, weights=network.state_dict(),
            about={"version": "1", "licence": "none"}, card="",
        )  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("muse.evaluate.digit_classifier.EPOCHS", 1)
    out = tmp_path / "figures.json"
    words = ["--shards", str(shards), "--count", "40", "-o", str(out)]
    assert run(["evaluate", "./digits-vae", "--of", "pictures,copies,bound", *words]) == 0
    found = json.loads(out.read_text())
    assert found["pictures"]["drawn"] == 40 and 0 <= found["pictures"]["accuracy"] <= 1
    assert found["copies"]["held out"]["pictures"] == 60
    # An untrained network: nearly a nat times ln 2 for each pixel.
    assert 400 < found["bound"]["nats"] < 700
    assert found["bound"]["command"].startswith("muse evaluate ./digits-vae --of bound")
    assert run(["evaluate", "./digits-flow", "--of", "steps", *words]) == 0
    assert set(json.loads(out.read_text())["steps"]) > {
        "4 steps",
        "8 steps",
        "16 steps",
        "32 steps",
    }
    assert run(["evaluate", "./digits-vae", "--of", "taste", *words]) == 2
    assert len(PictureShard(shards / "test.npy")) == 60
    capsys.readouterr()
