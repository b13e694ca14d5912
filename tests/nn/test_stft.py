"""Spectra, mels and Griffin-Lim against other implementations, and the way there and back."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from scipy import signal

from muse.nn.griffin_lim import griffin_lim, sound_of_magnitudes
from muse.nn.mel import (
    MelDefinition,
    inverse_filters,
    log_mel,
    magnitudes_of,
    mel_filters,
    slaney_filters,
)
from muse.nn.spectral_distance import stft_distance
from muse.nn.stft import inverse_stft, overlap_add, stft

MEL = MelDefinition()


def tone(seconds: float = 1.0, pitch: float = 440.0) -> torch.Tensor:
    """A tone of eight harmonics, (1, T)."""
    time = torch.arange(int(seconds * MEL.rate)) / MEL.rate
    parts = [torch.sin(2 * torch.pi * pitch * n * time) / n for n in range(1, 9)]
    return 0.2 * torch.stack(parts).sum(0)[None]


def test_stft_is_torchs_and_scipys() -> None:
    sound = torch.randn(2, 256 * 40, generator=torch.Generator().manual_seed(0))
    ours = stft(sound, 1024, 256)
    theirs = torch.stft(
        sound, 1024, 256, window=torch.hann_window(1024), return_complex=True, pad_mode="constant"
    )
    assert torch.allclose(ours, theirs.transpose(1, 2), atol=1e-4)
    _, _, scipys = signal.stft(
        sound.numpy(), window="hann", nperseg=1024, noverlap=768, boundary="zeros", padded=False
    )
    scale = signal.get_window("hann", 1024).sum()
    assert np.allclose(ours.numpy(), scipys.transpose(0, 2, 1) * scale, atol=1e-3)


def test_inverse_gives_the_sound_back() -> None:
    sound = torch.randn(2, 256 * 40, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(inverse_stft(stft(sound, 1024, 256), 1024, 256), sound, atol=1e-5)


def test_inverse_of_any_spectra_is_torchs() -> None:
    rng = torch.Generator().manual_seed(2)
    spectra = torch.complex(*(torch.randn(1, 20, 513, generator=rng) for _ in range(2)))
    theirs = torch.istft(spectra.transpose(1, 2), 1024, 256, window=torch.hann_window(1024))
    assert torch.allclose(inverse_stft(spectra, 1024, 256), theirs, atol=1e-5)


def test_overlap_add_is_a_sum_of_shifted_frames() -> None:
    frames = torch.randn(1, 5, 8)
    wanted = torch.zeros(16)
    for number in range(5):
        wanted[2 * number : 2 * number + 8] += frames[0, number]
    assert torch.allclose(overlap_add(frames, 2)[0], wanted, atol=1e-6)
    with pytest.raises(ValueError, match="divide"):
        overlap_add(frames, 3)


def test_mel_of_a_sine_peaks_in_its_band() -> None:
    time = torch.arange(22_050) / 22_050
    mel = log_mel(0.5 * torch.sin(2 * torch.pi * 1000 * time)[None], MEL)[0, 40]
    centres = mel_filters(MEL).argmax(0) * 22_050 / 1024
    assert abs(centres[int(mel.argmax())] - 1000) < 60
    assert mel.min() >= np.log(1e-5) - 1e-4


def test_filters_without_torchaudio_are_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        """What an import of a torchaudio built for another torch does."""

        def find_spec(self, name: str, *_: object) -> None:
            if name.startswith("torchaudio"):
                raise OSError("libc10_cuda.so: cannot open shared object file")

    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    for name in [name for name in sys.modules if name.startswith("torchaudio")]:
        monkeypatch.delitem(sys.modules, name)
    assert np.array_equal(mel_filters.__wrapped__(MEL), slaney_filters(MEL))


@pytest.mark.parametrize("bands, rate", [(100, 22_050), (80, 16_000)])
def test_filters_are_librosas(bands: int, rate: int) -> None:
    librosa = pytest.importorskip("librosa")
    mel = MelDefinition(rate, bands=bands, highest=rate / 2)
    theirs = librosa.filters.mel(sr=rate, n_fft=1024, n_mels=bands, fmin=20, fmax=rate / 2)
    assert np.abs(slaney_filters(mel) - theirs.T).max() < 1e-6
    sound = np.random.default_rng(0).standard_normal(rate).astype(np.float32)
    spectra = librosa.feature.melspectrogram(
        y=sound, sr=rate, n_fft=1024, hop_length=256, n_mels=bands, fmin=20, fmax=rate / 2, power=1
    )
    ours = log_mel(torch.from_numpy(sound)[None], mel)[0]
    assert np.abs(ours.numpy() - np.log(np.maximum(spectra.T, 1e-5))).max() < 1e-3


def test_filters_are_torchaudios() -> None:
    try:
        from torchaudio.functional import melscale_fbanks
    except (ImportError, OSError) as error:
        pytest.skip(f"torchaudio does not load here: {error}")
    theirs = melscale_fbanks(513, 20.0, 11_025.0, 100, 22_050, "slaney", "slaney")
    assert np.abs(slaney_filters(MEL) - theirs.numpy()).max() < 1e-5


def test_inverse_filters_undo_smooth_spectra() -> None:
    smooth = torch.linspace(1, 0.2, MEL.bins)[None, None]
    logs = (smooth @ torch.from_numpy(mel_filters(MEL))).clamp_min(MEL.floor).log()
    back = (magnitudes_of(logs, MEL) @ torch.from_numpy(mel_filters(MEL))).log()
    assert (back - logs).abs().max() < 0.05
    assert inverse_filters(MEL).shape == (100, 513)


def test_definitions_tell_themselves_apart() -> None:
    other = MelDefinition(highest=8000.0)
    assert other.fingerprint != MEL.fingerprint == MelDefinition().fingerprint
    assert MEL.fingerprint in str(MEL) and "8000 Hz" in str(other)


@pytest.mark.parametrize(
    "wrong", [{"hop": 300}, {"rate": 10}, {"bands": 0}, {"lowest": 9e9}, {"floor": float("nan")}]
)
def test_impossible_definitions_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError):
        MelDefinition(**wrong)


def test_griffin_lim_keeps_the_mel() -> None:
    sound = tone()[:, : 256 * 80]
    logs = log_mel(sound, MEL)
    few, many = (griffin_lim(logs, MEL, iterations=n) for n in (1, 32))
    off = [(log_mel(made, MEL) - logs).abs().mean() for made in (few, many)]
    assert off[1] < off[0] and many.shape == sound.shape


def test_griffin_lim_finds_phases_for_true_magnitudes() -> None:
    sound = tone()[:, : 256 * 80]
    magnitudes = stft(sound, MEL.window, MEL.hop).abs()

    def off(iterations: int) -> float:
        made = sound_of_magnitudes(magnitudes, MEL, iterations=iterations, momentum=0.99, seed=0)
        theirs = stft(made, MEL.window, MEL.hop).abs()
        return float(torch.linalg.norm(theirs - magnitudes) / torch.linalg.norm(magnitudes))

    assert off(32) < 0.15 < off(0)


def test_distance_is_auralosss() -> None:
    auraloss = pytest.importorskip("auraloss")
    ours = torch.randn(2, 20_000, generator=torch.Generator().manual_seed(0))
    theirs = ours + 0.3 * torch.randn(2, 20_000, generator=torch.Generator().manual_seed(1))
    oracle = auraloss.freq.MultiResolutionSTFTLoss()
    wanted = float(oracle(ours[:, None], theirs[:, None]))
    assert abs(float(stft_distance(ours, theirs)) - wanted) < 2e-2 * wanted


def test_distance_of_a_sound_to_itself_is_zero() -> None:
    sound = tone(0.5)
    assert float(stft_distance(sound, sound)) == 0
    assert float(stft_distance(0.5 * sound, sound)) > 0.3
