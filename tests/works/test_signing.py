"""Signed files: the manifest holds, tells what the account tells, and breaks when the file is changed."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from muse.cli import run
from muse.works.base import WishError
from muse.works.formats.picture_account import account_in
from muse.works.provenance import COMPOSITE, GENERATED
from muse.works.score import Note, Part, Score
from muse.works.signing import KINDS, sign

c2pa = pytest.importorskip("c2pa")
if shutil.which("openssl") is None:
    pytest.skip("certificates are made with openssl", allow_module_level=True)

ACCOUNT = {"made_with": "Muse 0.1.0", "verb": "compose", "model": "melody 1", "seed": 7,
           "settings": {"bars": 1}, "ai_generated": True}  # fmt: skip
SCORE = Score((Part(tuple(Note(24 * n, 24, 60 + n) for n in range(4))),), 1, title="Tune")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A poet's certificate, given by an authority of the poet's own, and its key."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "use").write_text(
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=emailProtection\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    for line in (
        "ecparam -name prime256v1 -genkey -noout -out ca.key",
        "req -x509 -new -key ca.key -sha256 -days 9 -subj /CN=Root/O=Test -out ca.pem "
        "-addext keyUsage=critical,keyCertSign -addext basicConstraints=critical,CA:TRUE",
        "ecparam -name prime256v1 -genkey -noout -out raw.key",
        "pkcs8 -topk8 -nocrypt -in raw.key -out poet.key",
        "req -new -key poet.key -subj /CN=Poet/O=Test -out poet.csr",
        "x509 -req -in poet.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -sha256 "
        "-extfile use -out poet.pem",
    ):
        subprocess.run(["openssl", *line.split()], cwd=folder, check=True, capture_output=True)
    chain = (folder / "poet.pem").read_text() + (folder / "ca.pem").read_text()
    (folder / "chain.pem").write_text(chain)
    return folder / "chain.pem", folder / "poet.key"


def told(data: bytes, suffix: str) -> tuple[str, dict[str, object], list[str]]:
    """State, assertions by label and complaints, as the library reads a file."""
    found = json.loads(c2pa.Reader(KINDS[suffix], io.BytesIO(data)).json())
    active = found["manifests"][found["active_manifest"]]
    codes = [each["code"] for each in found.get("validation_status", [])]
    return (
        found["validation_state"],
        {each["label"]: each["data"] for each in active["assertions"]},
        codes,
    )


@pytest.mark.parametrize("suffix", KINDS)
def test_a_signed_file_tells_its_account_and_is_whole(
    tmp_path: Path, pair: tuple[Path, Path], suffix: str
) -> None:
    path = SCORE.with_provenance(ACCOUNT).save(tmp_path / f"tune{suffix}")
    out = sign(path, *pair, tmp_path / f"signed{suffix}")
    state, assertions, codes = told(out.read_bytes(), suffix)
    assert state == "Valid"
    assert codes == ["signingCredential.untrusted"]  # nobody else knows the poet's authority
    assert assertions["muse.provenance"]["seed"] == 7
    actions = next(data for label, data in assertions.items() if label.startswith("c2pa.actions"))
    assert actions["actions"][0]["digitalSourceType"] == GENERATED
    assert account_in(out)["AIGC"]["Label"] == "1"


def test_a_changed_file_is_no_longer_valid(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    path = SCORE.with_provenance(ACCOUNT | {"verb": "fill"}).save(tmp_path / "tune.wav")
    data = bytearray(sign(path, *pair, path).read_bytes())
    actions = told(bytes(data), ".wav")[1]
    assert COMPOSITE in json.dumps(actions)
    place = data.find(b"data") + 2000
    data[place] ^= 1
    assert told(bytes(data), ".wav")[0] == "Invalid"


def test_what_cannot_be_signed_is_told_in_one_line(
    tmp_path: Path, pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    human = SCORE.save(tmp_path / "human.png")
    made = SCORE.with_provenance(ACCOUNT).save(tmp_path / "made.png")
    before = made.read_bytes()
    with pytest.raises(WishError, match="does not say that a model made it"):
        sign(human, *pair, human)
    with pytest.raises(WishError, match="both must end"):
        sign(made, *pair, tmp_path / "a.wav")
    with pytest.raises(WishError, match="do not sign"):
        sign(made, pair[1], pair[0], made)
    with pytest.raises(WishError, match="cannot read"):
        sign(made, tmp_path / "no.pem", pair[1], made)
    assert made.read_bytes() == before
    options = ["--certificate", str(pair[0]), "--key", str(pair[1])]
    assert run(["sign", str(human), *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert run(["sign", str(made), *options]) == 0
    assert told(made.read_bytes(), ".png")[0] == "Valid"
