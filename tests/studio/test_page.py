"""The studio as Gradio serves it: every action by a client, nothing from elsewhere, limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

pytest.importorskip("gradio", reason="the extra studio is not installed")
Client = pytest.importorskip("gradio_client").Client

ROOT = Path(__file__).parents[2]
LIMERICK = "The sea is a wonderful thing,"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    from muse.studio.app import build_studio, started

    studio = build_studio()
    yield started(studio, "127.0.0.1", None)
    studio.close(verbose=False)


@pytest.fixture(scope="module")
def client(address: str) -> Any:
    return Client(address, verbose=False)


def test_a_client_calls_every_action_of_melody(client: Any) -> None:
    wish = {"chords": "", "range": "", "largest_leap": None, "seed": 3, "alternatives": 1}
    view, abc, *_ = client.predict(
        4, "D", "6/8", "", None, "", "", None, 3, 2, api_name="/melody_compose"
    )
    assert "<audio" in view and "K:D" in abc
    *_, second, _ = client.predict("2", api_name="/melody_choose")
    assert second["value"] == "2"
    _, filled, _, history = client.predict(
        abc=abc, from_bar=2, to_bar=3, **wish, api_name="/melody_fill"
    )
    assert filled != abc
    label = history["choices"][-1][0]
    assert client.predict(label, api_name="/melody_recall")[1] == abc
    for name, own in (
        ("melody_redo", {"locked_bars": "1"}), ("melody_continue", {"bars": 2}),
        ("melody_vary", {"amount": 0.5}),
    ):  # fmt: skip
        assert "K:D" in client.predict(abc=abc, **own, **wish, api_name=f"/{name}")[1]
    assert '"' in client.predict(abc, "chords", 1, 1, api_name="/melody_harmonize")[1]
    assert "C2 D2" in client.predict("X:1\nL:1/4\nM:4/4\nK:C\nCDEF|", api_name="/melody_show")[1]
    files = client.predict(api_name="/melody_files")["value"]
    assert {Path(file).suffix for file in files} >= {".mid", ".pdf", ".wav"}
    from gradio_client import handle_file

    theme = ROOT / "datasets" / "samples" / "cook_in_the_kitchen.mid"
    assert "X:1" in client.predict(handle_file(theme), api_name="/melody_open")[1]


def test_a_client_calls_every_action_of_verse(client: Any, tmp_path: Path) -> None:
    assert "七绝" in str(client.predict("中文", api_name="/verse_forms"))
    view, text, *_ = client.predict(
        "English", "winter sea", "limerick", None, "", "", "", "", "", f"1: {LIMERICK}", 1, 1,
        api_name="/verse_write",
    )  # fmt: skip
    assert text.splitlines()[0] == LIMERICK and "<ol>" in view
    assert "syllables" in client.predict(text, api_name="/verse_scan")
    for name, lines in (("verse_redo", "2"), ("verse_redo_others", "1, 3-5")):
        again = client.predict(text, lines, "limerick", 5, 1, api_name=f"/{name}")[1]
        assert again.splitlines()[2:] == text.splitlines()[2:], name
    shown = client.predict("My own line\nand one more", api_name="/verse_show")
    assert "My own line" in shown[0]
    client.predict("1", api_name="/verse_choose")
    client.predict(shown[-1]["choices"][-1][0], api_name="/verse_recall")
    assert len(client.predict(api_name="/verse_files")["value"]) == 5
    from gradio_client import handle_file

    path = tmp_path / "poem.txt"
    path.write_text("The sea is wide,\nThe sky is near,\nThe boats abide\nThe coming year.\n")
    opened = client.predict(handle_file(path), api_name="/verse_open")
    assert opened[1].startswith("The sea is wide")


def test_a_client_calls_every_action_of_script(client: Any, tmp_path: Path) -> None:
    view, text, *_ = client.predict(
        "a storm", "ANNA, PIERRE", 2, "", "", "1-6", "", "either", 1, 1, api_name="/script_write"
    )
    assert "ANNA" in text and "muse-number" in view
    history = client.predict(text, "2", 4, 2, api_name="/script_redo")[-1]
    client.predict("2", api_name="/script_choose")
    client.predict(history["choices"][-1][0], api_name="/script_recall")
    longer = client.predict(text, 1, 4, 1, api_name="/script_continue")[1]
    assert len(longer) > len(text)
    assert "Hello" in client.predict("ANNA\nHello.\n", api_name="/script_show")[1]
    assert len(client.predict(api_name="/script_files")["value"]) == 5
    from gradio_client import handle_file

    path = tmp_path / "scene.fountain"
    path.write_text("ANNA\nHello.\n")
    assert "ANNA" in client.predict(handle_file(path), api_name="/script_open")[1]


def test_every_action_has_a_name_that_is_tried_here(client: Any) -> None:
    named = {
        name.lstrip("/")
        for name in client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    }
    tried = set(re.findall(r"(?:melody|verse|script)_[a-z_]+", Path(__file__).read_text()))
    assert named and named <= tried


def test_wrong_wishes_reach_the_client_in_one_line(client: Any) -> None:
    with pytest.raises(Exception, match="not a key: 'H'"):
        client.predict(4, "H", "", "", None, "", "", None, 3, 1, api_name="/melody_compose")
    with pytest.raises(Exception, match="nothing here yet"):
        Client(client.src, verbose=False).predict("", "1", 0, 1, api_name="/script_redo")


def test_the_page_names_no_other_machine(address: str) -> None:
    with urlopen(address) as answer:
        page = answer.read().decode("utf-8")
        policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "http" not in policy
    found = set(re.findall(r"(?:https?:)//([\w.-]+)", page))
    assert found <= {"127.0.0.1", "localhost"}
    assert '"analytics_enabled":false' in page.replace(" ", "")


def test_large_uploads_are_refused(client: Any, tmp_path: Path) -> None:
    from gradio_client import handle_file

    from muse.studio.limits import LARGEST_UPLOAD_BYTES

    path = tmp_path / "large.mid"
    path.write_bytes(b"MThd" + bytes(LARGEST_UPLOAD_BYTES))
    with pytest.raises(Exception, match=r"413|exceed|size"):
        client.predict(handle_file(path), api_name="/melody_open")
