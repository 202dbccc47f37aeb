"""The HTML half of a mail: one column, no remote parts, readable in any client.

What to know and what to press comes first, so that a phone shows it without scrolling; the picture
and the numbers follow. Where the reader asks for dark pages, and the client heeds it, it is one.
"""

from html import escape

from routing.channels.finding import figures
from routing.channels.mail_links import Asked
from routing.channels.summary import Summary

CHART = "chart"  # the Content-ID that stands for the picture until the mail is built

_COLOURS = {
    "critical": "#b42318",
    "error": "#b42318",
    "warning": "#b54708",
    "info": "#175cd3",
    "acknowledged": "#854a0e",
    "resolved": "#067647",
}
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_AT_NIGHT = {
    "critical": "#ff8f85",
    "error": "#ff8f85",
    "warning": "#f5b06b",
    "info": "#8ab8ff",
    "acknowledged": "#e3c15c",
    "resolved": "#62d394",
}
_DARK = (
    "@media (prefers-color-scheme:dark){"
    ".page{background:#101318!important;color:#e6e8ee!important}"
    ".card{background:#1a1f29!important;border-color:WORD #2d3442 #2d3442!important}"
    ".quiet{color:#a3acbb!important;border-color:#2d3442!important}"
    ".chart{filter:invert(.9) hue-rotate(180deg)}"
    ".link{color:#8ab8ff!important}"
    ".side{background:#1a1f29!important;color:#8ab8ff!important;border-color:#8ab8ff!important}"
    ".word{color:WORD!important}}"
)
_QUIET = "color:#586174"
_CELL = "padding:3px 16px 3px 0;vertical-align:top;font-size:14px;line-height:20px"


def page(summary: Summary, *, has_chart: bool, asked: Asked = ()) -> str:
    """The whole document."""
    word = summary.severity.value if summary.state == "firing" else summary.state
    parts = [
        _preheader(summary),
        _heading(summary, word),
        *(_paragraph(said) for said in (summary.news, summary.what, summary.since)),
        _paragraph(summary.more),
        _paragraph(summary.advice),
        _buttons(summary, asked),
        _chart(summary) if has_chart else "",
        _table(figures(summary.evidence)),
        _links(summary),
        _table(summary.labels, heading="Labels"),
        _paragraph(summary.told),
        _footer(summary),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        f"<style>{_DARK.replace('WORD', _AT_NIGHT[word])}</style></head>"
        f'<body class="page" style="margin:0;background:#f2f4f7;color:#1d2433;{_FONT}">'
        '<div style="max-width:600px;margin:0 auto;padding:16px">'
        '<div class="card" style="background:#fff;border:1px solid #d9dee7;border-radius:8px;'
        f'padding:20px 20px 12px;border-top:5px solid {_COLOURS[word]}">'
        f"{''.join(parts)}</div></div></body></html>"
    )


def _preheader(summary: Summary) -> str:
    """What an inbox shows beside the subject."""
    said = escape(f"{summary.headline}. {summary.news} {summary.what}")
    return f'<div style="display:none;max-height:0;overflow:hidden">{said}</div>'


def _heading(summary: Summary, word: str) -> str:
    return (
        '<p class="word" style="margin:0 0 4px;font-size:13px;font-weight:600;'
        f'letter-spacing:.04em;text-transform:uppercase;color:{_COLOURS[word]}">{escape(word)}</p>'
        '<h1 style="margin:0 0 12px;font-size:20px;line-height:26px;overflow-wrap:anywhere">'
        f"{escape(summary.heading)}</h1>"
    )


def _paragraph(sentence: str) -> str:
    if not sentence:
        return ""
    return (
        '<p style="margin:0 0 10px;font-size:15px;line-height:22px;overflow-wrap:anywhere;'
        'white-space:pre-line">'
        f"{escape(sentence)}</p>"
    )


def _chart(summary: Summary) -> str:
    alt = escape(f"Chart. {summary.what}", quote=True)
    return (
        f'<img class="chart" src="cid:{CHART}" alt="{alt}" width="558" '
        'style="display:block;width:100%;max-width:558px;height:auto;margin:4px 0 12px">'
    )


def _table(rows: tuple[tuple[str, str], ...], heading: str = "") -> str:
    if not rows:
        return ""
    title = f'<p class="quiet" style="margin:12px 0 2px;font-size:13px;{_QUIET}">{heading}</p>'
    cells = (
        f'<tr><th class="quiet" scope="row" style="{_CELL};text-align:left;font-weight:400;'
        f'{_QUIET};white-space:nowrap">{escape(name)}</th>'
        f'<td style="{_CELL};overflow-wrap:anywhere">{escape(text)}</td></tr>'
        for name, text in rows
    )
    table = f'<table style="border-collapse:collapse;margin:0 0 12px">{"".join(cells)}</table>'
    return (title if heading else "") + table


def _buttons(summary: Summary, asked: Asked) -> str:
    wanted = [(url, label) for label, url in asked]
    wanted += [(summary.url, "Open incident"), (summary.runbook, "Runbook")]
    given = [button for button in wanted if button[0]]
    made = "".join(_button(*button, is_main=not i) for i, button in enumerate(given))
    return f'<p style="margin:14px 0 16px">{made}</p>' if made else ""


def _button(url: str, label: str, *, is_main: bool) -> str:
    fill, ink = ("#1d4ed8", "#fff") if is_main else ("#fff", "#1d4ed8")
    kind = "main" if is_main else "side"
    return (
        f'<a class="{kind}" href="{escape(url, quote=True)}" style="display:inline-block;'
        f"padding:11px 10px;margin:0 8px 8px 0;border-radius:6px;border:1px solid #1d4ed8;"
        f"font-size:14px;"
        f"font-weight:600;text-decoration:none;background:{fill};"
        f'color:{ink}">{label}</a>'
    )


def _links(summary: Summary) -> str:
    made = ", ".join(
        f'<a class="link" href="{escape(url, quote=True)}" style="color:#1d4ed8">{escape(name)}</a>'
        for name, url in summary.links
    )
    return f'<p style="margin:0 0 10px;font-size:14px">{made}</p>' if made else ""


def _footer(summary: Summary) -> str:
    return (
        '<p class="quiet" style="margin:16px 0 0;padding-top:10px;'
        f'border-top:1px solid #e6e9ef;font-size:12px;{_QUIET}">'
        f"Incident {escape(summary.incident_id)}, told by Tocsin.</p>"
    )
