"""Use the studio in a real browser, as a visitor does: make, hear, redo, download; and look at it.

    python benchmarks/studio_check.py --screens out/screens [--browser /usr/bin/chromium]

Needs Playwright (pip install playwright) and a Chromium of the system. Each tab makes its work, plays
it where it sounds, redoes a bar or a line and downloads a file. The check fails if the browser asked
another machine for anything, or a page told an error. Screenshots, wide and narrow, light and dark,
are for the eye.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def check(screens: Path, executable: str) -> dict[str, Any]:
    """All of it; returns what was measured, in seconds."""
    from playwright.sync_api import sync_playwright

    from muse.studio.app import build_studio, started

    screens.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    studio = build_studio()
    address = started(studio, "127.0.0.1", None)
    found: dict[str, Any] = {"cold start": time.monotonic() - began}
    asked: list[str] = []
    told: list[str] = []
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            page = browser.new_page(viewport=WIDE, color_scheme="light")  # type: ignore[arg-type]
            page.set_default_timeout(30_000)
            page.on("request", lambda request: asked.append(request.url))
            page.on(
                "console", lambda said: told.append(said.text) if said.type == "error" else None
            )
            page.goto(address)
            page.locator("#melody-compose").wait_for()
            found["page shown"] = time.monotonic() - began
            try:
                found |= _melody(page, screens) | _verse(page, screens) | _script(page, screens)
                _look(page, screens)
            except Exception:
                page.screenshot(path=screens / "failed.png", full_page=True)
                print(*told, sep="\n")
                raise
            browser.close()
    finally:
        studio.close()
    elsewhere = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert not elsewhere, elsewhere
    assert not told, told
    found["requests"] = len(asked)
    return found


def _set(page: Any, field: str, value: str) -> None:
    """Put a number into a slider's field and leave it."""
    page.locator(f"{field} input[type=number]").fill(value)
    page.locator(f"{field} input[type=number]").press("Tab")


def _press(page: Any, button: str, shown: str) -> float:
    """Press a button and wait until `shown` is there; seconds."""
    began = time.monotonic()
    page.locator(button).click()
    page.locator(shown).first.wait_for()
    return time.monotonic() - began


def _another(page: Any, name: str, old: str) -> str:
    """Wait until a tab's editor holds another text than `old`; that text."""
    page.wait_for_function(
        "([field, old]) => ![old, ''].includes(document.querySelector(field).value)",
        arg=[f"#{name}-text textarea", old],
    )
    return page.locator(f"#{name}-text textarea").input_value()


def _download(page: Any, name: str, suffix: str) -> int:
    """Fetch the file of a suffix from a tab's downloads; its bytes."""
    link = page.locator(f"#{name}-files a[download$='{suffix}']").first
    link.wait_for()
    with page.expect_download() as coming:
        link.click()
    size = Path(coming.value.path()).stat().st_size
    assert size > 100, (suffix, size)
    return size


def _melody(page: Any, screens: Path) -> dict[str, Any]:
    began = time.monotonic()
    page.locator("#melody-compose").click()
    page.locator("#melody-view svg").first.wait_for()
    first = time.monotonic() - began
    page.locator("#melody-view audio").first.wait_for()
    found = {"first bar seen": first, "tune made": time.monotonic() - began}
    page.evaluate("document.querySelector('#melody-view audio').play()")
    page.wait_for_function("document.querySelector('#melody-view audio').currentTime > 0.3")
    found["MIDI bytes"] = _download(page, "melody", ".mid")
    page.screenshot(path=screens / "melody-wide-light.png", full_page=True)
    abc = page.locator("#melody-text textarea").input_value()
    _set(page, "#melody-alternatives", "2")
    page.locator("#melody-fill").click()
    page.locator("#melody-view section:nth-of-type(2)").wait_for()
    _another(page, "melody", abc)
    page.locator("#melody-choice label").nth(1).click()
    page.locator("#melody-view section.muse-in-hand:nth-of-type(2)").wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=screens / "melody-alternatives.png", full_page=True)
    return found


