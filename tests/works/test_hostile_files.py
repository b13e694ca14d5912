"""Files from strangers: damaged, malicious or endless, they are refused in one line, soon and small."""

from __future__ import annotations

import io
import json
import os
import random
import re
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muse.works.base import WishError
from muse.works.formats import READERS, WRITERS, encode_files, open_work
from muse.works.poem import Poem
from muse.works.score import Note, Part, Score
from muse.works.script import Script, Speech
from muse.works.story import Story

ACCOUNT = {"ai_generated": True, "model": "m 1", "seed": 1, "settings": {"bars": 2}}
NOTES = tuple(Note(12 * n, 12, 60 + n % 7, lyric="la") for n in range(16))
WORKS = (
    Score((Part(NOTES, "Lead"), Part(NOTES, "Low", 33)), 2, title="Tune", provenance=ACCOUNT),
    Poem((("The sea is wide", "and I abide"),), title="Sea", provenance=ACCOUNT),
    Script((Speech("ANNA", ("Who?",)),), cast=("ANNA",), title="Door", provenance=ACCOUNT),
    Story(("It was a winter night.",), title="Night", provenance=ACCOUNT),
)
SECONDS, MEGABYTES = 10, 1500
"""What a hostile file may take, music21's import counted in."""

NUMBERS = (
    b"0", b"-1", b"7", b"128", b"100000", b"1000000000", b"99999999999999999999", b"1e999", b"NaN",
    b"", b"null", b"[]", b"{}", b"\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff",
)  # fmt: skip


def valid_files() -> list[tuple[str, bytes]]:
    """A good file of each format that is read, of each kind of work, and a zipped score."""
    found = [
        (suffix, data)
        for work in WORKS
        for suffix in WRITERS[type(work).__name__]
        if suffix in READERS and suffix not in (".png", ".wav", ".flac")  # not of text
        for _, data in encode_files(work, Path(f"a{suffix}"), suffix)
    ]
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.xml", dict(found)[".musicxml"])
    return [*found, (".mxl", held.getvalue())]


FILES = valid_files()


def damaged(data: bytes, rng: random.Random) -> bytes:
    """A file with one to six damages: bytes changed, cut, doubled, moved; numbers made absurd."""
    for _ in range(rng.choice([1, 1, 2, 3, 6])):
        if len(data) < 4:
            break
        start = rng.randrange(len(data))
        end = min(len(data), start + rng.choice([1, 4, 30, 200]))
        piece = data[start:end]
        numbers = list(re.finditer(rb"-?\d+", data))
        data = rng.choice(
            [
                data[:start] + bytes([rng.randrange(256)]) + data[start + 1 :],
                data[:start] + data[end:],
                data[:start] + piece * rng.choice([2, 50, 300]) + data[end:],
                data[:start] + rng.choice(NUMBERS) + data[end:],
                piece + data,
                data[:start],
                *[
                    data[: n.start()] + rng.choice(NUMBERS) + data[n.end() :]
                    for n in rng.sample(numbers, min(2, len(numbers)))
                ],
            ]
        )
    return data[:300_000]


@pytest.mark.parametrize(("suffix", "data"), FILES, ids=[suffix for suffix, _ in FILES])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_damaged_files_are_works_or_refused_in_one_line(
    tmp_path: Path, suffix: str, data: bytes, seed: int
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(damaged(data, random.Random(seed)))
    began = time.monotonic()
    try:
        open_work(path)
    except WishError as error:
        assert "\n" not in str(error)
    assert time.monotonic() - began < SECONDS


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_account_beside_a_text_never_spoils_the_text(tmp_path: Path, seed: int) -> None:
    path = WORKS[1].save(tmp_path / "a.txt")
    beside = tmp_path / "a.txt.json"
    beside.write_bytes(damaged(beside.read_bytes(), random.Random(seed)))
    assert "The sea is wide" in str(open_work(path))


def zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


HEAD = b'<?xml version="1.0"?>'
LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol") for n in range(10)
)
SECRET = b'<!ENTITY x SYSTEM "file:///etc/passwd">'
PARTWISE = b"<score-partwise>&%s;</score-partwise>"
DRAFT = b"<FinalDraft><Content><Paragraph><Text>&%s;</Text></Paragraph></Content></FinalDraft>"


