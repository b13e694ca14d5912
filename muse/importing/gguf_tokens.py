"""The tokenizer of a GGUF file: its list of pieces becomes a `tokenizer.json`.

llama.cpp knows each way of cutting text before the pieces are merged by a name,
`tokenizer.ggml.pre`. The cuts here are those of the tokenizers that the names stand for, as Hugging
Face publishes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from muse.importing.checkpoint import shown
from muse.tokens.language import BLANK, tokenizers_library
from muse.works.base import WishError

UNKNOWN, CONTROL, USER_DEFINED, UNUSED = 2, 3, 4, 5
"""Types of tokens that are no plain pieces, as llama.cpp numbers them."""

_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_QWEN2 = _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
_TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPLITS = {
    "llama-bpe": _LLAMA3, "llama3": _LLAMA3, "llama-v3": _LLAMA3, "falcon3": _LLAMA3,
    "qwen2": _QWEN2, "deepseek-r1-qwen": _QWEN2,
    "tekken": _TEKKEN,
}  # fmt: skip
"""Names of cuts that are one expression each."""

SINGLE_DIGITS = ("smollm", "starcoder", "refact")
"""Names of GPT-2's cut with every digit by itself."""

WHOLE_WORDS_FIRST = ("llama-bpe", "llama3", "llama-v3", "falcon3", "tekken")
"""Names with which a word that is a piece is taken as it is, and BOS stands first."""

LONGEST_PIECE = 256
"""Letters of a piece that is looked for in text; longer ones would only cost time."""

PRE_TYPES = ("gpt-2", *SINGLE_DIGITS, *SPLITS)


def build_tokenizer(metadata: Mapping[str, Any], path: Path) -> str:
    """The text of the `tokenizer.json` that a GGUF file's metadata describe.

    Raises:
        WishError: if they describe none, or one of a kind that is not known here.
    """
    library = tokenizers_library()
    kind, pre = metadata.get("tokenizer.ggml.model"), metadata.get("tokenizer.ggml.pre")
    tokens = _list(metadata, "tokens", str, path)
    types = _list(metadata, "token_type", int, path, len(tokens), default=1)
    vocabulary = {token: id for id, token in enumerate(tokens)}
    if len(vocabulary) != len(tokens) or "" in vocabulary:
        raise WishError(f"{path}: tokenizer.ggml.tokens names a token twice, or an empty one")
    try:
        if kind == "gpt2":
            merges = _list(metadata, "merges", str, path)
            tokenizer = _byte_level(vocabulary, merges, pre, path)
        elif kind == "llama":
            scores = _list(metadata, "scores", float, path, len(tokens))
            tokenizer = _sentencepiece(vocabulary, scores, types, metadata)
        else:
            raise WishError(
                f"{path}: tokenizer.ggml.model is {shown(kind)}; Muse takes gpt2 and llama"
            )
        for special, wanted in ((True, (CONTROL, UNKNOWN)), (False, (USER_DEFINED,))):
            tokenizer.add_tokens([
                library.AddedToken(token, special=special, normalized=False)
                for token, type_ in zip(tokens, types) if type_ in wanted
            ])  # fmt: skip
        opening = _opening(metadata, kind == "llama" or pre in WHOLE_WORDS_FIRST, tokens)
        if opening is not None:
            bos = {"id": "BOS", "ids": [opening], "tokens": [tokens[opening]]}
            tokenizer.post_processor = library.processors.TemplateProcessing(
                single="BOS $A", pair="BOS $A $B", special_tokens=[bos]
            )
        return tokenizer.to_str()
    except WishError:
        raise
    except Exception as error:  # the library raises bare Exception
        raise WishError(f"{path}: its tokens make no tokenizer: {shown(error, 200)}") from error


