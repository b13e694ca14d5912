"""Bundles of networks that are no decoders of text: latent spaces, voices, pictures.

    config.json            "network": the fields of its shape, "muse": kind, version, checksum
    model.safetensors      weights, in half precision
    README.md              model card

A kind's classes come from the table `NETWORKS`; nothing that a file says names code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch import Tensor, nn

from muse.bundle_files import read_json, read_weights, write_json, write_weights
from muse.works.base import WishError, write_atomically

NETWORKS: dict[str, tuple[str, str, str]] = {
    "acoustic": ("muse.models.acoustic", "AcousticConfig", "Acoustic"),
    "voice-gan": ("muse.models.vocoder", "VocoderConfig", "Vocoder"),
    "voice-flow": ("muse.models.voice_flow", "VoiceFlowConfig", "VoiceFlow"),
    "blend": ("muse.models.latent", "LatentConfig", "LatentModel"),
    "digits-flow": ("muse.models.canvas", "CanvasConfig", "Canvas"),
    "digits-vae": ("muse.models.picture_vae", "PictureVaeConfig", "PictureVae"),
    "digits-gan": ("muse.models.picture_gan", "PictureGanConfig", "Generator"),
    "icons": ("muse.models.icon_painter", "IconPainterConfig", "IconPainter"),
    "digits-codes": ("muse.models.mosaic", "MosaicConfig", "Mosaic"),
}
"""Kind of bundle: the module, the frozen dataclass of its shape, and the network built of that."""


@dataclass(frozen=True)
class NetworkBundle:
    """A loaded bundle of a network.

    Attributes:
        name: what it was asked for by.
        folder: where it lies.
        kind: one of `NETWORKS`.
        version: of the weights, counted up with every release.
        config: the network's shape, a frozen dataclass.
        model: the network, in evaluation mode.
        about: the "muse" section of its config: data, licences, figures.
    """

    name: str
    folder: Path
    kind: str
    version: str
    config: Any
    model: Any
    about: dict[str, Any]


def network_config(kind: str, fields: Mapping[str, Any]) -> Any:
    """The shape of a network of `kind` from its fields.

    Raises:
        WishError: if the kind is unknown, or a field is unknown, missing or of the wrong type.
    """
    if kind not in NETWORKS:
        raise WishError(f"no network of kind {kind!r}; there are: {', '.join(NETWORKS)}")
    module, config, _ = NETWORKS[kind]
    wanted = getattr(import_module(module), config)
    known = set(wanted.__dataclass_fields__)
    unknown = sorted(set(fields) - known)
    if unknown:
        raise WishError(
            f"{kind} has no field {unknown[0]!r}; there are: {', '.join(sorted(known))}"
        )
    try:
        return msgspec.convert(dict(fields), wanted)
    except (msgspec.ValidationError, ValueError) as error:
        raise WishError(f"the shape of {kind}: {error}") from error


def build_network(kind: str, config: Any) -> nn.Module:
    """A new network of `kind` with the shape `config`."""
    module, _, network = NETWORKS[kind]
    built = getattr(import_module(module), network)(config)
    assert isinstance(built, nn.Module)
    return built


def save_network(
    folder: Path, *, kind: str, config: Any, weights: Mapping[str, Tensor],
    about: Mapping[str, Any], card: str,
) -> None:  # fmt: skip
    """Write a bundle.

    Args:
        folder: where to.
        kind: one of `NETWORKS`.
        config: the network's shape.
        weights: its tensors.
        about: needs "version" and "licence"; tells of data, origin and figures.
        card: the text of README.md.

    Raises:
        WishError: if the folder cannot be written.
    """
    half = {name: tensor.detach().half().contiguous().numpy() for name, tensor in weights.items()}
    checksum = write_weights(folder / "model.safetensors", half)
    keys = {"network": asdict(config), "muse": {"kind": kind, **about, "sha256": checksum}}
    write_json(folder / "config.json", keys)
    write_atomically(folder / "README.md", card.encode())


def load_network(folder: Path, name: str = "") -> NetworkBundle:
    """Read a bundle.

    Raises:
        WishError: if a file is missing or malformed, the kind is unknown, the weights do not have
            the recorded checksum, or they do not fit the shape. The message names the file.
    """
    path = folder / "config.json"
    keys = read_json(path, dict)
    about, fields = keys.get("muse"), keys.get("network")
    if not isinstance(about, dict) or about.get("kind") not in NETWORKS:
        raise WishError(f"{path}: no network of Muse; kinds are {', '.join(NETWORKS)}")
    if not isinstance(fields, dict):
        raise WishError(f"{path}: the section network is missing")
    kind = about["kind"]
    try:
        config = network_config(kind, fields)
    except WishError as error:
        raise WishError(f"{path}: {error}") from error
    # Shapes alone first: a config from a stranger must not make memory be spent.
    with torch.device("meta"):
        model = build_network(kind, config)
    shapes = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    weights = read_weights(folder / "model.safetensors", shapes, about.get("sha256"))
    tensors = {key: torch.from_numpy(array) for key, array in weights.items()}
    model.load_state_dict(tensors, assign=True)
    model.requires_grad_(False)
    version = str(about.get("version", "0"))
    return NetworkBundle(name or folder.name, folder, kind, version, config, model.eval(), about)
