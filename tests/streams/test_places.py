"""Where series are, as they come and go."""

from hypothesis import given
from hypothesis import strategies as st

from streams.places import Places

A, B = ("app", "a"), ("app", "b")
KEYS = st.sampled_from([f"series{n}" for n in range(200)])


def rows(places: Places, *keys: str) -> dict[tuple[str, str], list[int]]:
    return {bank: found.tolist() for bank, found in places.rows(places.numbers(keys))}


def test_series_are_found_in_each_bank_that_has_them() -> None:
    places = Places()
    places.add("x", [(A, 0)])
    places.add("y", [(A, 1), (B, 7)])
    places.add("z", [])
    assert rows(places, "y", "x", "z", "new") == {A: [1, 0, -1, -1], B: [7, -1, -1, -1]}
    assert rows(places, "z") == {}
    assert (len(places), places.watched) == (3, 3)


def test_series_of_banks_are_watched_before_they_are_heard() -> None:
    places = Places([["x", "y"], ["x", "z"]])
    assert (len(places), places.watched) == (0, 4)
    places.add("x", [(A, 0)])  # and no longer by the other
    assert (len(places), places.watched) == (1, 3)
    places.forget("y")
    places.forget("x")
    assert (len(places), places.watched) == (0, 1)


def test_series_that_is_gone_is_nowhere_and_its_number_is_used_again() -> None:
    places = Places()
    places.add("x", [(A, 5)])
    places.forget("x")
    assert rows(places, "x") == {}
    places.add("y", [(B, 6)])
    assert rows(places, "x", "y") == {B: [-1, 6]}
    places.forget("never known")


def test_series_in_no_bank_are_forgotten_together() -> None:
    places = Places()
    places.add("x", [(A, 0)])
    places.add("y", [])
    places.add("z", [])
    places.forget_unwatched(before=0.0, now=8.0)
    places.forget_unwatched(before=7.0, now=15.0)
    assert len(places) == 3
    places.forget_unwatched(before=9.0, now=17.0)
    assert places.numbers(["x", "y", "z"]).tolist() == [0, -1, -1]
    assert {places.add("y", []), places.add("new", [])} == {1, 2}
    assert rows(places, "x", "y", "new") == {A: [0, -1, -1]}


@given(st.lists(st.tuples(KEYS, st.booleans(), st.integers(0, 9)), max_size=300))
def test_places_are_as_a_plain_dictionary_says(steps: list[tuple[str, bool, int]]) -> None:
    places = Places()
    plain: dict[str, int] = {}
    for key, is_added, row in steps:
        if is_added and key not in plain:
            plain[key] = row
            places.add(key, [(A, row)])
        elif not is_added:
            plain.pop(key, None)
            places.forget(key)
    every = [f"series{n}" for n in range(200)]
    expected = [plain.get(key, -1) for key in every]
    assert rows(places, *every) == ({A: expected} if plain else {})
    assert places.watched == len(places) == len(plain)
