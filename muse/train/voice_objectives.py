"""What voices learn: mels of notes, and sound of mels by adversaries or by flow matching."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.bundle_network import build_network, network_config
from muse.models.critics import (
    Critics,
    CriticsConfig,
    critic_loss,
    feature_loss,
    maker_loss,
)
from muse.models.voice_flow import from_domain, to_domain
from muse.nn.mel import MelDefinition, log_mel
from muse.nn.spectral_distance import LEARNED, stft_distance
from muse.nn.stft import inverse_stft, stft
from muse.sampling.flow import Flow, rectified
from muse.sampling.parametrisation import Clean
from muse.train.flow_matching import logit_normal_times
from muse.train.recipe import TrainRecipe
from muse.train.shard import Place
from muse.train.voice_batches import (
    Drawn,
    Stretches,
    drawn_stretches,
    fixed_choices,
    open_renders,
    stretches,
)
from muse.works.base import WishError
from muse.works.sounding import ROLLS

HELD_OUT_FRAMES = 173
"""Two seconds of each validation piece are measured."""

S = TypeVar("S")


class GanSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of adversarial training.

    Attributes:
        adversarial_from: step at which the critics come in.
        settled_from: step from which an evaluation may be the best: distances in spectra rise when
            the critics come in, so the weights before would always win.
        mel_weight, stft_weight, feature_weight: of the losses beside the critics' own.
        without_source: how often the harmonic source is left out.
        mixed: how often two instruments sound together.
    """

    adversarial_from: int = 0
    settled_from: int = 0
    mel_weight: float = 15.0
    stft_weight: float = 2.5
    feature_weight: float = 2.0
    without_source: float = 0.3
    mixed: float = 0.25


class FlowSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of flow matching.

    Attributes:
        stft_weight: of the distance in spectra of the sound that the clean sample is.
        without_source, mixed: as of `GanSettings`.
    """

    stft_weight: float = 0.3
    without_source: float = 0.3
    mixed: float = 0.25


class AcousticSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the acoustic model.

    Attributes:
        onset_weight: of the frames in the 60 ms after an onset.
        delta_weight: of the changes from frame to frame and from band to band.
    """

    onset_weight: float = 3.0
    delta_weight: float = 0.5


class VoiceObjective:
    """What the objectives of voices share: renders, batches and held-out stretches."""

    kind = ""

    def __init__(self, recipe: TrainRecipe) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.config = network_config(self.kind, recipe.model)
        self.mel: MelDefinition = self.config.mel
        folder = Path(recipe.data.shards)
        self.renders = open_renders(folder / "train.pcm", self.mel)
        self.valid = open_renders(folder / "valid.pcm", self.mel)
        self.model: nn.Module = build_network(self.kind, self.config)

    def drawn(self) -> Drawn:
        """How training stretches are drawn."""
        raise NotImplementedError

    def batches(self, first_step: int, place: Place) -> Iterator[Stretches]:
        """This process's part of the batches, from `first_step` on."""
        recipe = self.recipe
        return drawn_stretches(
            self.renders, self.mel, self.drawn(), recipe.rows, recipe.seed, first_step, place
        )

    def held_out_batch(self, rolls: bool = False) -> Stretches:
        """The same stretches of the validation pieces each time."""
        chosen = fixed_choices(self.valid, self.mel, HELD_OUT_FRAMES)
        return stretches(self.valid, self.mel, chosen, HELD_OUT_FRAMES, rolls=rolls)


class VoiceGan(nn.Module):
    """A vocoder with its critics; only the vocoder is published."""

    def __init__(self, vocoder: nn.Module, critics: Critics, settings: GanSettings) -> None:
        super().__init__()
        self.vocoder, self.critics, self.settings = vocoder, critics, settings

    def forward(self, batch: Stretches, mel: MelDefinition) -> Tensor:
        """The loss of a batch: the vocoder's, and from `adversarial_from` on the critics' too."""
        told, sound = self.settings, batch.sound
        made = self.vocoder(batch.logs, batch.source)
        loss = told.mel_weight * (log_mel(made, mel) - log_mel(sound, mel)).abs().mean()
        loss = loss + told.stft_weight * stft_distance(made, sound, LEARNED)
        if batch.step < told.adversarial_from:
            return loss
        real, fake = self.critics(sound), self.critics(made.detach())
        # The same critics with weights that learn nothing from what the vocoder wants.
        still = {name: weight.detach() for name, weight in self.critics.named_parameters()}
        judged = torch.func.functional_call(self.critics, still, (made,))
        loss = loss + critic_loss(real, fake) + maker_loss(judged)
        return loss + told.feature_weight * feature_loss(real, judged)


class VoiceGanObjective(VoiceObjective):
    """Sound of mels: distances in spectra first, then critics too."""

    kind = "voice-gan"

    def __init__(self, recipe: TrainRecipe) -> None:
        super().__init__(recipe)
        self.settings = settings_of(recipe, GanSettings)
        self.model = VoiceGan(self.model, Critics(CriticsConfig()), self.settings)
        self.step = 0

    def drawn(self) -> Drawn:
        """Stretches of any loudness, some without a source, some of two instruments."""
        told = self.settings
        return Drawn(self.recipe.length, (0.5, 4.0), told.without_source, told.mixed)

    def loss(self, model: nn.Module, batch: Stretches) -> tuple[Tensor, Tensor]:
        """The loss times the rows, and how many rows there are."""
        self.step = batch.step
        rows = torch.tensor(len(batch.sound))
        return model(batch, self.mel) * rows, rows

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """Distances of validation stretches with the source and from the mel alone."""
        assert isinstance(model, VoiceGan)
        batch = self.held_out_batch()
        made = model.vocoder(batch.logs, batch.source)
        figures = distances(made, batch.sound, self.mel)
        alone = distances(model.vocoder(batch.logs), batch.sound, self.mel)
        figures |= {f"{name}, mel alone": value for name, value in alone.items()}
        unsettled = 100.0 if self.step < self.settings.settled_from else 0.0
        return {"score": figures["STFT distance"] + unsettled} | figures


