"""The networks of voices: shapes, how far they see, what they make of nothing, and critics."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from muse.bundle_network import build_network, load_network, network_config, save_network
from muse.models.acoustic import Acoustic, AcousticConfig
from muse.models.critics import Critics, CriticsConfig, critic_loss, feature_loss, maker_loss
from muse.models.vocoder import Vocoder, VocoderConfig
from muse.models.voice_flow import VoiceFlow, VoiceFlowConfig, from_domain, to_domain
from muse.nn.mel import MelDefinition, log_mel
from muse.nn.stft import stft
from muse.works.base import WishError

MEL = MelDefinition()
SMALL = {"size": 16, "layers": 2, "expand": 2}


def told(frames: int = 30) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sound (1, T), its log-mel, and the spectra of a source that is near it."""
    rng = torch.Generator().manual_seed(0)
    sound = 0.1 * torch.randn(1, (frames - 1) * MEL.hop, generator=rng)
    noise = 0.02 * torch.randn(sound.shape, generator=rng)
    return sound, log_mel(sound, MEL), stft(sound + noise, MEL.window, MEL.hop)


def test_a_vocoder_makes_as_much_sound_as_the_mel_says() -> None:
    sound, logs, source = told()
    model = Vocoder(VocoderConfig(**SMALL))
    assert model(logs).shape == model(logs, source).shape == sound.shape
    assert torch.isfinite(model(torch.full_like(logs, -11.5))).all()
    assert model(torch.full_like(logs, 40.0)).abs().max() < 1e4


def test_a_silent_source_says_as_much_as_none() -> None:
    _, logs, source = told()
    model = Vocoder(VocoderConfig(**SMALL))
    with torch.no_grad():
        model.from_source.bias.zero_()
        assert torch.allclose(model(logs, torch.zeros_like(source)), model(logs), atol=1e-6)


@pytest.mark.parametrize("kind", ["vocoder", "acoustic", "flow"])
def test_networks_see_no_further_than_their_context(kind: str) -> None:
    """What lies a frame beyond the context changes nothing; what lies inside changes something."""
    torch.manual_seed(0)
    place, frames = 40, 80

    def made(at: int | None) -> torch.Tensor:
        rng = torch.Generator().manual_seed(3)
        logs = torch.randn(1, frames, 100, generator=rng) - 4
        source = torch.zeros(1, frames, MEL.bins, dtype=torch.complex64)
        if at is not None:
            logs[0, at] += 2
        if kind == "vocoder":
            return model.spectra(logs, source)[0, place].abs()
        if kind == "acoustic":
            return model(torch.zeros(1, frames, 440), logs, torch.eye(11)[:1])[0, place]
        x = torch.randn(1, frames, 2 * MEL.bins, generator=rng)
        return model(x, torch.tensor([0.5]), (logs, source))[0, place]

    model: nn.Module = {
        "vocoder": lambda: Vocoder(VocoderConfig(**SMALL)),
        "acoustic": lambda: Acoustic(AcousticConfig(**SMALL)),
        "flow": lambda: VoiceFlow(VoiceFlowConfig(**SMALL)),
    }[kind]().eval()
    sees = model.trunk.context
    with torch.no_grad():
        plain = made(None)
        assert torch.allclose(made(place + sees + 1), plain, atol=1e-6)
        assert not torch.allclose(made(place + sees), plain, atol=1e-9)


def test_the_flows_domain_is_left_as_it_was_entered() -> None:
    sound, logs, source = told()
    spectra = stft(sound, MEL.window, MEL.hop)
    sample = to_domain(spectra, (logs, source), MEL)
    back = from_domain(sample, (logs, source), MEL)
    off = (back - spectra)[..., 1:-1]  # no filter sees the two frequencies at the ends
    assert off.abs().mean() < 1e-3 * spectra.abs().mean()
    assert 0.1 < float(sample.square().mean()) < 3


def test_critics_learn_apart_from_the_vocoder() -> None:
    torch.manual_seed(0)
    critics = Critics(CriticsConfig(windows=(256,), periods=(2, 3), channels=16))
    sound = torch.randn(2, 4096)
    made = torch.randn(2, 4096, requires_grad=True)
    still = {name: weight.detach() for name, weight in critics.named_parameters()}
    judged = torch.func.functional_call(critics, still, (made,))
    real = critics(sound)
    (maker_loss(judged) + feature_loss(real, judged)).backward()
    assert made.grad is not None and made.grad.abs().sum() > 0
    assert all(weight.grad is None for weight in critics.parameters())
    critic_loss(critics(sound), critics(made.detach())).backward()
    assert all(weight.grad is not None for weight in critics.parameters())


def test_critics_tell_noise_from_tones_after_a_few_steps() -> None:
    torch.manual_seed(0)
    critics = Critics(CriticsConfig(windows=(256, 512), periods=(2,), channels=16))
    optimiser = torch.optim.AdamW(critics.parameters(), 3e-3)
    time = torch.arange(4096) / MEL.rate
    tones = 0.3 * torch.sin(2 * torch.pi * torch.tensor([[220.0], [331.0]]) * time)
    losses = []
    for _ in range(12):
        loss = critic_loss(critics(tones), critics(0.2 * torch.randn(2, 4096)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0]


@pytest.mark.parametrize("kind", ["acoustic", "voice-gan", "voice-flow"])
def test_bundles_come_back(kind: str, tmp_path) -> None:
    config = network_config(kind, SMALL)
    model = build_network(kind, config)
    about = {"version": "1", "licence": "MIT"}
    save_network(
        tmp_path, kind=kind, config=config, weights=model.state_dict(), about=about, card="x"
    )
    found = load_network(tmp_path)
    assert found.config == config and found.config.mel == MEL
    weights = model.state_dict()
    for name, value in found.model.state_dict().items():
        assert torch.allclose(value, weights[name], atol=2e-3)


def test_a_config_with_an_impossible_mel_is_refused() -> None:
    with pytest.raises(WishError, match="hop"):
        network_config("voice-gan", {"mel": {"hop": 300}})
    with pytest.raises(WishError):
        network_config("acoustic", {"size": -1})
