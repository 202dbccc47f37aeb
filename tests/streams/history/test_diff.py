"""`tocsin diff --history` over the event log of a real broker."""

from tests.streams.history.past import Past
from tests.streams.letters.post import tocsin


def test_who_would_have_been_paged_is_found_in_the_event_log(past: Past) -> None:
    past.fires(10, service="api")
    past.passes(40)
    past.fires(400, service="web")
    past.passes(430)
    past.is_acknowledged(500, "ana")
    past.passes(1000)
    past.recorded()
    new = past.configured("new.yaml", second="ana")
    history = ("--history", past.topics.events)
    done = tocsin("diff", str(past.config), str(new), *history, SLACK_TOKEN="x")
    assert done.exit_code == 1
    assert "~ lena: 1 page by the old, 0 by the new" in done.stdout
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("- page"))
    assert "lena over slack" in line
    assert 'service="api"' in line
