"""`muse evaluate` of verse end to end: small shards, an untrained network, all measures, the card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from muse.bundle import save_bundle
from muse.cli import run
from muse.cli.measures import poems, verse_draws
from muse.cli.measures.poems import FORMS, RecordingPoet, human_poems, verse_bundle
from muse.cli.publishing.figures import evaluation_section, read_evaluations
from muse.data.shards import PieceInfo, Shard, write_shard
from muse.evaluate.chinese_form import faults_of
from muse.models.decoder import Decoder
from muse.models.decoder_config import DecoderConfig
from muse.tokens.chinese import ChineseLine, ChineseSheet, ChineseTokenizer
from muse.tokens.text import load_pieces

PIECES = Path(__file__).parents[2] / "tokenizers" / "chinese" / "pieces.model"
LINES = (
    "白日依山尽", "黄河入海流", "欲穷千里目", "更上一层楼", "春江花月夜", "清风何处秋", "床前明月光",
    "疑是地上霜", "举头望明月", "低头思故乡", "春眠不觉晓", "处处闻啼鸟", "夜来风雨声", "花落知多少",
)  # fmt: skip


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, tokenizer = tmp_path_factory.mktemp("shards"), ChineseTokenizer(load_pieces(PIECES))
    rng = np.random.default_rng(0)
    for split, count in (("train", 40), ("valid", 9), ("test", 9)):
        pieces = []
        for _ in range(count):
            chosen = rng.permutation(14)[:4]
            lines = tuple(
                ChineseLine(LINES[place], "，。"[n % 2], 5, n % 2 == 1)
                for n, place in enumerate(chosen)
            )
            sheet = ChineseSheet("五绝", lines, "tang", {"Author": "王之涣", "Title": "登高"})
            info = PieceInfo("tang", "made", "王之涣", 20, "五绝")
            pieces.append((tokenizer.flatten(sheet), info))
        write_shard(folder / f"{split}.bin", pieces, "verse-zh", len(tokenizer.vocabulary))
    return folder


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    torch.manual_seed(0)
    config = DecoderConfig(
        vocab_size=len(load_pieces(PIECES).vocabulary), hidden_size=16, intermediate_size=16,
        num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, head_dim=8,
        max_position_embeddings=1024,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("bundles") / "verse-zh"
    save_bundle(
        folder, kind="verse-zh", config=config, weights=Decoder(config).state_dict(),
        about={"version": "0", "licence": "none"}, sampling={}, card="", pieces=PIECES,
    )  # fmt: skip
    return str(folder)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two forms and three themes, so that a test takes seconds."""
    forms = {**FORMS, "zh": ("五绝", "联")}
    for module in (verse_draws, poems):
        monkeypatch.setattr(module, "FORMS", forms)
        monkeypatch.setattr(module, "THEMES", {**module.THEMES, "zh": ("春江", "秋月", "梅花")})
    verse_draws.drawn_by_form.cache_clear()


def measured(name: str, of: str, shards: Path, out: Path, count: int) -> dict[str, Any]:
    command = ["evaluate", name, "--of", of, "--shards", str(shards), "-o", str(out)]
    assert run([*command, "--count", str(count)]) == 0
    return json.loads(out.read_text())


def test_likelihood_is_set_against_the_ngram_on_the_same_characters(
    shards: Path, bundle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = measured(bundle, "likelihood,ngram", shards, tmp_path / "f.json", 6)
    printed = capsys.readouterr().out
    assert "bits/character" in printed and "against Kneser-Ney" in printed
    for split in ("valid", "test"):
        model, ngram = (found[name][f"{split}, poems"] for name in ("likelihood", "ngram"))
        assert model["nothing told"]["characters"] == ngram["characters"] == 6 * 24
        # An untrained network guesses among all ids; the n-gram has seen all these lines.
        assert model["nothing told"]["bits_per_character"] > np.log2(6000)
        assert (
            ngram["bits_per_character"] < 3
            and ngram["model_needs_less"]["nothing told"]["share"] < -3
        )
    card = evaluation_section(read_evaluations([tmp_path / "f.json"], "verse-zh"))
    assert "bits/character" in card and "Kneser-Ney of order" in card


def test_every_draw_measure_prints_writes_and_stands_in_the_card(
    shards: Path, bundle: str, tmp_path: Path
) -> None:
    found = measured(bundle, "form,price,diversity,copying,theme", shards, tmp_path / "f.json", 9)
    assert found["form"]["poems"] == sum(found["form"]["drawn"].values()) == 9
    prices = found["price"]["forms"]["五绝"]
    assert prices["drawn"]["price_per_token"] > 0 == prices["free"]["price_per_token"]
    assert prices["human"]["texts"] == 9 and found["price"]["forms"]["联"]["human"] is None
    diversity = found["diversity"]["forms"]["五绝"]
    assert diversity["drawn"]["distinct_2"] > diversity["human"]["distinct_2"]
    copying = found["copying"]["forms"]["五绝"]
    assert copying["human"]["run_most"] >= 5 > copying["drawn"]["run_most"]
    theme = found["theme"]["recognised"]
    assert theme["as drawn"]["words"]["texts"] == 3 * 12
    assert theme["best of 4, as shown"]["words"]["texts"] == 3 * 3
    card = evaluation_section(read_evaluations([tmp_path / "f.json"], "verse-zh"))
    for title in ("### Form", "What a form costs", "Diversity", "shared with", "Themes"):
        assert title in card


def test_recorded_ids_say_the_poem_and_free_writing_keeps_no_form(bundle: str) -> None:
    poet = RecordingPoet(verse_bundle(bundle))
    written = poet.drawn(form="五绝", variations=3, seed=4)
    assert len(written) == 3
    for each in written:
        assert each.plan.read(each.ids).lines == each.poem.lines
        assert faults_of(each.poem) == []
    free = RecordingPoet(verse_bundle(bundle), free=True).drawn(form="五绝", variations=3, seed=4)
    assert all(len(each.ids) > 10 for each in free)


def test_human_poems_are_those_of_the_form(shards: Path) -> None:
    tokenizer = ChineseTokenizer(load_pieces(PIECES))
    shard = Shard(shards / "test.bin")
    assert len(human_poems([shard], tokenizer, "五绝", "zh")) == 9
    assert human_poems([shard], tokenizer, "浣溪沙", "zh") == []


def test_an_unknown_measure_is_told(
    shards: Path, bundle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", bundle, "--of", "price,beauty", "--shards", str(shards)]) == 2
    err = capsys.readouterr().err
    assert "beauty" in err and "likelihood ngram form price" in err and err.count("\n") == 1
