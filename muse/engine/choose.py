"""Which engine runs a decoder: the native one where it is built and fits, else torch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from muse.models.decoder_config import DecoderConfig
from muse.works.base import WishError

if TYPE_CHECKING:
    from muse.sampling.base import NextToken

ENGINES = ("auto", "torch", "native")
"""What can be asked for; "auto" takes the native engine where it is there."""


@cache
def native_is_here() -> bool:
    """Whether the native engine was built, for this machine too."""
    from muse.engine.native_library import available

    return bool(available())


def engine_for(
    config: DecoderConfig,
    weights: Mapping[str, NDArray[np.float32]],
    engine: str = "auto",
    precision: str | None = None,
) -> NextToken:
    """The engine of a decoder.

    Args:
        config: the decoder's shape.
        weights: as `weight_shapes` lists them.
        engine: one of `ENGINES`.
        precision: of the weights, "fp32" if it is None; torch has no other.

    Raises:
        WishError: if there is no such engine, or it is not here.
    """
    if engine not in ENGINES:
        raise WishError(f"--engine {engine}: there are {', '.join(ENGINES)}")
    if engine == "native" and not native_is_here():
        raise WishError(
            "--engine native: it was not built here, for that takes a C compiler when Muse is "
            "installed; --engine torch does the same more slowly"
        )
    if engine != "torch" and native_is_here():
        from muse.engine.native import NativeDecoder

        return NativeDecoder(config, dict(weights), precision=precision or "fp32")
    if precision not in (None, "fp32"):
        raise WishError(f"precision {precision} is of the native engine, which is not used here")
    from muse.engine.torch_engine import TorchEngine, decoder_of

    return TorchEngine(decoder_of(config, weights))
