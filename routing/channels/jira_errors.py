"""What Jira says no with."""

import re

from jira import JIRAError

from routing.channels.attempt import Refusal, refused_with


def refusal(error: JIRAError) -> Refusal:
    """The refusal that an error stands for.

    Never the error's own text as a whole: it lists the headers, and so the token.
    """
    if error.status_code is None:
        return Refusal(said(error), is_final=False)
    headers = getattr(error.response, "headers", {})
    return refused_with(error.status_code, said(error), headers)


def said(error: JIRAError) -> str:
    """The words of an error, without markup."""
    return re.sub(r"<[^>]*>", " ", error.text or "")


def fields_at_fault(error: JIRAError) -> frozenset[str]:
    """The fields of an issue that Jira does not take."""
    try:
        body = error.response.json() if error.response is not None else {}
    except ValueError:
        return frozenset()
    errors = body.get("errors") if isinstance(body, dict) else None
    return frozenset(errors) if isinstance(errors, dict) else frozenset()
