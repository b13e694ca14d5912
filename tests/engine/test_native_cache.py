"""Fork, rewind and keep: the native cache does what torch's cache does."""

from __future__ import annotations

import numpy as np
import pytest

from muse.engine.native import NativeDecoder, is_built
from tests.engine.native_networks import NETWORKS, draw_ids, untrained

pytestmark = pytest.mark.skipif(not is_built(), reason="no C compiler when Muse was installed")

CONFIG = NETWORKS["groups and normed heads"]


@pytest.fixture(scope="module", params=["fp32", "int8"])
def native(request: pytest.FixtureRequest) -> NativeDecoder:
    return NativeDecoder(CONFIG, untrained(CONFIG)[1], request.param)


def test_forks_go_on_as_whole_sequences_do(native: NativeDecoder) -> None:
    ids = draw_ids(CONFIG, 5, 40)
    ids[:, :19] = ids[0, :19]
    trunk = native.new_cache(1, 40)
    native.scores(ids[:1, :19], trunk)
    forks = trunk.fork(5)
    for place in range(19, 40):
        found = native.scores(ids[:, place : place + 1], forks)
    np.testing.assert_allclose(found, native.scores(ids), atol=1e-5)
    assert (trunk.length, trunk.batch, forks.length, forks.batch) == (19, 1, 40, 5)


def test_a_fork_leaves_its_trunk_alone(native: NativeDecoder) -> None:
    ids, after = draw_ids(CONFIG, 1, 30), draw_ids(CONFIG, 1, 2, 1)
    trunk = native.new_cache(1, 40)
    native.scores(ids, trunk)
    other = trunk.fork(1)
    wanted = native.scores(after, trunk)
    trunk.rewind(30)
    native.scores(draw_ids(CONFIG, 1, 9, 2), other)
    np.testing.assert_array_equal(native.scores(after, trunk), wanted)


def test_rewinding_forgets(native: NativeDecoder) -> None:
    ids = draw_ids(CONFIG, 3, 50)
    cache = native.new_cache(3, 60)
    native.scores(ids, cache)
    native.scores(draw_ids(CONFIG, 3, 10, 1), cache)
    cache.rewind(17)
    found = native.scores(ids[:, 17:], cache)
    np.testing.assert_allclose(found, native.scores(ids), atol=1e-5)


@pytest.mark.parametrize("rows", [[2, 0], np.array([False, True, True]), [1, 1, 1, 0]])
def test_kept_sequences_go_on(native: NativeDecoder, rows: object) -> None:
    ids = draw_ids(CONFIG, 3, 40)
    cache = native.new_cache(3, 40)
    native.scores(ids[:, :33], cache)
    cache.keep(rows)
    chosen = ids[np.asarray(rows)]
    assert cache.batch == len(chosen)
    found = native.scores(chosen[:, 33:], cache)
    np.testing.assert_allclose(found, native.scores(chosen), atol=1e-5)


def test_what_cannot_be_done_is_told(native: NativeDecoder) -> None:
    cache = native.new_cache(2, 8)
    native.scores(draw_ids(CONFIG, 2, 5), cache)
    with pytest.raises(ValueError, match="only a cache of one sequence forks"):
        cache.fork(2)
    with pytest.raises(ValueError, match="cannot rewind to 6"):
        cache.rewind(6)
    for rows in ([2], [-1], [], [[0]]):
        with pytest.raises(ValueError, match="sequences 0 to 1"):
            cache.keep(rows)
    with pytest.raises(ValueError, match="holds nothing"):
        native.new_cache(1, 0)