def track(body: bytes) -> bytes:
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def midi(body: bytes, tracks: int = 1, division: int = 480) -> bytes:
    head = (6).to_bytes(4, "big") + (1).to_bytes(2, "big") + tracks.to_bytes(2, "big")
    return b"MThd" + head + division.to_bytes(2, "big") + body


ATTACKS = {
    "billion laughs.musicxml": HEAD + b"<!DOCTYPE s [" + LAUGHS + b"]>" + PARTWISE % b"l9",
    "billion laughs.fdx": HEAD + b"<!DOCTYPE s [" + LAUGHS + b"]>" + DRAFT % b"l9",
    "billion laughs in UTF-16.musicxml": (
        HEAD + b"<!DOCTYPE s [" + LAUGHS + b"]>" + PARTWISE % b"l9"
    ).decode().encode("utf-16"),
    "billion laughs in UTF-16.fdx": (
        HEAD + b"<!DOCTYPE s [" + LAUGHS + b"]>" + DRAFT % b"l9"
    ).decode().encode("utf-16"),
    "another encoding.fdx": b'<?xml version="1.0" encoding="utf-7"?>' + DRAFT % b"lt",
    "another encoding.musicxml": (
        b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-ENTITY' + PARTWISE % b"lt"
    ),
    "secrets.musicxml": HEAD + b"<!DOCTYPE s [" + SECRET + b"]>" + PARTWISE % b"x",
    "secrets.fdx": HEAD + b"<!DOCTYPE s [" + SECRET + b"]>" + DRAFT % b"x",
    "a foreign DTD.musicxml": HEAD + b'<!DOCTYPE s SYSTEM "file:///etc/passwd">' + PARTWISE % b"x",
    "a bomb.mxl": zipped({"a.xml": b"<score-partwise>" + b" " * 100_000_000}),
    "a bomb of a container.mxl": zipped({"META-INF/container.xml": b" " * 100_000_000}),
    "a path outside.mxl": zipped({
        "META-INF/container.xml": b'<rootfile full-path="../../../etc/passwd"/>',
        "../../evil.xml": b"<score-partwise/>",
    }),
    "many members.mxl": zipped({f"{n}.xml": b"" for n in range(30_000)}),
    "deep.musicxml": b"<score-partwise>" + b"<a>" * 100_000,
    "deep.fdx": b"<FinalDraft><Content>" + b"<a>" * 100_000,
    "deep.json": b'{"format":"muse-score","version":1,"provenance":' + b"[" * 200_000,
    "wide.musicxml": b"<score-partwise>" + b"<part/>" * 300_000 + b"</score-partwise>",
    "long number.json": b'{"format":"muse-score","version":' + b"9" * 1_000_000 + b"}",
    "long number.abc": b"X:1\nT:a\nM:4/4\nL:1/8\nK:C\nC" + b"9" * 1_000_000 + b"|\n",
    "many repeats.abc": b"X:1\nT:a\nM:4/4\nL:1/8\nK:C\n" + b"|:C8:|" * 40_000 + b"\n",
    "nested repeats.abc": b"X:1\nT:a\nM:4/4\nL:1/8\nK:C\n" + b"|:" * 50_000 + b"C8" + b":|" * 50_000,
    "many voices.abc": b"X:1\nK:C\n" + b"".join(b"V:%d\nC\n" % n for n in range(50_000)),
    "a bar of years.mid": midi(track(b"\xff\xff\xff\x7f\x90\x3c\x40\xff\xff\xff\x7f\x80\x3c\x40" * 9)),
    "many tracks.mid": midi(track(b"") * 60_000, tracks=60_000),
    "more tracks than bytes.mid": midi(track(b"\0\x90\x3c\x40\x10\x80\x3c\x40"), tracks=65_535),
    "a track of four gigabytes.mid": midi(b"MTrk\xff\xff\xff\xff\0\x90\x3c\x40"),
    "no ticks.mid": midi(track(b"\0\x90\x3c\x40\x10\x80\x3c\x40"), division=0),
    "a million notes.mid": midi(track(b"\0\x90\x3c\x40\x01\x90\x3c\0" * 1_000_000)),
    "brackets.fountain": b"[[" * 400_000,
    "boneyards.fountain": b"/*" * 400_000,
    "stars.fountain": b"*" * 500_000,
    "stars and letters.fountain": b"*a _b **c " * 50_000,
    "notes in notes.fountain": b"[[a " * 100_000 + b"]]" * 100_000,
    "comments.md": b"<!--" * 400_000,
    "stars.md": b"*a " * 200_000,
    "brackets.md": b"[" * 400_000,
    "one line.txt": b"a" * 1_900_000,
    "blanks.txt": b" " * 1_900_000 + b"a",
    "empty lines.txt": b"a\n" + b"\n" * 99_000 + b"a",
    "combining marks.txt": ("a" + "\u0301" * 400_000).encode(),
    "right to left.txt": ("\u202e" * 100_000 + "a").encode(),
}  # fmt: skip

