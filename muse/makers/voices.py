"""Three ways from a mel to sound, each in blocks: the vocoder, the flow vocoder, Griffin-Lim.

A voice is told a stretch of frames with `context` more frames to either side; what it makes of the
stretch itself is then the same as it would be in the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from muse.models.vocoder import Vocoder
from muse.models.voice_flow import VoiceFlow, from_domain
from muse.nn.griffin_lim import griffin_lim
from muse.nn.mel import MelDefinition
from muse.nn.stft import inverse_stft
from muse.sampling.base import generators
from muse.sampling.flow import Flow, rectified
from muse.sampling.parametrisation import Clean

NOISE_FRAMES = 64
"""Frames whose noise comes from one generator: a stretch has the noise that the whole has there."""


class Voice(Protocol):
    """Makes sound of mels."""

    @property
    def name(self) -> str: ...

    @property
    def mel(self) -> MelDefinition: ...

    @property
    def context(self) -> int:
        """Frames to either side that the sound at a frame depends on."""
        ...

    def sound(self, logs: Tensor, source: Tensor, first: int) -> Tensor:
        """Sound ((F - 1) * hop,).

        Args:
            logs: log-mel (F, bands).
            source: spectra of the harmonic source (F, bins), zeros where there is none.
            first: number of the first frame in the whole.
        """
        ...


@dataclass(frozen=True)
class GanVoice:
    """The vocoder: one pass."""

    model: Vocoder
    name: str = "gan"

    @property
    def mel(self) -> MelDefinition:
        """What it takes."""
        return self.model.config.mel

    @property
    def context(self) -> int:
        """Frames to either side."""
        return self.model.context

    def sound(self, logs: Tensor, source: Tensor, first: int) -> Tensor:
        """See `Voice`."""
        return self.model(logs[None], source[None])[0]


@dataclass(frozen=True)
class FlowVoice:
    """The flow vocoder: from noise in a few steps of the sampler that paints pictures too.

    Attributes:
        model: the network.
        steps: of the path.
        solver: of `sampling.flow.Flow`.
        seed: of the noise.
    """

    model: VoiceFlow
    steps: int = 6
    solver: str = "euler"
    seed: int = 0
    name: str = "flow"

    @property
    def mel(self) -> MelDefinition:
        """What it takes."""
        return self.model.config.mel

    @property
    def context(self) -> int:
        """Each call of the network looks as far again."""
        calls = self.steps * (2 if self.solver == "heun" else 1)
        return calls * self.model.context + self.mel.window // self.mel.hop

    def sound(self, logs: Tensor, source: Tensor, first: int) -> Tensor:
        """See `Voice`."""
        told = (logs[None], source[None])
        x = frame_noise(self.seed, first, len(logs), 2 * self.mel.bins)[None]
        for step in Flow(rectified(self.steps), self.solver, told).steps(Clean(self.model), x):
            x = step.state
        spectra = from_domain(x, told, self.mel)
        return inverse_stft(spectra, self.mel.window, self.mel.hop)[0]


@dataclass(frozen=True)
class GriffinLimVoice:
    """No network: phases found by going back and forth. Stretches agree with the whole in the mel only."""

    mel: MelDefinition
    iterations: int = 32
    name: str = "griffinlim"

    @property
    def context(self) -> int:
        """Frames to either side; its phases have no end to how far they look."""
        return 16

    def sound(self, logs: Tensor, source: Tensor, first: int) -> Tensor:
        """See `Voice`."""
        return griffin_lim(logs[None], self.mel, iterations=self.iterations, seed=first)[0]


def frame_noise(seed: int, first: int, count: int, size: int) -> Tensor:
    """Standard noise of frames `first` to `first + count`, (count, size); first is 0 or more."""
    low, high = first // NOISE_FRAMES, -(-(first + count) // NOISE_FRAMES)
    blocks = [
        rng.standard_normal((NOISE_FRAMES, size), dtype=np.float32)
        for rng in generators(seed, high - low, low)
    ]
    found = np.concatenate(blocks)
    return torch.from_numpy(found[first - low * NOISE_FRAMES :][:count].copy())