class VoiceFlowObjective(VoiceObjective):
    """Sound of mels by flow matching: the clean spectra behind noise of any strength."""

    kind = "voice-flow"

    def __init__(self, recipe: TrainRecipe) -> None:
        super().__init__(recipe)
        self.settings = settings_of(recipe, FlowSettings)

    def drawn(self) -> Drawn:
        """Stretches of any loudness, some without a source, some of two instruments."""
        told = self.settings
        return Drawn(self.recipe.length, (0.5, 4.0), told.without_source, told.mixed)

    def loss(self, model: nn.Module, batch: Stretches) -> tuple[Tensor, Tensor]:
        """The loss times the rows, and how many rows there are."""
        rows = len(batch.sound)
        noisy, time, clean = self._noisy(batch, torch.Generator().manual_seed(batch.step))
        said = model(noisy, time, (batch.logs, batch.source))
        loss = (said - clean).square().mean()
        loss = loss + self.settings.stft_weight * stft_distance(
            self._sound(said, batch), batch.sound, LEARNED
        )
        return loss * rows, torch.tensor(rows)

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """Squared error behind noise of all strengths; distances of what four Euler steps give."""
        batch = self.held_out_batch()
        told = (batch.logs, batch.source)
        noisy, time, clean = self._noisy(batch, torch.Generator().manual_seed(0))
        error = float((model(noisy, time, told) - clean).square().mean())
        start = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
        flow, said = Flow(rectified(4), cond=told), start
        for step in flow.steps(Clean(model), start):
            said = step.state
        figures = distances(self._sound(said, batch), batch.sound, self.mel)
        return {"score": figures["STFT distance"], **figures, "squared error": error}

    def _noisy(self, batch: Stretches, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Spectra behind noise on the straight path, the shares of noise (B,), and the clean ones."""
        spectra = stft(batch.whole, self.mel.window, self.mel.hop, centred=False)
        clean = to_domain(spectra, (batch.logs, batch.source), self.mel)
        time = logit_normal_times(len(clean), rng)
        noise = torch.randn(clean.shape, generator=rng)
        share = time[:, None, None]
        return (1 - share) * clean + share * noise, time, clean

    def _sound(self, said: Tensor, batch: Stretches) -> Tensor:
        spectra = from_domain(said, (batch.logs, batch.source), self.mel)
        return inverse_stft(spectra, self.mel.window, self.mel.hop)


class AcousticObjective(VoiceObjective):
    """Mels of notes."""

    kind = "acoustic"

    def __init__(self, recipe: TrainRecipe) -> None:
        super().__init__(recipe)
        self.settings = settings_of(recipe, AcousticSettings)

    def drawn(self) -> Drawn:
        """Stretches as loud as they were played, with their rolls."""
        return Drawn(self.recipe.length, rolls=True)

    def loss(self, model: nn.Module, batch: Stretches) -> tuple[Tensor, Tensor]:
        """L1 and L2 of the log-mel and L1 of its changes, times the rows; how many rows."""
        assert batch.rolls is not None
        rows, told = len(batch.sound), self.settings
        said = model(batch.rolls, batch.template(self.mel), batch.timbre)
        weight = 1 + (told.onset_weight - 1) * after_onsets(batch.rolls)[..., None]
        off = said - batch.logs
        loss = (weight * (off.abs() + 0.5 * off.square())).mean()
        loss = loss + told.delta_weight * (off.diff(dim=1).abs().mean() + off.diff().abs().mean())
        return loss * rows, torch.tensor(rows)

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """L1 of the log-mel of validation stretches, and just after onsets."""
        batch = self.held_out_batch(rolls=True)
        assert batch.rolls is not None
        said = model(batch.rolls, batch.template(self.mel), batch.timbre)
        off = (said - batch.logs).abs().mean(-1)
        near = after_onsets(batch.rolls)
        return {
            "log-mel L1": float(off.mean()),
            "log-mel L1 after onsets": float((off * near).sum() / near.sum().clamp_min(1)),
        }


def after_onsets(rolls: Tensor, frames: int = 5) -> Tensor:
    """1 in the 60 ms from an onset on, else 0: (B, F) of rolls (B, F, rolls)."""
    onsets = (rolls[..., ::ROLLS].amax(-1) > 0).float()
    return F.max_pool1d(F.pad(onsets, (frames, 0))[:, None], frames + 1, 1)[:, 0]


def distances(made: Tensor, wanted: Tensor, mel: MelDefinition) -> dict[str, float]:
    """Mean L1 of log-mels and STFT distance of sounds (B, T)."""
    off = (log_mel(made, mel) - log_mel(wanted, mel)).abs().mean()
    return {"STFT distance": float(stft_distance(made, wanted)), "log-mel L1": float(off)}


def settings_of(recipe: TrainRecipe, kind: type[S]) -> S:
    """The section objective of a recipe. Raises WishError if a setting is unknown or wrong."""
    try:
        return msgspec.convert(dict(recipe.objective), kind)
    except msgspec.ValidationError as error:
        raise WishError(f"the recipe {recipe.name}, section objective: {error}") from error


def prepare_voice(recipe: TrainRecipe, folder: Path | None) -> dict[str, Any]:
    """Render the shards of a recipe from tunes that were prepared before."""
    from muse.data.renders import prepare_renders

    tunes = folder or Path("shards") / recipe.data.sources[0]
    return prepare_renders(tunes, Path(recipe.data.shards))
