"""What the first page says of workers, inputs and channels."""

import re

from tests.console.scene import Scene, busy_worker, late_input
from tests.console.test_pages import HOSTILE, tell


def test_workers_line_shows_rates_dead_letters_and_a_refused_edit() -> None:
    async def story(stage: Scene) -> None:
        stage.report(busy_worker(config_error='shop.yaml:12:5: no receiver "<b>"'))
        stage.report(busy_worker(worker="worker-2", at=930.0))
        text = await stage.text("/")
        assert "12,480" in text
        assert "bad json 7, not a number 3" in text
        assert "shop.yaml:12:5: no receiver &#34;&lt;b&gt;&#34;" in text
        assert "silent: its last word is 1 min 10 s old" in text

    tell(story)


def test_workers_line_says_what_is_not_known_while_partitions_are_given_out() -> None:
    async def story(stage: Scene) -> None:
        stage.report(busy_worker(series=0))
        assert "<dt>series</dt><dd>0</dd>" in await stage.text("/")
        stage.report(busy_worker(series=0, is_recovering=True))
        text = await stage.text("/")
        for figure in ("series", "still learnt", "anomalies open"):
            assert f"<dt>{figure}</dt><dd>not known yet</dd>" in text
        assert "<dt>lag</dt><dd>310</dd>" in text

    tell(story)


def test_inputs_in_good_order_show_their_rate_and_no_fault() -> None:
    async def story(stage: Scene) -> None:
        stage.report(busy_worker())
        text = await stage.text("/")
        assert cells(text, "shop") == ["12,380", "–", "2 s", "10 (under 1%)"]
        assert cells(text, "hosts") == ["100", "–", "11 s", "–"]
        assert "bad-word" not in text

    tell(story)


def test_inputs_in_trouble_say_what_it_is_over_all_workers() -> None:
    async def story(stage: Scene) -> None:
        late = late_input()
        stage.report(busy_worker(inputs={"shop": late}))
        gone = late_input(is_gone=True, shed=0, overflow=0, late=0, stale=0)
        stage.report(busy_worker(worker="w2", inputs={"shop": late, HOSTILE: late, "old": gone}))
        stage.report(busy_worker(worker="gone", at=900.0, inputs={"shop": late}))
        text = await stage.text("/")
        assert cells(text, "shop") == ["6", "5 min 12 s", "6 min 40 s", "500 (25%)"]
        assert (
            "shop: 24,000 records skipped: they had waited too long; "
            "2 samples of more series than it may have; "
            "14 samples left out: not newer than others of their series; 100 records too late."
        ) in text
        assert "old: its topic is not there any more." in text
        assert text.count('<td class="bad-word">') == 6
        assert "<script>alert" not in text

    tell(story)


def test_channel_that_does_not_answer_is_named_with_what_waits_for_it() -> None:
    async def story(stage: Scene) -> None:
        stage.report(busy_worker(channels_down=("slack",), waiting={"slack": 1000, "email": 2}))
        text = await stage.text("/")
        assert "Not answering: slack." in text
        assert "To be sent: email 2, slack 1,000." in text

    tell(story)


def cells(text: str, name: str) -> list[str]:
    """The cells of an input's row."""
    row = text.split(f'<th scope="row">{name}', 1)[1].split("</tr>", 1)[0]
    return re.findall("<td.*?>(.*?)</td>", row)
