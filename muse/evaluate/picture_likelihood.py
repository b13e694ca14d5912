"""Bounds on how likely pictures are under the networks that have a likelihood.

Pictures are binarised: each pixel is set with a chance of its grey value, once and with a fixed seed
(that is the test set; networks may have learned from ever new draws, dynamic binarisation).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from muse.nn.variational import log_normal


def binarised(pixels: NDArray[np.uint8], seed: int = 0) -> Tensor:
    """Pictures (N, H, W) of pixels 0 or 1."""
    rng = torch.Generator().manual_seed(seed)
    return torch.bernoulli(torch.from_numpy(np.array(pixels)).float() / 255, generator=rng)


@torch.inference_mode()
def importance_weighted_nats(
    model: Any, x: Tensor, samples: int, seed: int = 0
) -> NDArray[np.float64]:
    """An upper bound on -log p(x) of each picture, (N,): tighter with more samples.

    -log of the mean of p(x | z) p(z) / q(z | x) over draws from q (Burda, Grosse and Salakhutdinov
    2016). The prior is the whole one: no class is told.

    Args:
        model: a `PictureVae`.
        x: binary pictures (N, H, W).
        samples: of each picture.
        seed: of the draws.
    """
    rng, found = torch.Generator().manual_seed(seed), []
    for picture in x:
        mu, log_variance = model.encode(picture[None])
        noise = torch.randn(samples, mu.shape[1], generator=rng)
        z = mu + (0.5 * log_variance).exp() * noise
        told = F.binary_cross_entropy_with_logits(
            model.decode(z), picture.expand(samples, -1, -1), reduction="none"
        )
        weights = model.log_prior(z) - told.flatten(1).sum(1) - log_normal(z, mu, log_variance)
        found.append(math.log(samples) - float(weights.double().logsumexp(0)))
    return np.array(found)


@torch.inference_mode()
def mosaic_nats(engine: Any, mosaic: Any, x: Tensor) -> NDArray[np.float64]:
    """An upper bound on -log p(x) of binary pictures (N, H, W) under a decoder of codes, (N,).

    p(x) is at least p(codes) p(x | codes) for the codes that the mosaic's encoder finds; p(codes)
    is a mean over the classes, each as frequent as the others.

    Args:
        engine: scores ids (`NextToken`).
        mosaic: a `Mosaic`.
        x: binary pictures.
    """
    from muse.tokens.mosaic import CLASSES, mosaic_ids

    codes = mosaic.codes(x)
    told = F.binary_cross_entropy_with_logits(mosaic.decode(codes), x, reduction="none")
    pixels = told.flatten(1).sum(1).double().numpy()
    by_class = []
    for label in range(CLASSES):
        ids = np.array([mosaic_ids(label, row) for row in codes.tolist()], dtype=np.int64)
        by_class.append(-engine.nats(ids).astype(np.float64).sum(axis=1))
    logs = np.stack(by_class)
    top = logs.max(axis=0)
    return pixels - (top + np.log(np.exp(logs - top).mean(axis=0)))
