"""How a request is put to a language model that was taught to answer: the marks around a turn.

The template in a stranger's file is a program (Jinja); it is not run. The families of models write
turns in a few ways, which their control tokens tell apart. A request is plain text: no control token
can come of it.
"""

from __future__ import annotations

import re

from muse.tokens.language import LanguageTokenizer

TURNS = (
    "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n",
    "<|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "<|user|>\n{}<|end|>\n<|assistant|>\n",
    "[INST] {}[/INST] ",
)
"""ChatML (SmolLM2, Qwen), Llama 3, Phi 3, and Mistral with control tokens."""

PLAIN = "{}\n\n"
"""For a model that has no such tokens: what it writes is to follow the request."""

_CONTROL = re.compile(r"(<\|\w+\|>|\[/?INST\])")


def request_ids(text: str, tokenizer: LanguageTokenizer) -> list[int]:
    """The ids of a request, up to where the answer begins. Raises WishError if it cannot be said."""
    ids = list(tokenizer.opening)
    for part in _CONTROL.split(_turn(tokenizer)):
        if _CONTROL.fullmatch(part):
            ids.append(tokenizer.vocabulary[part])
        elif part:
            ids += tokenizer.encode(part.replace("{}", text))
    return ids


def _turn(tokenizer: LanguageTokenizer) -> str:
    """The first of the known turns of which the tokenizer has all control tokens."""
    silent = {tokenizer.vocabulary.names[id] for id in tokenizer.silent}
    for turn in TURNS:
        if set(_CONTROL.findall(turn)) <= silent:
            return turn
    return PLAIN
