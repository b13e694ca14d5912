"""Which engine draws, that all of them draw the same, and that none drags torch in unasked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from muse.cli import run
from muse.engine import choose
from muse.engine.choose import engine_for, native_is_here
from muse.engine.torch_engine import TorchEngine, decoder_of
from muse.models.decoder import Decoder
from muse.models.decoder_config import DecoderConfig, weight_shapes
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import draw, generators
from muse.sampling.policies import Temperature, TopP
from muse.works.base import WishError

ROOT = Path(__file__).parents[2]
IDS = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])

needs_native = pytest.mark.skipif(not native_is_here(), reason="the native engine was not built")


def network(**changes: object) -> tuple[DecoderConfig, dict[str, np.ndarray]]:
    """A small decoder's shape and random weights."""
    shape: dict = {
        "vocab_size": 30, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4,
    }  # fmt: skip
    config = DecoderConfig(**(shape | changes))
    rng = np.random.default_rng(1)
    weights = {
        name: rng.standard_normal(size, dtype=np.float32) / 3
        for name, size in weight_shapes(config).items()
    }
    if config.tie_word_embeddings:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    return config, weights


def test_the_torch_engine_says_what_its_decoder_says() -> None:
    config, weights = network()
    engine = engine_for(config, weights, "torch")
    assert isinstance(engine, TorchEngine) and engine.config == config
    whole = Decoder(config)
    whole.load_state_dict({name: torch.from_numpy(each) for name, each in weights.items()})
    logits = whole(torch.from_numpy(IDS))
    cache = engine.new_cache(2, 5)
    engine.scores(IDS[:, :2], cache)
    found = engine.scores(IDS[:, 2:], cache)
    assert found.dtype == np.float32 and cache.length == 5
    np.testing.assert_allclose(found, logits[:, -1].detach(), rtol=0, atol=1e-5)
    chances = logits[:, :-1].log_softmax(-1)
    wanted = -chances.gather(2, torch.from_numpy(IDS)[:, 1:, None])[..., 0]
    np.testing.assert_allclose(engine.nats(IDS), wanted.detach(), rtol=0, atol=1e-5)


def test_a_cache_keeps_rows_in_the_order_that_is_asked() -> None:
    engine = engine_for(*network(), "torch")
    cache = engine.new_cache(2, 6)
    engine.scores(IDS, cache)
    cache.keep(np.array([1]))
    alone = engine.new_cache(1, 6)
    engine.scores(IDS[1:], alone)
    next_ids = np.array([[7]])
    found, wanted = engine.scores(next_ids, cache), engine.scores(next_ids, alone)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)


def test_a_decoder_takes_weights_that_may_not_be_written_to() -> None:
    config, weights = network(tie_word_embeddings=False)
    for each in weights.values():
        each.setflags(write=False)
    made = decoder_of(config, weights)
    assert not made.training and not any(each.requires_grad for each in made.parameters())
    for name, tensor in made.state_dict().items():
        assert np.array_equal(tensor.numpy(), weights[name])


def test_the_weights_that_are_listed_are_those_of_the_decoder() -> None:
    for changes in (
        {}, {"tie_word_embeddings": False}, {"qk_norm": False}, {"qk_norm": False, "qkv_bias": True},
        {"num_key_value_heads": 1, "head_dim": 6, "num_hidden_layers": 1},
    ):  # fmt: skip
        config, _ = network(**changes)
        wanted = {name: tuple(each.shape) for name, each in Decoder(config).state_dict().items()}
        assert weight_shapes(config) == wanted


@needs_native
def test_engines_draw_the_same() -> None:
    config, weights = network(qk_norm=False)
    policies = (Temperature(0.9), TopP(0.95))
    rows = [
        draw(
            Autoregressive(40, 0, policies), engine_for(config, weights, name), IDS[:1],
            rng=generators(4, 5),
        ).tolist()
        for name in ("torch", "native")
    ]  # fmt: skip
    assert rows[0] == rows[1]
    assert not isinstance(engine_for(config, weights), TorchEngine)


def test_without_a_native_engine_torch_is_taken_and_the_wish_for_it_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(choose, "native_is_here", lambda: False)
    config, weights = network()
    assert isinstance(engine_for(config, weights), TorchEngine)
    with pytest.raises(WishError, match="--engine native: it was not built here"):
        engine_for(config, weights, "native")
    with pytest.raises(WishError, match="precision int8 is of the native engine"):
        engine_for(config, weights, "auto", "int8")
    with pytest.raises(WishError, match="--engine abacus: there are auto, torch, native"):
        engine_for(config, weights, "abacus")
    assert run(["melody", "--engine", "native", "-o", str(tmp_path / "x.mid")]) == 2
    assert capsys.readouterr().err.startswith("muse: --engine native: it was not built here")


# Torch stays out -------------------------------------------------------------------------------


def without_torch(tmp_path: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code where importing torch fails."""
    (tmp_path / "torch.py").write_text("raise RuntimeError('torch was imported')\n")
    code = f"import sys\nsys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\n{code}"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path
    )


@pytest.mark.parametrize(
    "module",
    [
        "muse", "muse.bundle", "muse.grammar.bars", "muse.grammar.stage", "muse.grammar.verse_en",
        "muse.grammar.verse_zh", "muse.sampling.autoregressive", "muse.sampling.window",
        "muse.makers.composer", "muse.makers.dramatist", "muse.makers.poet",
        "muse.makers.storyteller", "muse.makers.regrow", "muse.engine.choose",
    ],
)  # fmt: skip
def test_modules_that_draw_import_no_torch(tmp_path: Path, module: str) -> None:
    done = without_torch(tmp_path, f"import {module}")
    assert done.returncode == 0, done.stderr


@needs_native
@pytest.mark.parametrize(
    ("words", "written"),
    [
        (["melody", "--bars", "2", "-o", "x.mid"], "x.mid"),
        (["poem", "the sea", "--form", "haiku", "--candidates", "1", "-o", "x.txt"], "x.txt"),
        (["poem", "春", "--form", "五绝", "-o", "x.txt"], "x.txt"),
    ],
)
def test_verbs_that_draw_need_no_torch(tmp_path: Path, words: list[str], written: str) -> None:
    code = f"from muse.cli import main\nmain({words!r})"
    done = without_torch(tmp_path, code)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / written).stat().st_size > 20
    asked = without_torch(
        tmp_path, f"from muse.cli import main\nmain({[*words, '--engine', 'torch']})"
    )
    assert asked.returncode != 0 and "torch was imported" in asked.stderr
