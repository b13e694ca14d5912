"""`muse evaluate` of bundles that paint digits: a classifier reads what they draw."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from muse.data.pictures import PictureShard
from muse.evaluate.digit_classifier import (
    DigitClassifier,
    cached_classifier,
    read_pictures,
    train_classifier,
)
from muse.evaluate.picture import (
    class_shares,
    copied_share,
    frechet_distance,
    modes_held,
    nearest_distances,
    normal_of,
)
from muse.evaluate.picture_likelihood import binarised, importance_weighted_nats, mosaic_nats
from muse.makers import load_maker
from muse.makers.painter import Painter
from muse.works.base import WishError, write_atomically

CLASSIFIER = Path("runs/digit-classifier/best.safetensors")
DRAWS, COPIES, BOUNDED, SAMPLES, CURVE_DRAWS = 10_000, 1_000, 1_000, 500, 2_000
BATCH = 50


@dataclass
class PictureBench:
    """What the measures share.

    Attributes:
        painter: of the bundle.
        shards: folder of the real pictures.
        count: how many are drawn; None for each measure's own.
        classifier_path: where the judge is kept.
    """

    painter: Painter
    shards: Path
    count: int | None = None
    classifier_path: Path = CLASSIFIER
    known: dict[str, tuple[NDArray[np.float32], NDArray[np.int64]]] = field(default_factory=dict)

    def shard(self, split: str) -> PictureShard:
        """The pictures of a split. Raises WishError."""
        return PictureShard(self.shards / f"{split}.npy")

    @cached_property
    def classifier(self) -> DigitClassifier:
        """The judge, trained on the training split if it is not there yet."""
        shard = self.shard("train")

        def watch(step: int, steps: int) -> None:
            if sys.stderr.isatty():
                print(f"\rclassifier, step {step} of {steps}", end="", file=sys.stderr)

        return cached_classifier(
            self.classifier_path,
            lambda: train_classifier(shard.pixels, shard.labels, watch=watch),
        )

    def read(self, split: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Features and seen digits of a split."""
        if split not in self.known:
            self.known[split] = read_pictures(self.classifier, self.shard(split).pixels)
        return self.known[split]

    @cached_property
    def drawn(self) -> tuple[NDArray[np.uint8], NDArray[np.int64], float]:
        """Pictures of all digits alike, what was asked, and the seconds a picture took."""
        return draw_digits(self.painter, self.count or DRAWS)


