"""Files and directories, joined; every problem at once; nothing but ConfigError."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.documents import path_text
from config.errors import ConfigError
from config.loader import load
from tests.config.samples import ENVIRON, SMALL, loaded, problems, refused, write


def _split(text: str, section: str) -> tuple[str, str]:
    """The text before a section, and from it on."""
    before, _, after = text.partition(f"\n{section}:")
    return before + "\n", f"{section}:{after}"


def test_a_directory_is_joined_whatever_stands_in_which_file(tmp_path: Path) -> None:
    single = tmp_path / "single"
    several = tmp_path / "several"
    for folder in (single, several):
        folder.mkdir()
    first, second = _split(SMALL, "users")
    write(several, second, "a.yaml")
    write(several, first, "b.yml")
    write(several, "this: is not read", "notes.txt")
    joined = load(several, environ=ENVIRON)
    whole = loaded(single)
    assert joined.digest == whole.digest
    assert joined.policy == whole.policy
    assert [file.name for file in joined.files] == ["a.yaml", "b.yml"]


def test_lists_and_maps_of_two_files_are_joined_in_order(tmp_path: Path) -> None:
    write(tmp_path, SMALL, "a.yaml")
    more = "inputs:\n  - {name: host, topic: host.metrics}\nreceivers:\n  other: []\n"
    write(tmp_path, more, "b.yaml")
    config = load(tmp_path, environ=ENVIRON)
    assert [item.name for item in config.inputs] == ["shop", "host"]
    assert [receiver.name for receiver in config.policy.receivers] == ["shop", "other"]


def test_a_key_in_two_files_names_both_places(tmp_path: Path) -> None:
    write(tmp_path, SMALL, "a.yaml")
    write(tmp_path, "\nreceivers:\n  shop: []\n", "b.yaml")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ=ENVIRON)
    (problem,) = caught.value.problems
    line = SMALL[: SMALL.index("receivers:")].count("\n") + 2
    assert problem.headline.startswith(f"{tmp_path}/b.yaml:3:3: receivers.shop: ")
    assert f"{tmp_path}/a.yaml:{line}:3" in problem.message


def test_a_name_in_two_files_names_both_places(tmp_path: Path) -> None:
    write(tmp_path, SMALL, "a.yaml")
    write(tmp_path, "inputs:\n  - {name: shop, topic: other}\n", "b.yaml")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ=ENVIRON)
    (problem,) = caught.value.problems
    assert (problem.place.file.name, problem.place.line, problem.place.column) == ("b.yaml", 2, 12)
    assert f"{tmp_path}/a.yaml:4:11" in problem.message
    assert problem.path == "inputs[1].name"


def test_every_problem_of_every_file_is_said_at_once(tmp_path: Path) -> None:
    first, second = _split(SMALL, "users")
    first = first.replace("kind: metrics", "kind: metric").replace("ewma:", "ewam:")
    write(tmp_path, first.replace("1/30d", "0"), "a.yaml")
    write(tmp_path, second.replace("channel: slack", "channel: slak"), "b.yaml")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ=ENVIRON)
    assert [(p.place.file.name, p.path) for p in caught.value.problems] == [
        ("a.yaml", "inputs[0].kind"),
        ("a.yaml", "profiles[0].false_alarms"),
        ("b.yaml", "users.ana.contacts[0].channel"),
        ("b.yaml", "receivers.shop[0].channel"),
    ]
    write(tmp_path, first, "a.yaml")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ=ENVIRON)
    assert "profiles[0].detectors.ewam" in [p.path for p in caught.value.problems]


def test_two_broken_files_are_both_named(tmp_path: Path) -> None:
    write(tmp_path, "a: [", "a.yaml")
    write(tmp_path, "b: {", "b.yaml")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ=ENVIRON)
    assert [p.place.file.name for p in caught.value.problems] == ["a.yaml", "b.yaml"]


def test_a_problem_is_shown_with_its_line_and_a_caret(tmp_path: Path) -> None:
    error = refused(tmp_path, SMALL.replace("wait: 5m", "wait: 5min"))
    headline, source, caret = error.render().splitlines()
    assert headline.startswith(f"{tmp_path}/tocsin.yaml:38:15: escalations.urgent.levels[0].wait: ")
    assert source[caret.index("^") :].startswith("5min")
    assert caret.strip() == "^~~~"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: \xff\n", ":1:4: not UTF-8"),
        (b"a: 1\nb: \x00\n", ":2:4: the character U+0000"),
        (b"", '"inputs" is missing'),
        (b"[" * 1000, "nested too deeply"),
        (b"a: &a [*a]\n", "nested too deeply"),
    ],
)
def test_what_is_no_configuration_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in refused(tmp_path, content).render()


def test_aliases_do_not_multiply_without_end(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "too much data" in refused(tmp_path, "\n".join(lines)).render()


def test_a_path_that_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path / "none.yaml", "no such file"),
        (tmp_path, "no *.yaml file in this directory"),
    ):
        with pytest.raises(ConfigError) as caught:
            load(path, environ=ENVIRON)
        assert said in caught.value.render()
        assert "\n" not in caught.value.render()


def test_anchors_have_a_place_and_merge_keys_yield_to_written_ones(tmp_path: Path) -> None:
    text = SMALL.replace("kafka:\n", "x-base: &base {partitions: 7, replication: 3}\nkafka:\n")
    text = text.replace("  bootstrap:", "  <<: *base\n  replication: 2\n  bootstrap:")
    kafka = loaded(tmp_path, text).kafka
    assert (kafka.partitions, kafka.replication, kafka.bootstrap) == (7, 2, "kafka:9092")


def test_an_environment_variable_fills_a_plain_value_with_its_type(tmp_path: Path) -> None:
    text = SMALL + "console: {port: '1'}\n"
    assert "must be a whole number" in refused(tmp_path, text).render()
    text = SMALL + "console:\n  port: ${PORT:-8099}\n"
    assert loaded(tmp_path, text).console.port == 8099
    assert loaded(tmp_path, text, {**ENVIRON, "PORT": "81"}).console.url == "http://127.0.0.1:81"
    assert loaded(tmp_path, text, {**ENVIRON, "PORT": ""}).console.port == 8099


def test_a_text_that_swallows_lines_is_suspected_of_an_open_quote(tmp_path: Path) -> None:
    error = refused(tmp_path, SMALL.replace('"09:00"', '"09:00'))
    suspicion = next(p for p in error.problems if p.level == "warning")
    assert (suspicion.place.line, suspicion.place.column) == (33, 18)
    assert "is its closing quote missing?" in suspicion.message


def test_the_digest_is_of_the_meaning_not_of_the_text(tmp_path: Path) -> None:
    plain = loaded(tmp_path)
    reordered = SMALL.replace(
        "    topic: shop.metrics\n    kind: metrics\n",
        "    kind: metrics  # said otherwise\n    topic: 'shop.metrics'\n",
    )
    assert loaded(tmp_path, reordered).digest == plain.digest
    other = {**ENVIRON, "SLACK_TOKEN": "another"}
    assert loaded(tmp_path, SMALL, other).digest == plain.digest
    changed = loaded(tmp_path, SMALL.replace("1/30d", "1/31d"))
    assert changed.digest != plain.digest
    assert changed.policy.digest == plain.policy.digest


_WORDS = st.sampled_from(
    [
        *("inputs", "route", "channels", "kind", "slack", "receiver", "match", "detectors", "ewma"),
        *("- ", ": ", "\n", "  ", "{", "}", "[", "]", '"', "'", "&a", "*a", "<<", "!x", "|", ">"),
        *("#", "${A}", "~", "1", ".nan", "5m", "\t", "%", "---", "?", "\u2028", "\x85", "\ufeff"),
    ]
)
_RUNS = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_RUNS
@given(text=st.text() | st.lists(_WORDS, max_size=30).map("".join))
def test_no_text_raises_anything_but_a_config_error(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ConfigError) as caught:
        load(file, environ={})
    assert caught.value.problems
    assert caught.value.render().startswith(str(file))


@_RUNS
@given(content=st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_config_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigError):
        load(write(tmp_path, content), environ={})


_LEAVES = st.sampled_from(
    ["''", "~", "1", "-1", "1.5", "true", "x", "5m", "[]", "{}", "[x]", "{x: y}"]
)


@_RUNS
@given(data=st.data())
def test_no_value_anywhere_raises_anything_but_a_config_error(
    tmp_path: Path, data: st.DataObject
) -> None:
    lines = SMALL.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    key, colon, _ = lines[at].partition(":")
    lines[at] = f"{key}{colon} {data.draw(_LEAVES)}"
    for problem in problems(tmp_path, "\n".join(lines)):
        assert 1 <= problem.place.line <= len(lines)
        assert problem.render()


@_RUNS
@given(data=st.data())
def test_a_removed_line_raises_nothing_but_a_config_error(
    tmp_path: Path, data: st.DataObject
) -> None:
    lines = SMALL.splitlines()
    del lines[data.draw(st.integers(0, len(lines) - 1))]
    for problem in problems(tmp_path, "\n".join(lines)):
        assert problem.headline.startswith(f"{tmp_path}/tocsin.yaml:")


def test_paths_read_as_people_write_them() -> None:
    assert path_text(("route", "routes", 2, "match", 0)) == "route.routes[2].match[0]"
