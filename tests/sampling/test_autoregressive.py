"""The sampler: one seed one piece, alone or in a batch, streamed, stopped and kept legal."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor

from muse.grammar.base import Both, Slots
from muse.models.decoder import Decoder, DecoderConfig
from muse.nn.cache import Cache
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import draw, generators
from muse.sampling.policies import Temperature, TopK
from muse.sampling.window import Windowed

SIZE = 40


@pytest.fixture(scope="module")
def model() -> Decoder:
    torch.manual_seed(3)
    config = DecoderConfig(
        vocab_size=SIZE, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=8,
    )  # fmt: skip
    made = Decoder(config).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return made


PROMPT = torch.tensor([[1, 7, 3]])


def test_same_seed_same_piece_and_other_seed_another(model: Decoder) -> None:
    sampler = Autoregressive(30)
    first, again, other = (
        draw(sampler, model, PROMPT, rng=generators(seed, 1)).tolist() for seed in (5, 5, 6)
    )
    assert first == again != other
    assert len(first[0]) == 33 and first[0][:3] == PROMPT.tolist()[0]


def test_a_piece_is_the_same_alone_and_in_a_batch(model: Decoder) -> None:
    sampler = Autoregressive(40, policies=(Temperature(0.9), TopK(20)))
    batch = draw(sampler, model, PROMPT, rng=generators(11, 6))
    assert len({tuple(row) for row in batch.tolist()}) == 6
    for piece in range(6):
        alone = draw(sampler, model, PROMPT, rng=generators(11, 1, piece))
        assert alone.tolist() == [batch[piece].tolist()]


def test_forked_prefill_equals_repeated_prompts(model: Decoder) -> None:
    sampler = Autoregressive(25)
    forked = draw(sampler, model, PROMPT, rng=generators(2, 4))
    repeated = draw(sampler, model, PROMPT.expand(4, -1), rng=generators(2, 4))
    assert forked.tolist() == repeated.tolist()


def test_each_piece_may_have_its_own_prompt(model: Decoder) -> None:
    prompts = torch.tensor([[1, 7, 3], [4, 4, 4]])
    both = draw(Autoregressive(20), model, prompts, rng=generators(2, 2))
    for row in range(2):
        alone = draw(Autoregressive(20), model, prompts[row : row + 1], rng=generators(2, 1, row))
        assert alone[0].tolist() == both[row].tolist()


def test_steps_stream_a_growing_prefix(model: Decoder) -> None:
    whole = draw(Autoregressive(20), model, PROMPT, rng=generators(8, 3))
    with torch.inference_mode():
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


def test_cancel_leaves_no_trouble(model: Decoder) -> None:
    whole = draw(Autoregressive(20), model, PROMPT, rng=generators(8, 2))
    with torch.inference_mode():
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

    def allowed(self, state: int) -> Tensor:
        mask = torch.arange(SIZE) % 2 == state % 2
        mask[0] = state >= 5
        return mask


def test_grammar_is_obeyed(model: Decoder) -> None:
    sampler = Autoregressive(30, stop=0, grammar=Alternating())
    rows = draw(sampler, model, PROMPT, rng=generators(1, 8))[:, 3:].tolist()
    for row in rows:
        written = row[: row.index(0)] if 0 in row else row
        assert len(written) >= 5
        assert [i % 2 for i in written] == [place % 2 for place in range(len(written))]


def test_both_grammars_hold(model: Decoder) -> None:
    slots = Slots(SIZE, tuple([range(10, 20)] * 6), 0)
    grammar = Both(Alternating(), slots)
    sampler = Autoregressive(9, stop=0, grammar=grammar)
    for row in draw(sampler, model, PROMPT, rng=generators(4, 5))[:, 3:].tolist():
        assert all(10 <= i < 20 and i % 2 == place % 2 for place, i in enumerate(row[:6]))
        assert row[6:] == [0], "the draw ends with the last piece's stop"


def test_a_forbidden_best_id_is_not_drawn_even_at_temperature_zero(model: Decoder) -> None:
    free = Autoregressive(1, policies=(Temperature(0),))
    best = int(draw(free, model, PROMPT, rng=generators(0, 1))[0, -1])
    grammar = Slots(SIZE, ([i for i in range(SIZE) if i != best],), 0)
    held = Autoregressive(1, policies=(Temperature(0),), grammar=grammar)
    second = int(model(PROMPT)[0, -1].topk(2).indices[1])
    assert int(draw(held, model, PROMPT, rng=generators(0, 1))[0, -1]) == second


@dataclass
class Scripted:
    """A network that gives row r of a batch the next id of script r, whatever it reads."""

    scripts: list[list[int]]
    calls: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, ids: Tensor, cache: Cache) -> Tensor:
        self.calls.append(tuple(ids.shape))
        logits = torch.full((*ids.shape, SIZE), -50.0)
        done = cache.length + ids.shape[1] - 3
        for row in range(ids.shape[0]):
            logits[row, -1, self.scripts[row][done]] = 50.0
        cache.advance(ids.shape[1])
        return logits

    def new_cache(self, batch: int, length: int) -> Cache:
        return Cache.empty(1, batch, 1, length, 2)


def test_pieces_that_have_stopped_repeat_the_stop() -> None:
    scripts = [[5, 9, 6, 6, 6, 6], [7, 7, 7, 9, 6, 6], [9, 8, 8, 8, 8, 8]]
    network = Scripted(scripts)
    prompts = PROMPT.expand(3, -1)
    found = draw(Autoregressive(6, stop=9), network, prompts, rng=generators(0, 3))
    assert found[:, 3:].tolist() == [[5, 9, 9, 9], [7, 7, 7, 9], [9, 9, 9, 9]]
    assert network.calls == [(3, 3), (3, 1), (3, 1), (3, 1)], "one token a step, none after the end"


def test_length_is_kept_without_a_stop() -> None:
    network = Scripted([[9] * 6])
    found = draw(Autoregressive(4, stop=8), network, PROMPT, rng=generators(0, 1))
    assert found[0, 3:].tolist() == [9, 9, 9, 9]
    assert len(network.calls) == 4


def test_draws_follow_the_probabilities() -> None:
    class Fixed(Scripted):
        def __call__(self, ids: Tensor, cache: Cache) -> Tensor:
            cache.advance(ids.shape[1])
            logits = torch.full((*ids.shape, SIZE), -torch.inf)
            logits[..., :3] = torch.tensor([0.2, 0.5, 0.3]).log()
            return logits

    ids = draw(Autoregressive(1000), Fixed([]), PROMPT, rng=generators(0, 4))[:, 3:]
    shares = torch.bincount(ids.flatten(), minlength=SIZE) / ids.numel()
    assert shares[3:].sum() == 0
    torch.testing.assert_close(shares[:3], torch.tensor([0.2, 0.5, 0.3]), rtol=0, atol=0.03)


@pytest.mark.parametrize("shape", [(2, 3), (1, 0), (3,)])
def test_prompts_that_do_not_fit_are_refused(model: Decoder, shape: tuple[int, ...]) -> None:
    start = torch.ones(shape, dtype=torch.long)
    with pytest.raises(ValueError, match="do not fit"):
        next(Autoregressive(4).steps(model, start, rng=generators(0, 3)))


def test_generators_are_numbered_from_the_seed() -> None:
    def first(generator: torch.Generator) -> float:
        return float(torch.rand(1, generator=generator))

    whole = [first(g) for g in generators(9, 4)]
    assert [first(g) for g in generators(9, 2, 2)] == whole[2:]
    assert len({*whole, *(first(g) for g in generators(10, 4))}) == 8


def test_a_window_is_plain_until_it_is_full(model: Decoder) -> None:
    plain = draw(Autoregressive(30), model, PROMPT, rng=generators(3, 1))
    window = Windowed(model, 40, 2, {5}, 10)
    assert draw(Autoregressive(30), window, PROMPT, rng=generators(3, 1)).tolist() == plain.tolist()


def test_a_full_window_rereads_its_head_and_latest_sections(model: Decoder) -> None:
    window = Windowed(model, 16, 2, {5}, 10)
    ids = [1, 2, *[5, 6, 7, 8] * 4]
    assert window.visible(ids) == [1, 2, *[5, 6, 7, 8] * 2]
    assert window.visible([1, 2, *[6] * 20]) == [1, 2, *[6] * 10]
    cache = window.new_cache(1, 18)
    for id in ids:
        logits = window(torch.tensor([[id]]), cache)
    # The 17th id was one too many: head and latest sections were read anew, then the 18th.
    seen = model(torch.tensor([[*window.visible(ids[:17]), ids[17]]]))
    torch.testing.assert_close(logits[:, -1], seen[:, -1], rtol=0, atol=1e-5)
    assert cache.length == 18
    assert draw(Autoregressive(200), window, PROMPT, rng=generators(3, 1)).shape == (1, 203)
