"""Templates: what they can say, and what they cannot do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.channels.samples import alert, hostile, incident, notification
from routing.channels.template import LONGEST_TEXT, TURNS, Template, TemplateError
from routing.channels.texts import NAMES, Texts, context
from routing.incident import IncidentState, NotifyReason


def said(**texts: str) -> str:
    summary = Texts(**texts).summarise(notification("a"))
    assert summary.note == ""
    return summary.title if "title" in texts else summary.what


def test_texts_say_what_they_are_given() -> None:
    title = "{{ labels.service }} in {{ labels.region }}: {{ figures.Value }} ({{ severity }})"
    assert said(title=title) == "checkout in eu-west-1: 747 ms (critical)"
    listed = "{% for name, value in labels|dictsort %}{{ name }}={{ value }}\n{% endfor %}"
    assert said(text=listed) == "region=eu-west-1\nservice=checkout\nteam=payments"
    assert said(
        text="{% if level %}up{% else %}{{ labels.zone|default('nowhere') }}{% endif %}"
    ) == ("nowhere")


def test_a_text_stands_in_place_of_the_sentences_but_not_of_the_news() -> None:
    texts = Texts(text="Mine.")
    summary = texts.summarise(notification("a", NotifyReason.ESCALATED))
    news = "Nobody has taken this yet: escalated to level 2."
    assert summary.sentences == (news, "Mine.")
    assert texts.summarise(notification("a")).title == "checkout: latency_ms is far above normal"


def test_a_title_of_ones_own_is_the_headline_and_knows_what_is_over() -> None:
    shape = incident(title="latency is 812 ms", state=IncidentState.RESOLVED)
    told = notification("#ops", incident=shape)
    for title, said in {"{{ title }}!": "latency was 812 ms!", "It is 5": "It is 5"}.items():
        assert Texts(title=title).summarise(told).headline == f"Resolved: {said}"


def test_a_label_called_like_a_method_is_a_label() -> None:
    one = alert(labels={"items": "seven", "keys": "eight"})
    given_ = notification("a", incident=incident(alerts={"f": one}))
    made = Texts(title="{{ labels.items }} {{ labels['keys'] }}").summarise(given_)
    assert made.title == "seven eight"


WRONG = {
    "{{ title": "line 1: ",
    "a\n{{ nope }}": 'line 2: there is no "nope"; there are acknowledged_by, ',
    "a\n\n{{ title() }}": "line 3: calls cannot be used here",
    "{% set a = title %}": "line 1: `set` cannot be used here",
    "{% macro m() %}{% endmacro %}": "line 1: macros cannot be used here",
    "{% include 'x' %}": "line 1: `include` cannot be used here",
    "{{ title|format }}": "line 1: No filter named 'format'",
    "{{ 9 ** 9 }}": "line 1: `**` cannot be used here",
    "{{ title * 99 }}": "line 1: `*` cannot be used here",
    "{{ '%99999d' % 1 }}": "line 1: `%` cannot be used here",
    "{% for a in labels recursive %}{% endfor %}": "line 1: `recursive` cannot be used here",
    "{% for a in [title, state] %}{% endfor %}": "line 1: a list of names is nothing to loop",
    "{% for a in labels|d([[title]]) %}{% endfor %}": "line 1: a list of names is nothing to loop",
    "{% for a in labels %}" * 4 + "{% endfor %}" * 4: "line 1: loops are at most 3 deep",
    "{{ " + "(" * 1900 + "1" + ")" * 1900 + " }}": "line 1: it is nested too deeply",
    "{{ title" + "|d" * 1900 + " }}": "line 1: it is nested too deeply",
    "x" * 4001: "line 1: longer than 4000 characters",
}


@pytest.mark.parametrize("source", WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_with_its_line(source: str) -> None:
    with pytest.raises(ValueError, match=r"^text: line") as error:
        Texts(text=source)
    assert str(error.value).startswith(f"text: {WRONG[source]}")


FAILS = {
    "{{ labels.zone }}": "there is no 'zone'",
    "{{ labels.__class__ }}": "there is no '__class__'",
    "{{ title.__class__.__mro__ }}": "access to attribute '__class__' of 'str' object is unsafe.",
    "{{ title|int / 0 }}": "it came to nothing: division by zero",
    "{% for a in title %}{% endfor %}": "a text is nothing to loop over",
    "{{ labels|sort(attribute='x') }}": "there is no",
}


@pytest.mark.parametrize("source", FAILS)
def test_a_template_that_fails_keeps_no_message_back(source: str) -> None:
    usual = Texts().summarise(notification("a"))
    made = Texts(title=source, text="Good.").summarise(notification("a"))
    assert (made.title, made.what) == (usual.title, "Good.")
    assert made.note.startswith("the usual title was sent, the template failed: ")
    assert FAILS[source] in made.note or source.startswith("{{ labels|sort")


def nested(depth: int) -> str:
    names = "abc"[:depth]
    opened = "".join(f"{{% for {name} in labels %}}" for name in names)
    return opened + "{{ 1 }}" + "{% endfor %}" * depth


def test_loops_and_texts_have_an_end() -> None:
    many = {f"l{i}": "x" * 500 for i in range(100)}
    given_ = notification("a", incident=incident(alerts={"f": alert(labels=many)}))
    turns = Texts(text=nested(3)).summarise(given_)
    assert f"its loops take more than {TURNS} turns" in turns.note
    long = "{% for n, v in labels|dictsort %}{{ v }}{% endfor %}"
    assert f"longer than {LONGEST_TEXT}" in Texts(text=long).summarise(given_).note


def test_a_long_template_of_loops_ends_after_its_turns() -> None:
    source = "{% for a in labels %}{% for b in labels %}{% endfor %}{% endfor %}" * 60
    with pytest.raises(TemplateError, match="turns"):
        Template(source).render({"labels": {str(i): "" for i in range(100)}})


GROWS = {
    "a join of a join": "{{ ["
    + ",".join("1" * 400)
    + "]|join(["
    + ",".join("2" * 400)
    + "]|join(title))|length }}",
    "a join of a text": "{{ title|join(title) }}",
    "pieces": "{{ (" + "~".join(["alerts"] * 400) + ")|length }}",
    "sums": "{{ (" + "+".join(["title"] * 60) + ")|length }}",
    "a list of lists": "{{ [" + ",".join(["alerts"] * 400) + "] }}",
    "a filter of a list": "{{ [" + ",".join(["alerts"] * 400) + "]|trim('abc')|length }}",
    "many filters": "{% for a in alerts %}{% for b in alerts %}{% if "
    + " or ".join(["labels|dictsort|length < 0"] * 100)
    + " %}{% endif %}{% endfor %}{% endfor %}",
}


@pytest.mark.parametrize("source", GROWS.values(), ids=GROWS)
def test_what_grows_on_its_way_is_stopped(source: str) -> None:
    many = {f"l{i}": "x" * 100 for i in range(60)}
    given = {"title": "t" * 200, "labels": many, "alerts": [{"labels": many}] * 50}
    with pytest.raises(TemplateError, match=r"longer than|nothing to join|more than 10000 filters"):
        Template(source).render(given)


def test_joined_and_added_texts_are_as_in_jinja() -> None:
    given = {"all": [{"a": "x"}, {"a": "y"}], "labels": {"a": "b"}, "one": "1"}
    source = "{{ all|join('/', attribute='a') }} {{ 'n' ~ one ~ 2 }} {{ one + 'z' }} {{ labels }}"
    assert Template(source).render(given) == "x/y n12 1z {'a': 'b'}"
    more = "{{ [one, 2]|join(', ') }} {{ one|upper|truncate(9) }} {{ all|join(attribute='a') }}"
    assert Template(more).render(given) == "1, 2 1 xy"


def test_names_are_those_that_are_there() -> None:
    given_ = notification("a")
    assert set(context(given_, Texts().summarise(given_))) == set(NAMES)
    assert set(context(given_, Texts().summarise(given_), {"title"})) == {"title"}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_source_is_refused_or_says_something(source: str) -> None:
    try:
        texts = Texts(title=source, text=source)
    except ValueError:
        return
    made = texts.summarise(hostile("a"))
    assert made.title
    assert len(made.what) <= 2500


def test_hostile_labels_stay_text_in_a_template() -> None:
    made = Texts(text="{{ labels.lines }} {{ labels.control }}").summarise(hostile("a"))
    assert made.what.isprintable()
    assert "Bcc" in made.what
    tricky = alert(labels={"x": "{{ 7 * 7 }}"})
    given_ = notification("a", incident=incident(alerts={"f": tricky}))
    assert Texts(text="{{ labels.x }}").summarise(given_).what == "{{ 7 * 7 }}"
    assert replace(made, note="") == made
