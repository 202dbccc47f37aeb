"""Conformance: what every channel must hold to, ours and third parties'.

    from routing.channels.bench import Bench
    from routing.channels.checks import check_channel

    def test_mine_conforms() -> None:
        check_channel(Bench(address="#ops", peer=my_stand_in, make=my_channel, secrets=("t0ken",)))

runs all checks, and says which are broken; :func:`checks` gives them one by one, for a test of
each. A check raises AssertionError with a sentence when it is broken.

`peer` serves a stand-in of the provider on loopback, `make` sets the channel up against a port.
Between them stands a proxy (`routing/channels/trouble.py`) that does what networks and providers
do. The stand-in should refuse what the provider refuses (sizes, markup): then hostile content is
tried against that too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from routing.channels.bench import Bench, logged
from routing.channels.conformance.answers import (
    a_rate_limit_passes_on_the_wait,
    a_reply_says_whether_to_try_again,
    a_status_says_whether_to_try_again,
    an_echoed_secret_is_not_repeated,
    an_unexplained_refusal_is_temporary,
    nonsense_is_temporary,
    one_attempt_is_one_request_that_fails,
)
from routing.channels.conformance.connections import (
    a_channel_that_waits_does_not_stop_the_loop,
    a_cut_connection_is_temporary,
    a_dead_address_is_temporary,
    a_hanging_provider_is_given_up_in_time,
    a_lost_answer_tells_nobody_twice,
    an_answer_that_never_ends_is_given_up_in_time,
    an_answer_torn_in_its_middle_is_no_yes,
)
from routing.channels.conformance.contents import (
    a_page_is_told_once_and_changes,
    hostile_content_is_delivered,
    it_may_be_closed_twice,
    no_secret_is_in_a_message,
    rendering_is_pure,
)

LONGEST_S = 60.0  # of one check

Check = Callable[[Bench], Awaitable[None]]

_ALWAYS: tuple[Check, ...] = (
    a_page_is_told_once_and_changes,
    a_cut_connection_is_temporary,
    a_hanging_provider_is_given_up_in_time,
    a_channel_that_waits_does_not_stop_the_loop,
    a_dead_address_is_temporary,
    hostile_content_is_delivered,
    rendering_is_pure,
    no_secret_is_in_a_message,
    it_may_be_closed_twice,
)
_OVER_HTTP: tuple[Check, ...] = (
    one_attempt_is_one_request_that_fails,
    an_answer_that_never_ends_is_given_up_in_time,
    an_answer_torn_in_its_middle_is_no_yes,
    an_echoed_secret_is_not_repeated,
)
_EXPLAINED: tuple[Check, ...] = (
    a_status_says_whether_to_try_again,
    a_rate_limit_passes_on_the_wait,
)


def check_channel(bench: Bench) -> None:
    """Run all checks. Raises AssertionError that names the broken ones, with their reasons."""
    run(bench, checks(bench))


def run(bench: Bench, suite: Sequence[Check]) -> None:
    """Run some checks; none at all is a failure, and so are checks that cannot fail."""
    if not __debug__:
        raise RuntimeError("checks are assertions: run them without -O")
    assert suite, "there is not one check to run"
    broken = [reason for check in suite if (reason := _broken(check, bench))]
    assert not broken, "\n".join(broken)


def _broken(check: Check, bench: Bench) -> str:
    with logged() as lines:
        try:
            asyncio.run(_timed(check, bench))
        except AssertionError as error:
            return f"{check.__name__}: {error}"
        except Exception as error:  # noqa: BLE001  a channel that raises breaks the check
            return f"{check.__name__}: it raised {error!r}"
    leaked = [secret for secret in bench.secrets if any(secret in line for line in lines)]
    return f"{check.__name__}: a secret is in the log" if leaked else ""


async def _timed(check: Check, bench: Bench) -> None:
    async with asyncio.timeout(LONGEST_S):
        await check(bench)


def checks(bench: Bench) -> tuple[Check, ...]:
    """All checks that concern a channel of this bench."""
    is_http, is_told = bench.speaks == "http", bench.is_told_why
    rules: tuple[tuple[bool, tuple[Check, ...]], ...] = (
        (True, _ALWAYS),
        (is_http, _OVER_HTTP),
        (is_http and is_told, _EXPLAINED),
        (is_http and not is_told, (an_unexplained_refusal_is_temporary,)),
        (is_http and is_told and bench.is_read, (nonsense_is_temporary,)),
        (bench.speaks == "smtp", (a_reply_says_whether_to_try_again,)),
        (bench.knows_repeats, (a_lost_answer_tells_nobody_twice,)),
    )
    return tuple(check for applies, some in rules if applies for check in some)
