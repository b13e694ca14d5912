"""Promises hold for a network that has learned nothing."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from muse.engine.torch_engine import TorchEngine
from muse.models.decoder import Decoder, DecoderConfig
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import draw, generators
from muse.sampling.policies import standard_policies

from .judging import judge
from .plans import IDS, random_plan


@pytest.fixture(scope="module")
def untrained() -> TorchEngine:
    torch.manual_seed(0)
    config = DecoderConfig(
        vocab_size=len(IDS), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=1, num_key_value_heads=1, head_dim=16,
    )  # fmt: skip
    model = Decoder(config).eval()
    with torch.no_grad():
        # Strong opinions, all of them wrong.
        model.lm_head.weight.mul_(80)
    return TorchEngine(model)


@pytest.mark.parametrize("temperature", [0.0, 1.0, 3.0])
def test_an_untrained_network_keeps_every_promise(
    untrained: TorchEngine, temperature: float
) -> None:
    judged = 0
    for seed in range(40):
        grammar = random_plan(random.Random(seed))
        if grammar.impossible_lines():
            continue
        length = sum(bar.meter.bar_ticks * len(bar.lines) + 8 for bar in grammar.plan)
        policies = standard_policies(temperature, top_p=0.98, repetition=1.1)
        sampler = Autoregressive(length, IDS["EOS"], policies, grammar)
        start = np.array([[IDS["BOS"]]])
        for row in draw(sampler, untrained, start, rng=generators(seed, 3)).tolist():
            assert IDS["EOS"] in row
            judge(grammar.plan, row[1 : row.index(IDS["EOS"])])
            judged += 1
    assert judged > 40
