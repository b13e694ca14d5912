"""The engines that `decode_speed.py` compares, each behind the same four words.

An engine begins with a prompt and then takes one token of each sequence at a time; both answer with
the logits of the token after. `transformers` writes by its own `generate`. Peers that are not
installed raise `ImportError`, and are told as absent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


class Engine:
    """A network that is ready to write.

    Subclasses have `begin` and `step`.
    """

    def begin(self, ids: np.ndarray, room: int) -> np.ndarray:
        """Forget all and read ids (B, T), with room for as many more; logits (B, V)."""
        raise NotImplementedError

    def step(self, ids: np.ndarray) -> np.ndarray:
        """Read one token of each sequence, (B, 1); logits (B, V)."""
        raise NotImplementedError

    def write(self, ids: np.ndarray, tokens: int) -> float:
        """Seconds to read ids (B, T) and write `tokens` likeliest tokens behind each."""
        begun = time.perf_counter()
        logits = self.begin(ids, tokens)
        for _ in range(tokens - 1):
            logits = self.step(logits.argmax(-1)[:, None])
        return time.perf_counter() - begun


class Cached(Engine):
    """Muse's engines: scores(ids, cache) and new_cache(batch, length)."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def begin(self, ids: np.ndarray, room: int) -> np.ndarray:
        self.cache = self.engine.new_cache(len(ids), ids.shape[1] + room)
        return self.engine.scores(ids, self.cache)

    def step(self, ids: np.ndarray) -> np.ndarray:
        return self.engine.scores(ids, self.cache)


class Transformers(Engine):
    """Hugging Face's Llama, in fp32; generation by its own loop."""

    def __init__(self, folder: Path, threads: int) -> None:
        import torch
        from transformers import LlamaForCausalLM

        torch.set_num_threads(threads)
        self.torch = torch
        self.model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def begin(self, ids: np.ndarray, room: int) -> np.ndarray:
        with self.torch.inference_mode():
            return self.model(self.torch.from_numpy(ids), logits_to_keep=1).logits[:, -1].numpy()

    def write(self, ids: np.ndarray, tokens: int) -> float:
        begun = time.perf_counter()
        with self.torch.inference_mode():
            self.model.generate(
                self.torch.from_numpy(ids), attention_mask=self.torch.ones(ids.shape),
                max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, pad_token_id=0,
            )  # fmt: skip
        return time.perf_counter() - begun


class OnnxRuntime(Engine):
    """onnxruntime with its fused attention; keys and values are written in place."""

    def __init__(self, folder: Path, threads: int, precision: str) -> None:
        import onnxruntime
        from decode_onnx import write_graph

        path = write_graph(folder, precision)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        self.value = onnxruntime.OrtValue.ortvalue_from_numpy
        self.keys = json.loads((folder / "config.json").read_text())

    def begin(self, ids: np.ndarray, room: int) -> np.ndarray:
        keys, capacity = self.keys, ids.shape[1] + room
        shape = (len(ids), keys["num_key_value_heads"], capacity, keys["head_dim"])
        self.length, self.binding = 0, self.session.io_binding()
        self.binding.bind_output("logits", "cpu")
        for layer in range(keys["num_hidden_layers"]):
            for part in ("key", "value"):
                kept = self.value(np.zeros(shape, np.float32))
                self.binding.bind_ortvalue_input(f"past_{part}.{layer}", kept)
                self.binding.bind_ortvalue_output(f"present_{part}.{layer}", kept)
        return self.step(ids)

    def step(self, ids: np.ndarray) -> np.ndarray:
        self.length += ids.shape[1]
        bind = self.binding
        bind.bind_cpu_input("ids", np.ascontiguousarray(ids))
        bind.bind_cpu_input("last", np.full(len(ids), self.length - 1, np.int32))
        bind.bind_cpu_input("total", np.array(self.length, np.int32))
        self.session.run_with_iobinding(bind)
        return bind.get_outputs()[0].numpy()[:, 0]


class LlamaCpp(Engine):
    """llama.cpp by llama-cpp-python, one sequence at a time, as its own `eval` does it."""

    def __init__(self, folder: Path, threads: int, kind: str) -> None:
        import llama_cpp
        from decode_gguf import write_gguf

        self.llama = llama_cpp.Llama(
            str(write_gguf(folder, kind)), n_ctx=1024, n_batch=512, n_threads=threads,
            n_threads_batch=threads, verbose=False,
        )  # fmt: skip

    def begin(self, ids: np.ndarray, room: int) -> np.ndarray:
        if len(ids) > 1:
            raise NotImplementedError("llama-cpp-python evaluates one sequence at a time")
        self.llama.reset()
        return self.step(ids)

    def step(self, ids: np.ndarray) -> np.ndarray:
        import llama_cpp

        self.llama.eval(ids[0].tolist())
        logits = llama_cpp.llama_get_logits_ith(self.llama.ctx, -1)
        return np.ctypeslib.as_array(logits, (self.llama.n_vocab(),))[None].copy()


def native(folder: Path, threads: int, precision: str) -> Engine:
    """Muse's engine in C."""
    from muse.engine.native import NativeDecoder

    config, weights = read_folder(folder)
    return Cached(NativeDecoder(config, weights, precision, threads))


def torch_engine(folder: Path, threads: int) -> Engine:
    """Muse's engine on torch."""
    import torch

    from muse.engine.torch_engine import TorchEngine, decoder_of

    torch.set_num_threads(threads)
    return Cached(TorchEngine(decoder_of(*read_folder(folder))))


def read_folder(folder: Path) -> tuple[Any, dict[str, np.ndarray]]:
    """Shape and weights of a Hugging Face folder."""
    from safetensors.numpy import load_file

    from muse.models.decoder_config import DecoderConfig

    keys = json.loads((folder / "config.json").read_text())
    return DecoderConfig.from_huggingface(keys), load_file(folder / "model.safetensors")


ENGINES: dict[str, Callable[[Path, int], Engine]] = {
    "muse native fp32": lambda folder, threads: native(folder, threads, "fp32"),
    "muse native fp16": lambda folder, threads: native(folder, threads, "fp16"),
    "muse native int8": lambda folder, threads: native(folder, threads, "int8"),
    "muse torch": torch_engine,
    "transformers": Transformers,
    "onnxruntime fp32": lambda folder, threads: OnnxRuntime(folder, threads, "fp32"),
    "onnxruntime int8": lambda folder, threads: OnnxRuntime(folder, threads, "int8"),
    "llama.cpp F32": lambda folder, threads: LlamaCpp(folder, threads, "F32"),
    "llama.cpp Q8_0": lambda folder, threads: LlamaCpp(folder, threads, "Q8_0"),
}
"""Engines by name; each is made of a Hugging Face folder and a number of threads."""
