"""Files signed with their maker's own certificate: a C2PA manifest that says how the work was made.

C2PA's Content Credentials (specification 2.2) bind a signed claim to a file: what made it, from what,
when it was changed. Here the claim is the account that the file has already. All is done offline:
the certificate and the key are the user's, no time stamp is fetched.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from muse.works.base import WishError, read_whole, write_atomically
from muse.works.formats import read_bytes
from muse.works.formats.picture_account import account_in
from muse.works.provenance import COMPOSITE, is_generated, source_type

KINDS = {
    ".wav": "audio/wav", ".flac": "audio/flac", ".png": "image/png", ".svg": "image/svg+xml",
}  # fmt: skip
"""Formats that a manifest is put into, and their media types."""

LARGEST_KEY_BYTES = 100_000


def sign(path: Path, certificate: Path, key: Path, out: Path) -> Path:
    """Write a signed copy of a file that Muse made.

    Args:
        path: WAV, FLAC, PNG or SVG, with its account inside.
        certificate: the signer's certificate and those above it, PEM. Its key is ECDSA P-256.
        key: the private key, PEM (PKCS 8) without a password.
        out: where the signed file goes; may be `path`.

    Raises:
        WishError: if the file says of no model that made it, the library is missing, or the
            certificate and key do not sign.
    """
    suffix = path.suffix.lower()
    if suffix not in KINDS or out.suffix.lower() != suffix:
        raise WishError(f"cannot sign {path} as {out}; both must end in one of {' '.join(KINDS)}")
    try:
        import c2pa
    except ImportError as error:
        raise WishError("signing needs: pip install 'muse-engine[sign]'") from error
    account = account_in(path)
    if not is_generated(account):
        raise WishError(f"{path} does not say that a model made it; there is nothing to sign")
    held = io.BytesIO()
    try:
        signer = c2pa.Signer.from_info(
            c2pa.C2paSignerInfo(
                alg=c2pa.C2paSigningAlg.ES256,
                sign_cert=read_whole(certificate, LARGEST_KEY_BYTES),
                private_key=read_whole(key, LARGEST_KEY_BYTES),
                ta_url=None,
            )
        )
        builder = c2pa.Builder(json.dumps(manifest(account, path.name)))
        builder.sign(signer, KINDS[suffix], io.BytesIO(read_bytes(path)), held)
    except c2pa.C2paError as error:
        text = " ".join(str(error).split())[:300]
        raise WishError(f"{certificate} and {key} do not sign {path}: {text}") from error
    write_atomically(out, held.getvalue())
    return out


def manifest(account: Mapping[str, Any], title: str) -> dict[str, Any]:
    """What is signed: which program made it, from what kind of source, and the account."""
    program, _, version = str(account.get("made_with", "Muse")).partition(" ")
    act = {"action": "c2pa.created", "digitalSourceType": source_type(account)}
    if source_type(account) == COMPOSITE:
        act["description"] = "made out of, or into, the work of a person"
    return {
        "claim_generator_info": [{"name": program, "version": version or "unknown"}],
        "title": title,
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [act]}},
            {"label": "muse.provenance", "data": dict(account)},
        ],
    }
