"""`tocsin replay` on a real broker."""

from routing.effect import Explain
from tests.streams.history.past import AT, Past


def told(past: Past) -> Past:
    """Two incidents, one of them taken."""
    past.fires(10, service="api")
    past.passes(40)
    past.is_acknowledged(100, "ana")
    past.fires(3600, service="web")
    past.passes(3630)
    past.passes(4000)
    return past


def test_deciding_again_comes_to_the_same_ids_and_words(past: Past) -> None:
    notifications = len(told(past).made.told)
    decisions = len(past.made.decisions)
    code, said = past.recorded().run("replay")
    assert code == 0
    same = f"{notifications} notifications with the same id, {decisions} decisions with the same"
    assert same in said
    assert "nothing differs" in said
    assert "2026-11-30 09:00:00 UTC to 2026-11-30 10:06:40 UTC" in said


def test_what_only_one_side_has_is_named(past: Past) -> None:
    (_, gone), *past.made.told = told(past).made.told
    stray = Explain(at=AT, reason="stray", text="Nobody decided this.")
    past.made.decisions[stray] = None
    code, said = past.recorded().run("replay")
    assert code == 1
    assert f"- notification {gone.id}: decided again, and not recorded" in said
    assert "stray: Nobody decided this. (recorded, and not decided again)" in said


def test_what_lies_outside_the_bounds_is_not_compared(past: Past) -> None:
    _, *past.made.told = told(past).made.told
    past.recorded()
    assert past.run("replay", "--from", "2026-11-30T09:30:00Z")[0] == 0
    assert past.run("replay", "--to", "2026-11-30T09:00:30Z")[0] == 0
    assert past.run("replay")[0] == 1


def test_another_policy_pages_others(past: Past) -> None:
    told(past).recorded()
    new = past.configured("new.yaml", second="ana")
    code, said = past.run("replay", "--policy", str(new))
    assert code == 0
    assert "~ lena: 1 page by the log, 0 by the other" in said
