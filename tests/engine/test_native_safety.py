"""The native engine refuses what does not fit, and survives threads and forks."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from muse.engine import native_library
from muse.engine.native import NativeDecoder, is_built
from muse.works.base import WishError
from tests.engine.native_networks import NETWORKS, draw_ids, untrained

pytestmark = pytest.mark.skipif(not is_built(), reason="no C compiler when Muse was installed")

CONFIG = NETWORKS["groups and normed heads"]


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    return untrained(CONFIG)[1]


@pytest.mark.parametrize(
    "ids",
    [
        np.array([[0, CONFIG.vocab_size]]), np.array([[-1]]), np.array([1, 2]), np.zeros((0, 3), int),
        np.zeros((2, 0), int), np.array([[1.0]]), np.array([[True]]), np.array([["a"]]),
        np.array([[2**64 - 1]], np.uint64),
    ],
)  # fmt: skip
def test_ids_that_are_no_tokens(ids: np.ndarray, weights: dict[str, np.ndarray]) -> None:
    native = NativeDecoder(CONFIG, weights)
    for act in (native.scores, native.logits, native.nats):
        with pytest.raises(ValueError):
            act(ids)


def test_a_cache_that_does_not_fit(weights: dict[str, np.ndarray]) -> None:
    native, ids = NativeDecoder(CONFIG, weights), draw_ids(CONFIG, 2, 6)
    other = NETWORKS["biased and untied"]
    strangers = [
        native.new_cache(3, 9),
        NativeDecoder(CONFIG, weights, "int8").new_cache(2, 9),
        NativeDecoder(other, untrained(other)[1]).new_cache(2, 9),
    ]
    for cache in strangers:
        with pytest.raises(ValueError, match="cache"):
            native.scores(ids, cache)
    cache = native.new_cache(2, 9)
    native.scores(ids, cache)
    with pytest.raises(ValueError, match="holds 9 tokens, 12 are too many"):
        native.scores(ids, cache)
    assert cache.length == 6, "a refused call leaves the cache as it was"


def test_a_cache_that_was_tampered_with(weights: dict[str, np.ndarray]) -> None:
    native, ids = NativeDecoder(CONFIG, weights), draw_ids(CONFIG, 2, 6)

    def damaged(name: str, value: Any) -> None:
        cache = native.new_cache(2, 70)
        setattr(cache, name, value(getattr(cache, name)))
        with pytest.raises(ValueError, match="cache"):
            native.scores(ids, cache)

    damaged("keys", lambda keys: keys[:, :, :, :1])
    damaged("values", lambda values: values[..., :4, :])
    damaged("values", lambda values: np.asfortranarray(values))
    damaged("keys", lambda keys: keys.astype(np.float64))
    damaged("length", lambda _: -1)
    damaged("capacity", lambda _: 3)


def test_weights_that_do_not_fit(weights: dict[str, np.ndarray]) -> None:
    name = "model.layers.1.mlp.up_proj.weight"
    missing = {key: tensor for key, tensor in weights.items() if key != name}
    for wrong in (
        missing, weights | {name: weights[name].T}, weights | {name: weights[name].astype(int)}
    ):  # fmt: skip
        with pytest.raises(ValueError, match=name):
            NativeDecoder(CONFIG, wrong)


@pytest.mark.parametrize(
    "settings", [{"precision": "int4"}, {"threads": 0}, {"threads": 1000}]
)  # fmt: skip
def test_settings_that_there_are_not(
    settings: dict[str, Any], weights: dict[str, np.ndarray]
) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        NativeDecoder(CONFIG, weights, **settings)


def test_a_library_that_is_not_here(weights: dict[str, np.ndarray]) -> None:
    with pytest.raises(WishError, match="abacus"):
        NativeDecoder(CONFIG, weights, instructions="abacus")


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
@pytest.mark.parametrize("name", native_library.available())
def test_every_library_says_the_same(
    name: str, precision: str, weights: dict[str, np.ndarray]
) -> None:
    ids = draw_ids(CONFIG, 9, 33)
    plain, other = (
        NativeDecoder(CONFIG, weights, precision, instructions=chosen).logits(ids)
        for chosen in ("plain", name)
    )
    # Sums in another order round apart; a byte of input that this tips over is one step of 127.
    most = {"fp32": 1e-5, "fp16": 1e-3, "int8": 0.1}[precision]
    np.testing.assert_allclose(other, plain, atol=most)


@pytest.mark.parametrize("threads", [1, 2])
def test_many_python_threads_share_a_decoder(threads: int, weights: dict[str, np.ndarray]) -> None:
    native = NativeDecoder(CONFIG, weights, threads=threads)
    pieces = [draw_ids(CONFIG, 1 + number % 3, 5 + number, number) for number in range(24)]
    alone = [native.scores(ids) for ids in pieces]
    with ThreadPoolExecutor(4) as several:
        for found, wanted in zip(several.map(native.scores, pieces), alone, strict=True):
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*")
def test_a_forked_child_starts_threads_of_its_own(weights: dict[str, np.ndarray]) -> None:
    native, ids = NativeDecoder(CONFIG, weights, threads=2), draw_ids(CONFIG, 1, 9)
    wanted = native.scores(ids)
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        same = np.array_equal(native.scores(ids), wanted)
        del native
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
    np.testing.assert_array_equal(native.scores(ids), wanted)


def test_threads_end_with_their_decoder(weights: dict[str, np.ndarray]) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/task"))

    if not os.path.isdir("/proc/self/task"):
        pytest.skip("no /proc to count threads in")
    before = count()
    native = NativeDecoder(CONFIG, weights, threads=4)
    native.scores(draw_ids(CONFIG, 1, 3))
    assert count() == before + 3
    del native
    assert count() == before
