"""The verdicts as a JUnit report, which build servers read."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from config.stories.report import place_of, text_of
from config.stories.running import Verdict


def junit(verdicts: Sequence[Verdict]) -> bytes:
    """One test suite a file, one test case a story, one failure where it failed."""
    root = Element("testsuites", _counts(verdicts))
    by_file: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        by_file.setdefault(str(verdict.story.place.file), []).append(verdict)
    for file, some in by_file.items():
        suite = SubElement(root, "testsuite", {"name": file, **_counts(some)})
        for verdict in some:
            _case(suite, file, verdict)
    indent(root)
    report: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return report


def _case(suite: Element, file: str, verdict: Verdict) -> None:
    line = str(verdict.story.place.line)
    name = _printable(verdict.story.name)
    case = SubElement(suite, "testcase", {"name": name, "classname": file, "file": file})
    case.set("line", line)
    if verdict.is_good:
        return
    first = verdict.failures[0]
    message = f"{place_of(first)}: expected {first.expected}, happened {first.happened}"
    failure = SubElement(case, "failure", {"message": _printable(message)})
    failure.text = _printable(text_of(verdict))


def _counts(verdicts: Sequence[Verdict]) -> dict[str, str]:
    failed = sum(not verdict.is_good for verdict in verdicts)
    return {"tests": str(len(verdicts)), "failures": str(failed), "errors": "0"}


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(char if char in "\n\t" or char >= " " else "?" for char in text)