def _list(
    metadata: Mapping[str, Any], name: str, kind: type, path: Path, count: int | None = None,
    default: Any = None,
) -> list[Any]:  # fmt: skip
    """A list of the tokenizer's metadata. Raises WishError if it is missing or not as it must be."""
    found = metadata.get(f"tokenizer.ggml.{name}")
    if found is None and default is not None and count is not None:
        return [default] * count
    if not isinstance(found, list) or not all(type(each) is kind for each in found):
        raise WishError(f"{path}: tokenizer.ggml.{name} is missing or no list of {kind.__name__}")
    if count is not None and len(found) != count:
        raise WishError(f"{path}: tokenizer.ggml.{name} has {len(found)} values for {count} tokens")
    return found


def _opening(metadata: Mapping[str, Any], usual: bool, tokens: list[str]) -> int | None:
    """The id of BOS, if it stands before every text."""
    bos = metadata.get("tokenizer.ggml.bos_token_id")
    wanted = metadata.get("tokenizer.ggml.add_bos_token", usual)
    return bos if wanted is True and type(bos) is int and 0 <= bos < len(tokens) else None


def _byte_level(vocabulary: dict[str, int], merges: list[str], pre: Any, path: Path) -> Any:
    """Byte-pair encoding over GPT-2's letters for bytes."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    if pre not in PRE_TYPES:
        raise WishError(
            f"{path}: tokenizer.ggml.pre is {shown(pre)}; Muse knows {', '.join(PRE_TYPES)}"
        )
    # A piece may itself begin with a blank, so the parting one is looked for behind it.
    pairs = [(pair[: pair.index(" ", 1)], pair[pair.index(" ", 1) + 1 :]) for pair in merges]
    tokenizer = Tokenizer(
        models.BPE(vocab=vocabulary, merges=pairs, ignore_merges=pre in WHOLE_WORDS_FIRST)
    )
    steps: list[Any] = []
    if pre in SINGLE_DIGITS:
        steps.append(pre_tokenizers.Digits(individual_digits=True))
    if pre in SPLITS:
        steps.append(pre_tokenizers.Split(Regex(SPLITS[pre]), behavior="isolated"))
    steps.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pre not in SPLITS))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    if SPLITS.get(pre) == _QWEN2:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _sentencepiece(
    vocabulary: dict[str, int], scores: list[float], types: list[int], metadata: Mapping[str, Any]
) -> Any:
    """SentencePiece's byte-pair encoding: of all neighbours, those of the best score merge first."""
    from tokenizers import Tokenizer, decoders, models, normalizers

    names = list(vocabulary)
    unknown = next((names[id] for id, type_ in enumerate(types) if type_ == UNKNOWN), None)
    tokenizer = Tokenizer(
        models.BPE(
            vocab=vocabulary, merges=merges_by_score(vocabulary, scores, types), unk_token=unknown,
            fuse_unk=True, byte_fallback=all(f"<0x{b:02X}>" in vocabulary for b in range(256)),
        )
    )  # fmt: skip
    spaced = metadata.get("tokenizer.ggml.add_space_prefix", True) is True
    blanks = normalizers.Replace(" ", BLANK)
    tokenizer.normalizer = (
        normalizers.Sequence([normalizers.Prepend(BLANK), blanks]) if spaced else blanks
    )
    steps = [decoders.Replace(BLANK, " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence(
        [*steps, *([decoders.Strip(" ", 1, 0)] if spaced else [])]
    )
    return tokenizer


def merges_by_score(
    vocabulary: Mapping[str, int], scores: list[float], types: list[int]
) -> list[tuple[str, str]]:
    """All pairs of pieces that make a piece, best first: SentencePiece lists pieces, not merges."""
    found = []
    for name, id in vocabulary.items():
        if types[id] in (CONTROL, UNUSED, UNKNOWN) or len(name) > LONGEST_PIECE:
            continue
        for cut in range(1, len(name)):
            left, right = name[:cut], name[cut:]
            if left in vocabulary and right in vocabulary:
                found.append((-scores[id], -len(left), id, left, right))
    return [(left, right) for *_, left, right in sorted(found)]