def _verse(page: Any, screens: Path) -> dict[str, Any]:
    page.get_by_role("tab", name="Verse").click()
    page.locator("#verse-theme textarea, #verse-theme input").first.fill("winter sea")
    found = {"poem made": _press(page, "#verse-write", "#verse-view section.muse-card")}
    lines = page.locator("#verse-text textarea").input_value().splitlines()
    page.wait_for_function("document.querySelector('#verse-scan textarea').value.length > 20")
    _set(page, "#verse-alternatives", "3")
    page.locator("#verse-redo").click()
    page.locator("#verse-view section:nth-of-type(3)").wait_for()
    again = _another(page, "verse", "\n".join(lines)).splitlines()
    assert again[1:] == lines[1:], "a line that was to stay is another"
    found["poem bytes"] = _download(page, "verse", ".html")
    page.screenshot(path=screens / "verse-wide-light.png", full_page=True)
    page.locator("#verse-language label").nth(1).click()
    _set(page, "#verse-alternatives", "1")
    page.wait_for_function("document.querySelector('#verse-form input').value === '七绝'")
    page.locator("#verse-theme textarea, #verse-theme input").first.fill("春江")
    page.locator("#verse-write").click()
    page.locator("#verse-view section[lang=zh]").wait_for()
    page.wait_for_function("/[平仄]/.test(document.querySelector('#verse-scan textarea').value)")
    page.locator("#verse-files a[download*='春江']").first.wait_for()
    page.screenshot(path=screens / "verse-chinese.png", full_page=True)
    return found


def _script(page: Any, screens: Path) -> dict[str, Any]:
    page.get_by_role("tab", name="Script").click()
    page.locator("#script-setting textarea, #script-setting input").first.fill("a storm at sea")
    _set(page, "#script-speeches", "4")
    found = {"scene made": _press(page, "#script-write", "#script-view section.muse-card")}
    before = _another(page, "script", "")
    began = time.monotonic()
    page.locator("#script-redo").click()
    after = _another(page, "script", before)
    found["speech redone"] = time.monotonic() - began
    assert after.split("\nPIERRE\n", 1)[1] == before.split("\nPIERRE\n", 1)[1]
    found["Fountain bytes"] = _download(page, "script", ".fountain")
    page.wait_for_timeout(700)
    page.screenshot(path=screens / "script-wide-light.png", full_page=True)
    return found


def _look(page: Any, screens: Path) -> None:
    """Each tab as it stands now: dark, narrow, and by keyboard."""
    for name in ("Melody", "Verse", "Script"):
        page.get_by_role("tab", name=name, exact=True).click()
        page.emulate_media(color_scheme="dark")
        page.evaluate("document.body.classList.add('dark')")
        page.set_viewport_size(WIDE)
        page.wait_for_timeout(400)
        page.screenshot(path=screens / f"{name.lower()}-wide-dark.png", full_page=True)
        for scheme in ("dark", "light"):
            page.evaluate(
                f"document.body.classList.toggle('dark', {str(scheme == 'dark').lower()})"
            )
            page.set_viewport_size(NARROW)
            page.wait_for_timeout(400)
            page.screenshot(path=screens / f"{name.lower()}-narrow-{scheme}.png", full_page=True)
            wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wider <= 1, f"{name} is {wider} pixels wider than a phone"
        page.set_viewport_size(WIDE)
    page.get_by_role("tab", name="Melody", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    reached = page.evaluate("document.activeElement.tagName")
    assert reached != "BODY", "the keyboard leads nowhere"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--screens", type=Path, required=True, help="folder of the screenshots")
    parser.add_argument("--browser", default="/usr/bin/chromium")
    options = parser.parse_args()
    measured = check(options.screens, options.browser)
    print(json.dumps({k: round(v, 2) for k, v in measured.items()}, indent=1))
