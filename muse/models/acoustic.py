"""The acoustic model: what the keys do, frame by frame, becomes a log-mel of an instrument.

It sees five figures a key (`works/sounding.frame_rolls`) and the mel of the harmonic source, which
tells it where the partials of all notes lie; what it learns is the timbre over that. Instruments
are weights over a table, so that a timbre between two of them is one more input.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from muse.models.vocoder import normal_mel
from muse.nn.convnext import Trunk
from muse.nn.mel import USUAL_MEL, MelDefinition


@dataclass(frozen=True)
class AcousticConfig:
    """Shape of an acoustic model.

    Attributes:
        size: channels of the trunk.
        layers: blocks of the trunk.
        expand: channels inside a block, as a multiple of `size`.
        rolls: figures of a frame of rolls.
        instruments: how many instruments it plays.
        timbre: channels of an instrument's timbre.
        mel: of the frames it makes.
    """

    size: int = 256
    layers: int = 8
    expand: int = 3
    rolls: int = 440
    instruments: int = 11
    timbre: int = 64
    mel: MelDefinition = USUAL_MEL

    def __post_init__(self) -> None:
        if not (8 <= self.size <= 4096 and 1 <= self.layers <= 64 and 1 <= self.expand <= 8):
            raise ValueError(f"no usable shape: {self}")
        if not (
            1 <= self.rolls <= 4096 and 1 <= self.instruments <= 1024 and 1 <= self.timbre <= 4096
        ):
            raise ValueError(f"no usable shape: {self}")


class Acoustic(nn.Module):
    """The network; see the module."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.config = config
        self.from_rolls = nn.Linear(config.rolls, config.size)
        self.from_template = nn.Linear(config.mel.bands, config.size)
        self.embed_instrument = nn.Parameter(torch.randn(config.instruments, config.timbre) * 0.5)
        self.trunk = Trunk(config.size, config.layers, config.expand, condition=config.timbre)
        self.to_mel = nn.Linear(config.size, config.mel.bands)

    @property
    def context(self) -> int:
        """Frames to either side that a frame depends on."""
        return self.trunk.context

    def forward(self, rolls: Tensor, template: Tensor, timbre: Tensor) -> Tensor:
        """Log-mel (B, F, bands).

        Args:
            rolls: (B, F, rolls).
            template: log-mel of the harmonic source (B, F, bands).
            timbre: (B, instruments), how much of each instrument; one 1 is that instrument.
        """
        x = self.from_rolls(rolls) + self.from_template(normal_mel(template))
        x = self.trunk(x, (timbre @ self.embed_instrument)[:, None])
        return 3 * self.to_mel(x) - 5
