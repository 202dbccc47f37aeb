"""Races and lost acknowledgements of stock Faust 0.15.3, and how the same story ends with ours.

The tests named `test_stock_faust_...` assert that the fault is there: when one of them fails,
upstream has mended it and what we have for it can go. docs/chunked-consumer.md lists them.
"""

import asyncio
from typing import Any

import faust
import pytest
from faust.tables.manager import TableManager

from streams.app import ChunkApp
from tests.streams import scenarios
from tests.streams.scenarios import Outcome


def told(scenario: Any, kind: str) -> Outcome:
    outcome: Outcome = asyncio.run(asyncio.wait_for(scenario(kind), 10))
    return outcome


def test_stock_faust_commits_past_a_record_that_nobody_has_handled() -> None:
    assert told(scenarios.gap, "stock").committed == 12


def test_ours_commits_up_to_the_first_record_that_is_not_handled() -> None:
    assert told(scenarios.gap, "ours").committed == 5


def test_stock_faust_loses_the_record_on_which_an_agent_fails() -> None:
    assert told(scenarios.failing_agent, "stock").committed == 1


def test_ours_never_commits_the_record_on_which_an_agent_fails() -> None:
    assert told(scenarios.failing_agent, "ours").committed is None


def test_stock_faust_delivers_records_before_it_has_sought_to_the_committed_offset() -> None:
    seen, _ = told(scenarios.fetch_before_seek, "stock")
    assert len(seen) > len(set(seen))  # and sees them again after it


def test_ours_fetches_nothing_before_it_has_sought() -> None:
    assert told(scenarios.fetch_before_seek, "ours") == (list(range(3, 13)), 13)


def test_stock_faust_clears_records_out_of_a_queue_and_never_commits_again() -> None:
    seen, committed = told(scenarios.queue_cleared_after_seek, "stock")
    assert not {4, 5, 6, 7, 8} & set(seen)
    assert committed == 4


def test_ours_has_nothing_in_a_queue_that_is_cleared() -> None:
    assert told(scenarios.queue_cleared_after_seek, "ours") == (list(range(3, 13)), 13)


@pytest.mark.parametrize(("was_standby", "read"), [(True, 30), (False, 10)])
def test_stock_faust_reads_again_what_it_has_copied_or_written(
    was_standby: bool, read: int
) -> None:
    story = scenarios.changelog_read_again("stock", was_standby=was_standby)
    assert asyncio.run(story) == read


@pytest.mark.parametrize("was_standby", [True, False])
def test_ours_reads_on_from_where_it_is(was_standby: bool) -> None:
    story = scenarios.changelog_read_again("ours", was_standby=was_standby)
    assert asyncio.run(story) == 0


def test_stock_faust_lets_a_standby_miss_records_while_recovery_ends() -> None:
    assert asyncio.run(scenarios.busy_standby("stock")) == {"0", "5"}


def test_ours_lets_a_standby_have_every_record() -> None:
    assert asyncio.run(scenarios.busy_standby("ours")) == set("012345")


def test_stock_faust_throws_acknowledgements_away_when_partitions_are_revoked() -> None:
    assert told(scenarios.revoked_before_the_commit, "stock").committed is None


def test_ours_commits_what_was_handled_before_partitions_are_revoked() -> None:
    assert told(scenarios.revoked_before_the_commit, "ours").committed == 5


def test_stock_faust_does_not_try_a_refused_commit_again() -> None:
    assert told(scenarios.refused_commit, "stock").committed is None


def test_ours_tries_a_refused_commit_again() -> None:
    assert told(scenarios.refused_commit, "ours").committed == 5


def test_stock_faust_commits_a_record_whose_result_could_not_be_sent() -> None:
    assert told(scenarios.lost_while_sending, "stock").committed == 1


def test_ours_does_not_commit_what_could_not_be_sent() -> None:
    assert told(scenarios.lost_while_sending, "ours").committed is None


def test_stock_faust_cannot_notice_that_fetching_has_stopped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # It takes epoch seconds from monotonic ones. What ours says is in test_watchdog.py.
    assert asyncio.run(scenarios.stopped_fetching("stock", caplog)) == []


def test_stock_faust_drops_the_size_of_a_topics_queue() -> None:
    app = faust.App("t", broker="kafka://127.0.0.1:9")
    assert app.topic("in", maxsize=4).maxsize is None


def test_ours_keeps_the_size_of_a_topics_queue() -> None:
    app = ChunkApp("t", broker="kafka://127.0.0.1:9")
    assert app.topic("in", maxsize=4).maxsize == 4


def test_stock_faust_sleeps_before_it_looks_for_tables() -> None:
    async def story() -> None:
        app = faust.App("t", broker="kafka://127.0.0.1:9")
        assert await scenarios.sleeps_at_start(TableManager, app) == [1.0]

    asyncio.run(story())


def test_ours_looks_for_tables_at_once() -> None:
    async def story() -> None:
        app = ChunkApp("t", broker="kafka://127.0.0.1:9")
        assert await scenarios.sleeps_at_start(type(app.tables), app) == []

    asyncio.run(story())
