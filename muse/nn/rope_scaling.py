"""The settings of a stretched rotary embedding, apart from the arithmetic: no torch here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RopeScaling:
    """How a network was stretched to texts longer than those it was first trained on.

    Field names are Hugging Face's.

    Attributes:
        rope_type: "linear" slows all pairs down (Chen et al. 2023), "llama3" only those that turn
            seldom (Grattafiori et al. 2024, "The Llama 3 Herd of Models").
        factor: by how much.
        low_freq_factor: a pair that turns less often than this in the first length is slowed down
            in full ("llama3").
        high_freq_factor: a pair that turns more often than this stays as it is ("llama3").
        original_max_position_embeddings: that first length, in tokens ("llama3").
    """

    rope_type: str
    factor: float
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_max_position_embeddings: int = 8192

    def __post_init__(self) -> None:
        if self.rope_type not in ("linear", "llama3"):
            raise ValueError(
                f"rope_type is {repr(self.rope_type)[:60]}; the decoder has linear and llama3"
            )
        if not 0 < self.low_freq_factor < self.high_freq_factor:
            raise ValueError("low_freq_factor must lie above 0 and below high_freq_factor")
