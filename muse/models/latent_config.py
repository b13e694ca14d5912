"""The shape of a latent space of token sequences that fall into bars."""

from __future__ import annotations

from dataclasses import dataclass

from muse.models.decoder_config import DecoderConfig


@dataclass(frozen=True, kw_only=True)
class LatentConfig:
    """The shape of a `LatentModel`. The defaults have a little over four million weights.

    Attributes:
        vocab_size: how many ids there are.
        pickup_id: the id that begins an opening incomplete bar.
        first_bar_id, last_bar_id: the ids between which all others that begin a bar lie.
        hidden_size, intermediate_size: widths of the stream and inside a feed-forward block.
        encoder_layers, decoder_layers: blocks that read, and blocks that write.
        heads, groups, head_dim: of the attention; `groups` key heads serve all `heads`.
        whole_size: numbers of the latent of a whole window.
        bar_size: numbers of the latent of each bar.
    """

    vocab_size: int
    pickup_id: int
    first_bar_id: int
    last_bar_id: int
    hidden_size: int = 256
    intermediate_size: int = 608
    encoder_layers: int = 3
    decoder_layers: int = 3
    heads: int = 8
    groups: int = 4
    head_dim: int = 32
    whole_size: int = 64
    bar_size: int = 48

    def __post_init__(self) -> None:
        for name in ("pickup_id", "first_bar_id", "last_bar_id"):
            if not 0 <= getattr(self, name) < self.vocab_size:
                raise ValueError(f"{name} is no id below {self.vocab_size}")
        counts = {n: v for n, v in self.__dict__.items() if not n.endswith("_id")}
        for name, value in counts.items():
            if not 1 <= value <= 1_000_000 or (name.endswith("_layers") and value > 1000):
                raise ValueError(f"{name} must be a sensible number of at least 1, not {value}")
        if self.first_bar_id > self.last_bar_id:
            raise ValueError("first_bar_id must not lie above last_bar_id")
        _ = self.block

    @property
    def latent_size(self) -> int:
        """Numbers that describe one bar: those of its window, then its own."""
        return self.whole_size + self.bar_size

    @property
    def block(self) -> DecoderConfig:
        """The shape of the blocks, which are the decoder's."""
        return DecoderConfig(
            vocab_size=self.vocab_size, hidden_size=self.hidden_size,
            intermediate_size=self.intermediate_size, num_hidden_layers=self.decoder_layers,
            num_attention_heads=self.heads, num_key_value_heads=self.groups,
            head_dim=self.head_dim,
        )  # fmt: skip