def draw_digits(
    painter: Painter, count: int, **options: Any
) -> tuple[NDArray[np.uint8], NDArray[np.int64], float]:
    """`count` pictures (N, 28, 28), a tenth of each digit, their digits, and seconds a picture."""
    pixels, labels, began = [], [], time.monotonic()
    each = -(-count // 10)
    for digit in range(10):
        for at in range(0, each, BATCH):
            some = min(BATCH, each - at)
            made = painter.paint(digit=digit, seed=1000 + at, variations=some, **options)
            assert isinstance(made, list)
            pixels += [picture.pixels[..., 0] for picture in made]
            labels += [digit] * some
        if sys.stderr.isatty():
            print(f"\rdrew {len(labels)} of {10 * each}", end="", file=sys.stderr)
    return np.stack(pixels), np.array(labels), (time.monotonic() - began) / len(labels)


def quality(bench: PictureBench) -> dict[str, Any]:
    """Accuracy, distance and variety of drawn pictures, with real test pictures as the yardstick."""
    pixels, labels, seconds = bench.drawn
    found, floor = judged(bench, pixels, labels), judged_split(bench, "test")
    return {
        "drawn": len(labels), "seconds a picture": seconds, **found,
        "ten classes": int((class_shares(read_pictures(bench.classifier, pixels)[1], 10) > 0.05).sum()),
        "test pictures": floor,
    }  # fmt: skip


def judged(
    bench: PictureBench, pixels: NDArray[np.uint8], labels: NDArray[np.int64]
) -> dict[str, Any]:
    """Accuracy of the classifier, distance to the test split, clusters of it that are reached."""
    features, seen = read_pictures(bench.classifier, pixels)
    real = bench.read("test")[0]
    return {
        "accuracy": float((seen == labels).mean()),
        "distance": frechet_distance(normal_of(features), normal_of(real)),
        "clusters of 100": modes_held(features, real),
    }


def judged_split(bench: PictureBench, split: str) -> dict[str, Any]:
    """The same of real pictures: accuracy on `split`, and the training split's distance to it."""
    features, seen = bench.read(split)
    train = bench.read("train")[0]
    return {
        "accuracy": float((seen == bench.shard(split).labels).mean()),
        "distance of the training pictures": frechet_distance(
            normal_of(train), normal_of(features)
        ),
    }


def copies(bench: PictureBench) -> dict[str, Any]:
    """How near drawn pictures are to the nearest training picture, and how near held-out ones are."""
    train = bench.shard("train").pixels.reshape(len(bench.shard("train")), -1) / np.float32(255)
    pixels = bench.drawn[0]
    rng = np.random.default_rng(0)
    found = {}
    near: dict[str, NDArray[np.float64]] = {}
    for name, pictures in (("drawn", pixels), ("held out", bench.shard("test").pixels)):
        chosen = rng.permutation(len(pictures))[: min(COPIES, len(pictures))]
        rows = np.array(pictures[chosen]).reshape(len(chosen), -1) / np.float32(255)
        near[name] = nearest_distances(rows, train)[0]
        low, median = np.quantile(near[name], [0.01, 0.5])
        found[name] = {
            "pictures": len(rows), "median distance": float(median), "1 %": float(low),
            "least": float(near[name].min()),
        }  # fmt: skip
    return found | {
        "nearer than all but 1 % of held out": copied_share(near["drawn"], near["held out"])
    }


def bound(bench: PictureBench) -> dict[str, Any]:
    """Bounds on the nats of binarised test pictures, of the VAE and of the tokens."""
    kind, painter = bench.painter.bundle.kind, bench.painter
    count = min(bench.count or BOUNDED, len(bench.shard("test")))
    x = binarised(bench.shard("test").pixels[:count])
    if kind == "digits-vae":
        nats = importance_weighted_nats(painter.bundle.model, x, SAMPLES)
        told = f"importance-weighted, {SAMPLES} samples"
    elif kind == "digits-tokens":
        nats = np.concatenate(
            [mosaic_nats(painter.bundle.model, painter.mosaic.model, some) for some in x.split(100)]
        )
        told = "codes and pixels given the codes"
    else:
        return {"not measured": f"{kind} has no likelihood"}
    return {
        "nats": float(nats.mean()), "standard error": float(nats.std() / len(nats) ** 0.5),
        "pictures": count, "bound": told,
        "binarisation": "drawn once for the test, anew at each showing in the training",
    }  # fmt: skip


def steps_curve(bench: PictureBench) -> dict[str, Any]:
    """Quality by the number of steps of a flow."""
    if bench.painter.bundle.kind != "digits-flow":
        return {"not measured": "only a flow has steps"}
    found = {}
    for steps in (4, 8, 16, 32):
        count = min(bench.count or CURVE_DRAWS, CURVE_DRAWS)
        pixels, labels, seconds = draw_digits(bench.painter, count, steps=steps)
        found[f"{steps} steps"] = judged(bench, pixels, labels) | {"seconds a picture": seconds}
    return found


MEASURES: dict[str, Callable[[PictureBench], dict[str, Any]]] = {
    "pictures": quality, "copies": copies, "bound": bound, "steps": steps_curve,
}  # fmt: skip


def evaluate_pictures(options: argparse.Namespace) -> None:
    """`muse evaluate` of a bundle of digits: print the figures, and write them with -o."""
    names = list(MEASURES) if options.of == "all" else options.of.split(",")
    for name in names:
        if name not in MEASURES:
            raise WishError(f"no measure {name!r}; there are: {' '.join(MEASURES)} all")
    if options.count is not None and options.count < 20:
        raise WishError(f"--count must be at least 20, not {options.count}")
    torch.set_num_threads(1)
    painter, shards = load_maker(options.name), options.shards or "shards/mnist"
    if not isinstance(painter, Painter):
        raise WishError(f"{options.name} is no bundle that paints digits")
    bench, found = PictureBench(painter, Path(shards), options.count), {}
    for name in names:
        began = time.monotonic()
        figures = MEASURES[name](bench)
        command = f"muse evaluate {options.name} --of {name} --shards {shards}"
        command += f" --count {options.count}" if options.count else ""
        found[name] = {"command": command, "seconds": round(time.monotonic() - began, 1)} | figures
        print(f"{name}: {json.dumps(figures, indent=1)}", flush=True)
    if options.out:
        write_atomically(Path(options.out), json.dumps(found, indent=1).encode() + b"\n")
        print(options.out)


def paints_digits(name: str) -> bool:
    """Whether a name is that of a bundle whose pictures can be measured."""
    from muse.hub import find_bundle
    from muse.makers import bundle_kind

    try:
        return bundle_kind(find_bundle(name)) in (
            "digits-flow", "digits-vae", "digits-gan", "digits-tokens",
        )  # fmt: skip
    except WishError:
        return False
