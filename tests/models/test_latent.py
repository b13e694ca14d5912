"""The latent space: places of packed rows, the cache, and that it learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from muse.bundle_network import build_network
from muse.evaluate.music_vae import MusicVae, MusicVaeRecipe
from muse.models.latent import LatentModel
from muse.models.latent_config import LatentConfig
from muse.models.latent_decoding import Decoding
from muse.tokens.melody import melody_vocabulary

from ..makers.tiny_blender import tiny_config, tiny_model

IDS = melody_vocabulary()


def spelled(text: str) -> list[int]:
    return [IDS[name] for name in text.split()]


TUNE = spelled(
    "BOS Meter_2/4 Mode_major Tonic_2 Pickup End_36 Pitch_+3 End_48 Bar_-2 Pitch_+0 End_24 "
    "Pitch_+4 End_48 Bar_-1 Tie End_12 Rest End_48 EOS"
)
OTHER = spelled("BOS Meter_3/8 Mode_dorian Tonic_7 Bar_-1 Pitch_+7 End_36 EOS")


def packed(*rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of windows, padded to one length."""
    width = max(sum(map(len, row)) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.int64)
    pieces = torch.full((len(rows), width), -1)
    for number, row in enumerate(rows):
        at = 0
        for piece, window in enumerate(row):
            ids[number, at : at + len(window)] = torch.tensor(window)
            pieces[number, at : at + len(window)] = piece
            at += len(window)
    return ids, pieces


def test_places_of_packed_rows() -> None:
    model = tiny_model()
    places = model.places(*packed([OTHER, TUNE], [TUNE]))
    assert places.windows == 3
    assert places.window_of_bar.tolist() == [0, 1, 1, 1, 2, 2, 2]
    bars = places.bar[0].tolist()
    header = len(OTHER) + TUNE.index(IDS["Pickup"])
    assert bars[:4] == [-1] * 4 and set(bars[4 : len(OTHER)]) == {0}
    assert bars[len(OTHER) : header] == [-1] * 4
    assert bars[header : header + 4] == [1] * 4 and bars[len(OTHER) + len(TUNE) - 1] == 3
    assert places.bar[1].tolist()[len(TUNE) :] == [-1] * len(OTHER)


def test_a_window_is_the_same_alone_and_packed() -> None:
    model = tiny_model()
    alone = model.encode(*packed([TUNE]))
    together = model.encode(*packed([OTHER, TUNE], [TUNE, OTHER]))
    torch.testing.assert_close(together[0].mean[1:3], alone[0].mean.expand(2, -1))
    torch.testing.assert_close(together[1].mean[1:4], alone[1].mean)
    ids, pieces = packed([OTHER, TUNE])
    places = model.places(ids, pieces)
    whole, bars = torch.randn(2, 6), torch.randn(4, 5)
    logits = model.score(ids, pieces, places, whole, bars)[0, len(OTHER) :]
    ids, pieces = packed([TUNE])
    own = model.score(ids, pieces, model.places(ids, pieces), whole[1:], bars[1:])[0]
    torch.testing.assert_close(logits, own, atol=1e-4, rtol=1e-4)


def test_header_is_not_encoded() -> None:
    model = tiny_model()
    changed = [IDS["Meter_6/8"] if id == IDS["Meter_2/4"] else id for id in TUNE]
    for a, b in zip(model.encode(*packed([TUNE])), model.encode(*packed([changed]))):
        torch.testing.assert_close(a.mean, b.mean)


def test_cache_is_the_full_pass_with_latents() -> None:
    model = tiny_model()
    ids, pieces = packed([TUNE], [TUNE])
    whole, bars = torch.randn(2, 6), torch.randn(2, 3, 5)
    full = model.score(ids, pieces, model.places(ids, pieces), whole, bars.flatten(0, 1))
    decoding = Decoding(model, whole, bars)
    rows = ids.numpy()
    cache = decoding.new_cache(2, len(TUNE))
    at = 0
    for size in (3, 1, 2, 4, 1, 1, 5):
        found = decoding.scores(rows[:, at : at + size], cache)
        at += size
        np.testing.assert_allclose(found, full[:, at - 1].numpy(), atol=1e-4)
    cache.rewind(5)
    np.testing.assert_allclose(
        decoding.scores(rows[:, 5:9], cache), full[:, 8].numpy(), atol=1e-4
    )  # fmt: skip
    cache.keep(np.array([1]))
    np.testing.assert_allclose(
        decoding.scores(rows[1:, 9:12], cache), full[1:, 11].numpy(), atol=1e-4
    )
    losses = -full[:, :-1].log_softmax(-1).gather(2, ids[:, 1:, None])[..., 0]
    np.testing.assert_allclose(decoding.nats(rows), losses.numpy(), atol=1e-4)


def test_a_fork_keeps_the_latents_of_its_piece() -> None:
    model = tiny_model()
    decoding = Decoding(model, torch.randn(1, 6), torch.randn(1, 3, 5))
    rows = np.array([TUNE])
    cache = decoding.new_cache(1, len(TUNE))
    decoding.scores(rows[:, :6], cache)
    forked = decoding.scores(np.repeat(rows[:, 6:12], 3, axis=0), cache.fork(3))
    np.testing.assert_allclose(
        forked, decoding.scores(rows[:, 6:12], cache).repeat(3, 0), atol=1e-5
    )
    with pytest.raises(ValueError, match="do not fit"):
        Decoding(model, torch.randn(2, 6), torch.randn(2, 3, 5)).new_cache(3, 4)


def test_latents_change_only_what_comes_after_their_bar() -> None:
    model = tiny_model()
    ids, pieces = packed([TUNE])
    places = model.places(ids, pieces)
    whole, bars = torch.randn(1, 6), torch.randn(3, 5)
    first = model.score(ids, pieces, places, whole, bars)
    bars[2] += 1
    second = model.score(ids, pieces, places, whole, bars)
    begin = TUNE.index(IDS["Bar_-1"])
    torch.testing.assert_close(first[:, :begin], second[:, :begin])
    assert (first[:, begin] - second[:, begin]).abs().max() > 1e-3


def test_default_shape_has_no_more_weights_than_the_baseline() -> None:
    fields = {n: getattr(tiny_config(), n) for n in ("pickup_id", "first_bar_id", "last_bar_id")}
    with torch.device("meta"):
        model = build_network("blend", LatentConfig(vocab_size=len(IDS), **fields))
    assert isinstance(model, LatentModel)
    assert 4.0e6 < model.parameter_count < MusicVae(MusicVaeRecipe()).parameter_count
    assert all(not name.endswith("table") for name in model.state_dict())


@pytest.mark.parametrize(
    "change", [{"pickup_id": 10**6}, {"hidden_size": 0}, {"heads": 3, "groups": 2}]
)
def test_wrong_shapes_are_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        LatentConfig(**{**tiny_config().__dict__, **change})
