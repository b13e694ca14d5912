"""Four ways to draw a digit, each a sampler's steps with a preview: one shape for all of them.

A method is begun with a bundle and a wish and yields, step by step, pictures (B, H, W) in 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from muse.sampling.base import Step, generators
from muse.sampling.flow import Flow, noise, rectified
from muse.sampling.parametrisation import Guided, Kept, Velocity
from muse.sampling.walk import Walk
from muse.works.base import WishError

if TYPE_CHECKING:
    from muse.makers.picture_wishes import PictureWish

DIGIT_GUIDANCE = 1.5
"""Of digits, where none is said."""


@dataclass(frozen=True)
class Given:
    """What a picture is drawn from or into, in -1 to 1.

    Attributes:
        like: a picture (1, C, H, W) whose outline is kept as far as `strength` says.
        mask: (1, 1, H, W), True where `like` stays exactly as it is.
    """

    like: Tensor | None = None
    mask: Tensor | None = None


def flow_steps(
    network: Any, wish: PictureWish, cond: Any, unasked: Any, shape: tuple[int, ...], given: Given,
    usual_guidance: float,
) -> Iterator[Step[Tensor]]:  # fmt: skip
    """Steps of rectified flow to pictures (B, C, H, W) in -1 to 1.

    Args:
        network: says the velocity.
        wish: steps, guidance, seed, variations, strength.
        cond: what is asked, of each variation.
        unasked: the same, asking nothing or what is not wanted.
        shape: (C, H, W).
        given: for image-to-image and for inpainting.
        usual_guidance: where the wish says none.
    """
    scale = usual_guidance if wish.guidance is None else wish.guidance
    denoiser: Any = Guided(Velocity(network), scale, unasked)
    x = noise(shape, generators(wish.seed, wish.variations))
    begin = 1.0
    if given.mask is not None and given.like is not None:
        denoiser = Kept(denoiser, given.like, given.mask)
    elif given.like is not None:
        begin = wish.strength
        x = (1 - begin) * given.like + begin * x
    path = rectified(wish.steps, begin)
    solver = "heun" if wish.steps <= 12 else "multistep"
    yield from Flow(path, solver, cond).steps(denoiser, x)


def flow_digits(network: Any, wish: PictureWish, given: Given) -> Iterator[Tensor]:
    """Digits by a `Canvas`: each step the network's present idea of them."""
    config = network.config
    cond = torch.full((wish.variations,), wish.digit or 0)
    unasked = torch.full_like(cond, config.classes)
    shape = (config.channels, config.size, config.size)
    for step in flow_steps(network, wish, cond, unasked, shape, given, DIGIT_GUIDANCE):
        yield (step.fresh[:, 0] + 1) / 2


def vae_latents(network: Any, digit: int, seed: int, count: int, temperature: float) -> Tensor:
    """Latents (count, D) of pictures of a digit, from its part of the prior."""
    mu, log_variance = network.prior(torch.full((count,), digit))
    spread = (0.5 * log_variance).exp() * temperature
    return mu + spread * noise(mu.shape[1:], generators(seed, count))


def vae_digits(network: Any, wish: PictureWish, given: Given) -> Iterator[Tensor]:
    """Digits by a `PictureVae`, in one step; `given.like` is varied in its latents."""
    z = vae_latents(network, wish.digit or 0, wish.seed, wish.variations, wish.temperature)
    if given.like is not None:
        z = torch.lerp(network.encode((given.like[:, 0] + 1) / 2)[0], z, wish.strength)
    yield network.decode(z).sigmoid()


def gan_digits(network: Any, wish: PictureWish, given: Given) -> Iterator[Tensor]:
    """Digits by a `Generator`, in one step."""
    config = network.config
    z = noise((config.latent,), generators(wish.seed, wish.variations)) * wish.temperature
    yield (network(z, torch.full((len(z),), wish.digit or 0))[:, 0] + 1) / 2


def token_digits(engine: Any, mosaic: Any, wish: PictureWish, given: Given) -> Iterator[Tensor]:
    """Digits code by code by a decoder, each step the mosaic so far; the rest is background."""
    from muse.grammar.base import Slots
    from muse.sampling.autoregressive import Autoregressive
    from muse.sampling.policies import standard_policies
    from muse.tokens.mosaic import PLACES, codes_of, mosaic_vocabulary

    vocabulary = mosaic_vocabulary()
    codes = list(vocabulary.family("Code"))
    grammar = Slots(len(vocabulary), (codes,) * PLACES, vocabulary["EOS"])
    policies = standard_policies(temperature=wish.temperature)
    sampler = Autoregressive(PLACES, None, policies, grammar)
    start = np.array([[vocabulary[f"Class_{wish.digit}"]]], dtype=np.int64)
    empty = mosaic.codes(torch.zeros(1, mosaic.config.size, mosaic.config.size)).numpy()
    for step in sampler.steps(engine, start, rng=generators(wish.seed, wish.variations)):
        written = step.index + 1
        found = codes_of(step.state)
        found[:, written:] = empty[:, written:]
        yield mosaic.decode(torch.from_numpy(found)).sigmoid()


def walk_digits(
    network: Any, kind: str, digits: tuple[int, ...], count: int, seed: int
) -> Iterator[Tensor]:
    """A walk through the latents of digits, of a "digits-vae", "digits-gan" or "digits-flow".

    Latents of a digit are drawn by the seed; the walk passes one of each of `digits` in turn. Where
    the class is said apart from the latent, it changes half-way.

    Yields:
        Pictures (1, H, W) in 0 to 1.
    """
    if kind == "digits-vae":
        places = [
            vae_latents(network, digit, seed + number, 1, 1.0)
            for number, digit in enumerate(digits)
        ]
        for step in Walk(count, straight=True).steps(network.decode, torch.cat(places)):
            yield step.fresh.sigmoid()
        return
    if kind not in ("digits-gan", "digits-flow"):
        raise WishError("a walk leads through latents; codes have none: use gan, vae or flow")
    config = network.config
    shape = (config.latent,) if kind == "digits-gan" else (config.channels * config.size**2,)
    ends = noise(shape, [generators(seed + n, 1)[0] for n in range(len(digits))])
    for step in Walk(count).steps(None, ends):
        along = step.index * (len(digits) - 1) / (count - 1)
        told = torch.tensor([digits[int(along + 0.5)]])
        if kind == "digits-gan":
            yield (network(step.fresh, told)[:, 0] + 1) / 2
            continue
        x = step.fresh.view(1, config.channels, config.size, config.size)
        unasked = torch.full_like(told, config.classes)
        denoiser = Guided(Velocity(network), DIGIT_GUIDANCE, unasked)
        *_, last = Flow(rectified(16), "multistep", told).steps(denoiser, x)
        yield (last.state[:, 0] + 1) / 2
