"""A tiny untrained language model of another's kind: its own byte-level pieces, and control tokens."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from muse.bundle import Bundle
from muse.engine.torch_engine import TorchEngine
from muse.models.decoder import Decoder, DecoderConfig
from muse.theory.written_words import written_words
from muse.tokens.language import LanguageTokenizer

CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


@cache
def byte_level_tokenizer(size: int = 1500) -> LanguageTokenizer:
    """A byte-level tokenizer whose pieces are those of words, marks and line breaks."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    words = [word.replace("’", "'") for word in written_words()[::7]]
    lines = [" ".join(words[at : at + 9]).capitalize() for at in range(0, len(words), 9)]
    marked = [f'{line}, it—was; so: "yes," (no) … what?\n\n“Oh!” she said.\n' for line in lines]
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=CONTROL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    tokenizer.train_from_iterator(marked, trainer)
    return LanguageTokenizer(tokenizer.to_str(), size)


@cache
def language_bundle() -> Bundle:
    """An untrained bundle of kind "language", in memory, with strong opinions, all of them wrong."""
    tokenizer = byte_level_tokenizer()
    torch.manual_seed(6)
    config = DecoderConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, head_dim=8,
    )  # fmt: skip
    model = Decoder(config).eval()
    with torch.no_grad():
        model.lm_head.weight.mul_(40)
    end = tokenizer.vocabulary["<|im_end|>"]
    about = {"licence": "public domain"}
    return Bundle(
        "tiny", Path("."), "language", "1", TorchEngine(model.requires_grad_(False)), about,
        {"eos_token_id": end}, tokenizer=tokenizer,
    )  # fmt: skip
