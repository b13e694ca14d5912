"""A tiny untrained latent space, with a space.json of random directions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from muse.bundle_network import load_network, save_network
from muse.evaluate.attributes import ATTRIBUTES
from muse.makers.blender import Blender
from muse.makers.latent_space import Direction, LatentSpace, principal_map, save_space
from muse.models.latent import LatentModel
from muse.models.latent_config import LatentConfig
from muse.tokens.melody import melody_vocabulary


def tiny_config() -> LatentConfig:
    ids = melody_vocabulary()
    bars = ids.family("Bar")
    return LatentConfig(
        vocab_size=len(ids), pickup_id=ids["Pickup"], first_bar_id=bars.start,
        last_bar_id=bars.stop - 1, hidden_size=24, intermediate_size=24, encoder_layers=1,
        decoder_layers=2, heads=2, groups=1, head_dim=12, whole_size=6, bar_size=5,
    )  # fmt: skip


def tiny_model(opinions: float = 12.0) -> LatentModel:
    """An untrained network with some random opinions."""
    torch.manual_seed(5)
    model = LatentModel(tiny_config()).eval()
    with torch.no_grad():
        model.embed_tokens.weight *= opinions
    return model.requires_grad_(False)


def tiny_blend_bundle(folder: Path, space: bool = True) -> Path:
    model = tiny_model()
    about = {"version": "1", "licence": "public domain"}
    save_network(
        folder, kind="blend", config=model.config, weights=model.state_dict(), about=about,
        card="# tiny\n",
    )  # fmt: skip
    if space:
        rng = np.random.default_rng(0)
        latents = rng.standard_normal((40, model.config.latent_size))
        directions = {
            name: Direction(1.0, 0.5, tuple(rng.standard_normal(model.config.latent_size)))
            for name in ATTRIBUTES
        }
        save_space(folder, LatentSpace(directions, principal_map(latents, latents[:10])))
    return folder


def tiny_blender(folder: Path, space: bool = True) -> Blender:
    return Blender(load_network(tiny_blend_bundle(folder, space), "blend"))
