"""The sampler: one seed one piece, alone or in a batch, streamed, stopped and kept legal."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from muse.engine.torch_engine import TorchEngine
from muse.grammar.base import Both, Mask, Slots
from muse.models.decoder import Decoder, DecoderConfig
from muse.nn.cache import Cache
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import Ids, Logits, draw, generators
from muse.sampling.policies import RepeatedRun, Repetition, Temperature, TopK, TopP
from muse.sampling.window import Windowed

SIZE = 40


@pytest.fixture(scope="module")
def model() -> TorchEngine:
    torch.manual_seed(3)
    config = DecoderConfig(
        vocab_size=SIZE, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=8,
    )  # fmt: skip
    made = Decoder(config)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return TorchEngine(made)


PROMPT = np.array([[1, 7, 3]])
KNOWN = [0.34055781083417924, 0.4849411241624211]
"""The first numbers of seed 7."""


def test_same_seed_same_piece_and_other_seed_another(model: TorchEngine) -> None:
    sampler = Autoregressive(30)
    first, again, other = (
        draw(sampler, model, PROMPT, rng=generators(seed, 1)).tolist() for seed in (5, 5, 6)
    )
    assert first == again != other
    assert len(first[0]) == 33 and first[0][:3] == PROMPT.tolist()[0]


def test_a_piece_is_the_same_alone_and_in_a_batch(model: TorchEngine) -> None:
    sampler = Autoregressive(40, policies=(Temperature(0.9), TopK(20)))
    batch = draw(sampler, model, PROMPT, rng=generators(11, 6))
    assert len({tuple(row) for row in batch.tolist()}) == 6
    for piece in range(6):
        alone = draw(sampler, model, PROMPT, rng=generators(11, 1, piece))
        assert alone.tolist() == [batch[piece].tolist()]


def test_forked_prefill_equals_repeated_prompts(model: TorchEngine) -> None:
    sampler = Autoregressive(25)
    forked = draw(sampler, model, PROMPT, rng=generators(2, 4))
    repeated = draw(sampler, model, PROMPT.repeat(4, axis=0), rng=generators(2, 4))
    assert forked.tolist() == repeated.tolist()


def test_each_piece_may_have_its_own_prompt(model: TorchEngine) -> None:
    prompts = np.array([[1, 7, 3], [4, 4, 4]])
    both = draw(Autoregressive(20), model, prompts, rng=generators(2, 2))
    for row in range(2):
        alone = draw(Autoregressive(20), model, prompts[row : row + 1], rng=generators(2, 1, row))
        assert alone[0].tolist() == both[row].tolist()


def test_steps_stream_a_growing_prefix(model: TorchEngine) -> None:
    whole = draw(Autoregressive(20), model, PROMPT, rng=generators(8, 3))
    count = 0
    for step in Autoregressive(20).steps(model, PROMPT, rng=generators(8, 3)):
        assert (step.index, step.total) == (count, 20)
        assert step.state.tolist() == whole[:, : 4 + count].tolist()
        assert step.fresh.tolist() == whole[:, 3 + count : 4 + count].tolist()
        count += 1
    assert count == 20
    seen: list[int] = []
    draw(
        Autoregressive(5), model, PROMPT, rng=generators(8, 1), watch=lambda s: seen.append(s.index)
    )
    assert seen == [0, 1, 2, 3, 4]


def test_cancel_leaves_no_trouble(model: TorchEngine) -> None:
    whole = draw(Autoregressive(20), model, PROMPT, rng=generators(8, 2))
    for step in Autoregressive(20).steps(model, PROMPT, rng=generators(8, 2)):
        if step.index == 6:
            break
    assert step.state.tolist() == whole[:, :10].tolist(), "what was written stays as it is"
    after = draw(Autoregressive(20), model, PROMPT, rng=generators(8, 2))
    assert after.tolist() == whole.tolist()


@dataclass(frozen=True)
class Alternating:
    """Even ids at even places, odd ids at odd ones; id 0 ends at any place after five."""

    def start(self) -> int:
        return 0

    def after(self, state: int, id: int) -> int:
        return state + 1

    def allowed(self, state: int) -> Mask:
        mask = np.arange(SIZE) % 2 == state % 2
        mask[0] = state >= 5
        return mask


def test_grammar_is_obeyed(model: TorchEngine) -> None:
    sampler = Autoregressive(30, stop=0, grammar=Alternating())
    rows = draw(sampler, model, PROMPT, rng=generators(1, 8))[:, 3:].tolist()
    for row in rows:
        written = row[: row.index(0)] if 0 in row else row
        assert len(written) >= 5
        assert [i % 2 for i in written] == [place % 2 for place in range(len(written))]


def test_both_grammars_hold(model: TorchEngine) -> None:
    slots = Slots(SIZE, tuple([range(10, 20)] * 6), 0)
    grammar = Both(Alternating(), slots)
    sampler = Autoregressive(9, stop=0, grammar=grammar)
    for row in draw(sampler, model, PROMPT, rng=generators(4, 5))[:, 3:].tolist():
        assert all(10 <= i < 20 and i % 2 == place % 2 for place, i in enumerate(row[:6]))
        assert row[6:] == [0], "the draw ends with the last piece's stop"


def test_a_forbidden_best_id_is_not_drawn_even_at_temperature_zero(model: TorchEngine) -> None:
    free = Autoregressive(1, policies=(Temperature(0),))
    best = int(draw(free, model, PROMPT, rng=generators(0, 1))[0, -1])
    grammar = Slots(SIZE, ([i for i in range(SIZE) if i != best],), 0)
    held = Autoregressive(1, policies=(Temperature(0),), grammar=grammar)
    second = int(model.scores(PROMPT, model.new_cache(1, 3))[0].argsort()[-2])
    assert int(draw(held, model, PROMPT, rng=generators(0, 1))[0, -1]) == second


@dataclass
class Scripted:
    """A network that gives row r of a batch the next id of script r, whatever it reads."""

    scripts: list[list[int]]
    calls: list[tuple[int, int]] = field(default_factory=list)

    def scores(self, ids: Ids, cache: Cache) -> Logits:
        self.calls.append(ids.shape)
        logits = np.full((len(ids), SIZE), -50, dtype=np.float32)
        done = cache.length + ids.shape[1] - 3
        for row, script in enumerate(self.kept(cache)):
            logits[row, script[done]] = 50
        cache.advance(ids.shape[1])
        return logits

    def kept(self, cache: Cache) -> list[list[int]]:
        """The scripts of the rows that the cache still holds: its keys are their numbers."""
        return [self.scripts[int(row)] for row in cache.keys[0, :, 0, 0, 0]]

    def nats(self, ids: Ids) -> Logits:
        raise NotImplementedError

    def new_cache(self, batch: int, length: int) -> Cache:
        cache = Cache.empty(1, batch, 1, length, 2)
        cache.keys += torch.arange(batch)[:, None, None, None]
        return cache


def test_pieces_that_have_stopped_repeat_the_stop() -> None:
    scripts = [[5, 9, 6, 6, 6, 6], [7, 7, 7, 9, 6, 6], [9, 8, 8, 8, 8, 8]]
    network = Scripted(scripts)
    prompts = PROMPT.repeat(3, axis=0)
    found = draw(Autoregressive(6, stop=9), network, prompts, rng=generators(0, 3))
    assert found[:, 3:].tolist() == [[5, 9, 9, 9], [7, 7, 7, 9], [9, 9, 9, 9]]
    assert network.calls == [(3, 3), (3, 1), (1, 1), (1, 1)], (
        "one token a step, none after the end, and half a batch that has ended is dropped"
    )


def test_ended_pieces_do_not_change_those_that_go_on(model: TorchEngine) -> None:
    sampler = Autoregressive(60, stop=9)
    batch = draw(sampler, model, PROMPT, rng=generators(21, 9))[:, 3:].tolist()
    ends = sorted(row.index(9) if 9 in row else 60 for row in batch)
    assert ends[4] < ends[-1], "some go on when most have ended"
    for piece, row in enumerate(batch):
        alone = draw(sampler, model, PROMPT, rng=generators(21, 1, piece))[0, 3:].tolist()
        assert alone == row[: len(alone)] and set(row[len(alone) :]) <= {9}


@dataclass(frozen=True)
class Paced:
    """A choice, then as many ids without one as the choice says: its last digit."""

    def start(self) -> int:
        return 0

    def after(self, state: int, id: int) -> int:
        return state - 1 if state else id % 4

    def allowed(self, state: int) -> Mask:
        mask = np.zeros(SIZE, dtype=bool)
        mask[[state] if state else range(10, SIZE)] = True
        return mask


@dataclass
class Counted:
    """An engine whose calls are told."""

    model: TorchEngine
    calls: list[tuple[int, ...]] = field(default_factory=list)

    def scores(self, ids: Ids, cache: Cache) -> Logits:
        self.calls.append(ids.shape)
        return self.model.scores(ids, cache)

    def nats(self, ids: Ids) -> Logits:
        return self.model.nats(ids)

    def new_cache(self, batch: int, length: int) -> Cache:
        return self.model.new_cache(batch, length)


def one_by_one(model: TorchEngine, grammar: Paced, seed: int, length: int) -> list[int]:
    """The same draw with a call of the network for every id, forced or not."""
    ids, state, rng = PROMPT[0].tolist(), grammar.start(), generators(seed, 1)[0]
    cache = model.new_cache(1, len(ids) + length)
    logits = model.scores(PROMPT, cache)[0].astype(np.float64)
    for _ in range(length):
        allowed = np.flatnonzero(grammar.allowed(state))
        id = int(allowed[0])
        if len(allowed) > 1:
            sums = np.exp(logits[allowed]).cumsum()
            id = int(allowed[np.searchsorted(sums, rng.random() * sums[-1], side="right")])
        state = grammar.after(state, id)
        ids.append(id)
        logits = model.scores(np.array([[id]]), cache)[0].astype(np.float64)
    return ids


def test_ids_without_a_choice_are_read_together(model: TorchEngine) -> None:
    counted = Counted(model)
    for seed in range(5):
        counted.calls.clear()
        row = draw(Autoregressive(40, grammar=Paced()), counted, PROMPT, rng=generators(seed, 1))[0]
        assert row.tolist() == one_by_one(model, Paced(), seed, 40)
        choices = int((row[3:] >= 10).sum())
        assert len(counted.calls) == choices < 40, "one call a choice"
        assert sum(length for _, length in counted.calls) <= len(row) - 1
    batch = draw(Autoregressive(40, grammar=Paced()), model, PROMPT, rng=generators(3, 4))
    for piece in range(4):
        alone = draw(
            Autoregressive(40, grammar=Paced()), model, PROMPT, rng=generators(3, 1, piece)
        )
        assert alone[0].tolist() == batch[piece].tolist()


def test_policies_hold_among_few_allowed_ids_as_among_all(model: TorchEngine) -> None:
    policies = (Temperature(0.7), RepeatedRun(2), Repetition(1.3), TopK(9), TopP(0.8))
    few = Slots(SIZE, tuple([range(20, 31)] * 30), 0)
    sampler = Autoregressive(30, policies=policies, grammar=few)
    found = draw(sampler, model, PROMPT, rng=generators(6, 3))
    for row, rng in zip(found, generators(6, 3)):
        for place in range(3, len(row)):
            before = row[None, :place]
            logits = model.scores(before, model.new_cache(1, place))
            logits[:, :20] = logits[:, 31:] = -np.inf
            for policy in policies:
                logits = policy(logits, before)
            sums = np.exp(logits[0].astype(np.float64)).cumsum()
            assert row[place] == np.searchsorted(sums, rng.random() * sums[-1], side="right")


def test_length_is_kept_without_a_stop() -> None:
    network = Scripted([[9] * 6])
    found = draw(Autoregressive(4, stop=8), network, PROMPT, rng=generators(0, 1))
    assert found[0, 3:].tolist() == [9, 9, 9, 9]
    assert len(network.calls) == 4


def test_draws_follow_the_probabilities() -> None:
    class Fixed(Scripted):
        def scores(self, ids: Ids, cache: Cache) -> Logits:
            cache.advance(ids.shape[1])
            logits = np.full((len(ids), SIZE), -np.inf, dtype=np.float32)
            logits[:, :3] = np.log([0.2, 0.5, 0.3])
            return logits

    ids = draw(Autoregressive(1000), Fixed([]), PROMPT, rng=generators(0, 4))[:, 3:]
    shares = np.bincount(ids.ravel(), minlength=SIZE) / ids.size
    assert shares[3:].sum() == 0
    np.testing.assert_allclose(shares[:3], [0.2, 0.5, 0.3], rtol=0, atol=0.03)


@pytest.mark.parametrize("shape", [(2, 3), (1, 0), (3,)])
def test_prompts_that_do_not_fit_are_refused(model: TorchEngine, shape: tuple[int, ...]) -> None:
    start = np.ones(shape, dtype=np.int64)
    with pytest.raises(ValueError, match="do not fit"):
        next(Autoregressive(4).steps(model, start, rng=generators(0, 3)))


def test_generators_are_numbered_from_the_seed() -> None:
    whole = [each.random() for each in generators(9, 4)]
    assert [each.random() for each in generators(9, 2, 2)] == whole[2:]
    assert len({*whole, *(each.random() for each in generators(10, 4))}) == 8
    # What a seed draws is the same on every machine and in every version from 0.2 on.
    assert generators(7, 1)[0].random(2).tolist() == KNOWN


def test_a_window_is_plain_until_it_is_full(model: TorchEngine) -> None:
    plain = draw(Autoregressive(30), model, PROMPT, rng=generators(3, 1))
    window = Windowed(model, 40, 2, {5}, 10)
    assert draw(Autoregressive(30), window, PROMPT, rng=generators(3, 1)).tolist() == plain.tolist()


def test_a_full_window_rereads_its_head_and_latest_sections(model: TorchEngine) -> None:
    window = Windowed(model, 16, 2, {5}, 10)
    ids = [1, 2, *[5, 6, 7, 8] * 4]
    assert window.visible(ids) == [1, 2, *[5, 6, 7, 8] * 2]
    assert window.visible([1, 2, *[6] * 20]) == [1, 2, *[6] * 10]
    cache = window.new_cache(1, 18)
    for id in ids:
        logits = window.scores(np.array([[id]]), cache)
    # The 17th id was one too many: head and latest sections were read anew, then the 18th.
    read = np.array([[*window.visible(ids[:17]), ids[17]]])
    seen = model.scores(read, model.new_cache(1, read.shape[1]))
    np.testing.assert_allclose(logits, seen, rtol=0, atol=1e-5)
    assert cache.length == 18
    assert draw(Autoregressive(200), window, PROMPT, rng=generators(3, 1)).shape == (1, 203)
