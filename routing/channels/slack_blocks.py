"""An incident as Slack blocks, within Slack's limits whatever the labels hold."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from routing.channels.answer import BUTTONS, Word
from routing.channels.finding import figures
from routing.channels.slack_hook import ACTION
from routing.channels.summary import Summary
from routing.channels.text import clean, clip, spark

Block = dict[str, Any]

BUDGET = 12_000  # all blocks together are refused at about 13,200 characters
_ASKED: Mapping[str, tuple[Word, ...]] = {
    "firing": ("acknowledge", "resolve", "silence", "not-useful"),
    "acknowledged": ("resolve", "silence", "not-useful"),
    "resolved": ("not-useful",),
}
_ABOVE = ("header", "section")  # the picture
_LIGHTS = {"acknowledged": "🟡", "resolved": "🟢", "critical": "🔴", "error": "🔴", "warning": "🟠"}


def blocks(summary: Summary, *, can_answer: bool = False) -> list[Block]:
    """The parent message. What does not fit goes in this order: labels, links, details.

    `can_answer`: the console hears of pressed buttons.
    """
    layout: list[Callable[[Summary], list[Block]]] = [
        _header,
        _finding,
        _figures,
        _details,
        _labels,
        _links,
        partial(_buttons, can_answer=can_answer),
    ]
    for dropped in (None, _labels, _links, _details):
        if dropped in layout:
            layout.remove(dropped)
        made = [block for part in layout for block in part(summary)]
        if len(json.dumps(made, ensure_ascii=False)) <= BUDGET:
            break
    return made


def completed(made: list[Block], *, file: str, alt: str, mentions: str) -> list[Block]:
    """The blocks with what is known only as they are sent: the picture, and whom to mention.

    >>> completed([_section("a"), _context(["b"])], file="F1", alt="c", mentions="<@U1>")[1:3]
    [{'type': 'image', 'slack_file': {'id': 'F1'}, 'alt_text': 'c'}, {'type': 'context', \
'elements': [{'type': 'mrkdwn', 'text': 'b'}]}]
    """
    above = sum(block["type"] in _ABOVE for block in made)
    below = len(made) - (bool(made) and made[-1]["type"] == "actions")
    image = [{"type": "image", "slack_file": {"id": file}, "alt_text": alt}] if file else []
    paged = [_context([f"Paged: {mentions}"])] if mentions else []
    return [*made[:above], *image, *made[above:below], *paged, *made[below:]]


def fallback(summary: Summary) -> str:
    """What notifications, screen readers and clients without blocks show."""
    link = f"\n{summary.url}" if summary.url else ""
    return mrkdwn(f"{summary.headline}. {' '.join(summary.sentences)}", 3500) + escape(link)


def reply(summary: Summary) -> str:
    """The short line in the thread; what is taken or over needs no finding once more."""
    is_known = summary.news and summary.state != "firing"
    said = summary.news if is_known else f"{summary.news} {summary.what}".strip()
    return mrkdwn(f"{_light(summary)} {said or summary.headline}", 1500)


def escape(text: str) -> str:
    """Slack's three control characters, without which no mention and no link can be made.

    >>> escape("<!channel> & co")
    '&lt;!channel&gt; &amp; co'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mrkdwn(text: str, limit: int) -> str:
    """Escaped text of at most `limit` characters after escaping."""
    escaped = escape(text)
    while len(escaped) > limit:
        text = clip(text, min(len(text) - 1, max(1, len(text) * limit // len(escaped))))
        escaped = escape(text)
    return escaped


def _light(summary: Summary) -> str:
    word = summary.severity.value if summary.state == "firing" else summary.state
    return _LIGHTS.get(word, "🔵")


def _header(summary: Summary) -> list[Block]:
    text = mrkdwn(f"{_light(summary)} {summary.headline}", 148)
    return [{"type": "header", "text": {"type": "plain_text", "text": text, "emoji": True}}]


def _finding(summary: Summary) -> list[Block]:
    said = " ".join(s for s in (summary.news, summary.what, summary.since, summary.more) if s)
    return [_section(mrkdwn(said, 2000))] if said else []


def _figures(summary: Summary) -> list[Block]:
    fields = [
        {"type": "mrkdwn", "text": f"*{name}*\n{mrkdwn(text, 300)}"}
        for name, text in figures(summary.evidence)
    ]
    return [{"type": "section", "fields": fields}] if fields else []


def _details(summary: Summary) -> list[Block]:
    made = [_section(mrkdwn(summary.advice, 1500))] if summary.advice else []
    drawn = spark(summary.evidence.points) if summary.evidence else ""
    said = [f"`{drawn}`"] if drawn else []
    said += [mrkdwn(summary.told, 800)] if summary.told else []
    return made + ([_context(said)] if said else [])


def _labels(summary: Summary) -> list[Block]:
    pairs = (f"*{mrkdwn(name, 80)}* {mrkdwn(value, 200)}" for name, value in summary.labels)
    text = "   ".join(list(pairs)[:20])
    return [_context([text])] if 0 < len(text) <= 2900 else []


def _links(summary: Summary) -> list[Block]:
    made = (f"<{escape(url)}|{mrkdwn(_bare(name), 60)}>" for name, url in summary.links)
    text = "   ".join(made)
    return [_context([text])] if 0 < len(text) <= 2900 else []


def _bare(name: str) -> str:
    return clean(name.replace("|", " "), 40)


def _buttons(summary: Summary, *, can_answer: bool) -> list[Block]:
    words = _ASKED.get(summary.state, ()) if can_answer else ()
    asked = [_asking(word, summary) for word in words if word != "not-useful" or summary.evidence]
    opinion = f"{summary.url}#feedback" if summary.url and summary.evidence else ""
    wanted = {"Open incident": summary.url, "Runbook": summary.runbook}
    wanted |= {} if can_answer else {"Not useful": opinion}
    links = [
        _button(label, label.split()[0].lower()) | {"url": url}
        for label, url in wanted.items()
        if url
    ]
    return [{"type": "actions", "elements": asked + links}] if asked + links else []


def _asking(word: Word, summary: Summary) -> Block:
    """A button that asks: its value names the incident."""
    made = _button(BUTTONS[word], word) | {"value": summary.incident_id}
    return made | ({"style": "primary"} if word == "acknowledge" else {})


def _button(label: str, name: str) -> Block:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": f"{ACTION}{name}"}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(texts: list[str]) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text} for text in texts]}