OPENING = """
import json, re, sys, time
from pathlib import Path
from muse.works.base import WishError
from muse.works.formats import open_work
for name in sys.argv[1:]:
    began = time.monotonic()
    try:
        open_work(Path(name))
        said = ""
    except WishError as error:
        said = str(error)
    status = Path("/proc/self/status").read_text()
    size = int(re.search("VmHWM:\\s*(\\d+)", status)[1]) // 1024
    print(json.dumps([name, said, time.monotonic() - began, size]), flush=True)
"""


@pytest.mark.parametrize("suffix", sorted({Path(name).suffix for name in ATTACKS}))
def test_attacks_take_little_time_and_memory(tmp_path: Path, suffix: str) -> None:
    """In a process of its own, whose memory the system bounds.

    The peak is read from ``/proc``: ``getrusage`` would tell the peak of the parent, which a
    forked process takes over.
    """
    paths = [tmp_path / name for name in ATTACKS if name.endswith(suffix)]
    for path in paths:
        path.write_bytes(ATTACKS[path.name])
    done = subprocess.run(
        [sys.executable, "-c", OPENING, *map(str, paths)], capture_output=True, text=True,
        timeout=120, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30)),
    )  # fmt: skip
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == len(paths), done.stderr[-2000:]
    for name, said, seconds, megabytes in rows:
        assert seconds < SECONDS, name
        assert megabytes < MEGABYTES, name
        assert "\n" not in said, name
        assert "root:" not in said, "no file of the system is told"
    assert not (tmp_path.parent / "evil.xml").exists()


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_what_is_no_plain_file_is_refused(tmp_path: Path, suffix: str) -> None:
    endless, pipe, circle = (tmp_path / f"{name}{suffix}" for name in ("e", "p", "c"))
    endless.symlink_to("/dev/zero")
    os.mkfifo(pipe)
    circle.symlink_to(circle)
    (tmp_path / f"d{suffix}").mkdir()
    for path in (endless, pipe, circle, tmp_path / f"d{suffix}", tmp_path / f"no{suffix}"):
        with pytest.raises(WishError, match="cannot read"):
            open_work(path)


def test_an_account_cannot_name_a_folder_to_read(tmp_path: Path) -> None:
    """A file says which bundle made it; that is a name on the shelves, never a path."""
    from muse.evaluate.copy_check import usual_corpus

    score = WORKS[0].with_provenance({"model": f"{tmp_path}/bundle 1"})
    assert usual_corpus(score) == "melody"


@pytest.mark.parametrize("suffix", [".json", ".mid", ".abc", ".musicxml"])
@pytest.mark.parametrize("absurd", ["1e999", "[" * 900 + "]" * 900, '"\\ud800"', "9" * 4000])
def test_absurd_accounts_are_refused_or_can_be_written_again(
    tmp_path: Path, suffix: str, absurd: str
) -> None:
    path = WORKS[0].save(tmp_path / f"a{suffix}")
    data = path.read_bytes()
    if suffix == ".mid":  # the text's length stands before it
        absurd = '"1e9999"' if absurd == "1e999" else absurd[:1]
    path.write_bytes(data.replace(b'"seed": 1', b'"seed": ' + absurd.encode(), 1))
    try:
        work = open_work(path)
    except WishError:
        return
    assert open_work(work.save(tmp_path / "b.json")).title == work.title
    for other in (".mid", ".abc", ".musicxml", ".svg"):
        work.save(tmp_path / f"c{other}")
