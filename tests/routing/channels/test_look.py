"""Pictures and mails as a browser shows them."""

import io
import re
import shutil
import subprocess
from html import escape
from pathlib import Path

import pytest
from PIL import Image

from routing.channels import chart
from routing.channels.samples import evidence, hostile
from tests.routing.channels.golden import MAIL
from tests.routing.channels.incidents import STORIES

PHONE = 375
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")


def run(folder: Path, *arguments: str) -> bytes:
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def shot(html: str, folder: Path, width: int, height: int) -> Image.Image:
    page, picture = folder / "page.html", folder / "page.png"
    page.write_text(html, encoding="utf-8")
    run(folder, f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri())
    return Image.open(picture).convert("RGB")


def colours(picture: Image.Image) -> set[tuple[int, int, int]]:
    found = picture.getcolors(1 << 24) or []
    return {colour for _, colour in found}  # type: ignore[misc]


@pytest.mark.parametrize("theme", ["#ffffff on #1a2233", "#14171f on #e6e8ee"])
def test_chart_takes_the_colours_of_its_page(theme: str, tmp_path: Path) -> None:
    paper, ink = re.findall(r"#\w{6}", theme)
    body = f"<body style='margin:12px;background:{paper};color:{ink}'>"
    picture = shot(f"<!doctype html>{body}{chart.svg(evidence())}</body>", tmp_path, 360, 230)
    seen = colours(picture)
    wanted = {_rgb(paper), _rgb(ink), _rgb("#d9363e")}
    assert wanted <= seen


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


@pytest.mark.skipif(not chart.can_draw_png(), reason="matplotlib, the extra `charts`, is missing")
def test_png_is_of_the_promised_size_and_shows_line_and_alarm() -> None:
    picture = Image.open(io.BytesIO(chart.png(evidence()))).convert("RGB")
    assert picture.size == (960, 420)
    assert {_rgb("#d9363e"), _rgb("#1f2a44"), (255, 255, 255)} <= colours(picture)


def test_mail_is_never_wider_than_a_phone(tmp_path: Path) -> None:
    """In frames: Chromium itself has no window as narrow as that."""
    bad = MAIL.render(hostile("a@b.c"))
    mails = {name: MAIL.render(told) for name, told in STORIES.items()} | {"worse": bad}
    widths = scroll_widths([mail.payload["html"] for mail in mails.values()], tmp_path, PHONE)
    assert dict(zip(mails, widths, strict=True)) == dict.fromkeys(mails, PHONE)


def scroll_widths(pages: list[str], folder: Path, width: int) -> list[int]:
    """How wide each page has become that was given so many pixels."""
    frames = "".join(
        f'<iframe width="{width}" height="900" srcdoc="{escape(page)}"></iframe>' for page in pages
    )
    probe = (
        "<script>onload = () => { document.title = Array.from({length: frames.length}, "
        "(_, i) => frames[i].document.documentElement.scrollWidth).join(' ') }</script>"
    )
    page = folder / "probe.html"
    page.write_text(f"<style>iframe{{border:0}}</style>{frames}{probe}", encoding="utf-8")
    dom = run(folder, "--dump-dom", "--window-size=900,900", page.as_uri())
    found = re.search(rb"<title>([\d ]+)</title>", dom)
    assert found
    return [int(each) for each in found[1].split()]
