"""The page of a backtest: it needs nothing else, escapes what it shows, and fits a phone."""

import asyncio
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli import app
from tests.console.browser import CHROMIUM, browser
from tests.streams.backtest.tables import rows, table, values, written

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a faulty series, a calm one, and one with a hostile name and a bad row."""
    folder = tmp_path_factory.mktemp("page")
    table(folder / "in" / "cpu.csv")
    table(folder / "in" / ("long_" * 30 + "name.csv"), fault=None, seed=2)
    lines = [f"{row},{HOSTILE}" for row in rows(values(n=300, fault=None))]
    written(folder / "in" / "odd.csv", ["timestamp,value,name", *lines, f"{HOSTILE},1,x"])
    arguments = ["backtest", str(folder / "in"), "--out", str(folder / "out")]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    return folder / "out" / "report.html"


def test_page_tells_of_every_series_and_anomaly(page: Path) -> None:
    text = page.read_text()
    assert "1 anomaly in 2,701 samples of 4 series" in text
    assert text.count('<section class="series"') == 4
    assert "2026-03-05 11:20" in text
    assert text.count('<svg class="chart"') == 3 * 2 + 1  # of the one of a single row there is none
    assert "too short to tell" in text
    assert "false_alarms: 1/90d" in text


def test_page_of_one_sample_says_so(tmp_path: Path) -> None:
    source = written(tmp_path / "cpu.csv", ["timestamp,value", "1700000000,5"])
    CliRunner().invoke(app, ["backtest", str(source), "--out", str(tmp_path / "out")])
    assert "in 1 sample of 1 series" in (tmp_path / "out" / "report.html").read_text()


def test_page_escapes_what_strangers_wrote_and_runs_nothing(page: Path) -> None:
    text = page.read_text()
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert not re.search(r"\son\w+=", text)


def test_page_needs_nothing_from_elsewhere(page: Path) -> None:
    addresses = re.findall(r"(?:src|href|url)\s*[=(]\s*['\"]?([^'\" )>]+)", page.read_text())
    assert addresses
    assert all(address.startswith("#") for address in addresses)


@pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)"
)
def test_page_fits_a_phone_and_a_desk_in_both_colour_schemes(page: Path, tmp_path: Path) -> None:
    async def look() -> None:
        papers: dict[str, set[str]] = {"light": set(), "dark": set()}
        async with browser() as tab:
            await tab.open(page.as_uri())
            for width in (390, 1280):
                for scheme, seen in papers.items():
                    await tab.look(width=width, scheme=scheme)
                    widest = await tab.evaluate("document.documentElement.scrollWidth")
                    assert widest <= width
                    seen.add(await tab.evaluate("getComputedStyle(document.body).backgroundColor"))
                    await tab.picture(tmp_path / f"{width}-{scheme}.png")
                visible = (
                    "[...document.querySelectorAll('.wide, .narrow')].filter(e => e.offsetParent)"
                )
                assert await tab.evaluate(f"{visible}.length") == 4
        assert papers["light"].isdisjoint(papers["dark"])

    asyncio.run(look())
