"""A file of stories to checked ones, each with the policy that it is about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.build import build
from config.documents import Document, Loc, read_document
from config.errors import ConfigError, Place, Problem
from config.loader import load
from config.stories.models import StepModel, StoriesModel, StoryModel
from config.stories.names import check_names
from config.stories.story import BEGINNING, Expected, Step, Story
from config.validation import validate
from routing.incident import NotifyReason
from routing.policy import Policy

_INPUTS = [{"name": "story", "topic": "story"}]  # a policy of a story need not say what it reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a file of stories is read with; `policy` is for stories that name none."""

    environ: Mapping[str, str]
    policy: Policy | None = None


def load_stories(file: Path, sources: Sources) -> tuple[Story, ...]:
    """The stories in a file. Raises :class:`ConfigError` with every problem."""
    try:
        document = read_document(file, file.read_bytes(), sources.environ)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise ConfigError([Problem(place=Place(file, 1, 1), path="", message=message)]) from None
    model = None if document.is_broken else validate(StoriesModel, document, (), document.data)
    found: tuple[Story, ...] = ()
    if model is not None:
        policy = _policy(document, model, sources)
        found = tuple(_stories(document, model, policy, sources)) if policy else ()
    if errors := [problem for problem in document.problems if problem.level == "error"]:
        raise ConfigError(errors)
    return found


def _policy(document: Document, model: StoriesModel, sources: Sources) -> Policy | None:
    if isinstance(model.policy, str):
        return _other(document, ("policy",), model.policy, sources)
    if isinstance(model.policy, dict):
        return _inline(document, model.policy, sources)
    if sources.policy is None:
        message = '"policy" is missing: name a configuration here, or one for all by --config'
        document.report(document.place_of(()), (), message)
    return sources.policy


def _other(document: Document, loc: Loc, name: str, sources: Sources) -> Policy | None:
    """The policy of another file; what is wrong there is told where it stands there."""
    path = document.place_of(loc).file.parent / name
    if not path.exists():
        document.report(document.place_of(loc), loc, f"there is no file or directory {path}")
        return None
    try:
        return load(path, environ=sources.environ, needed="none").policy
    except ConfigError as error:
        document.problems += error.problems
        return None


def _inline(document: Document, data: Mapping[str, Any], sources: Sources) -> Policy | None:
    inner = Document(data={"inputs": _INPUTS, **data}, lines=document.lines)
    for ours, theirs in ((inner.places, document.places), (inner.keys, document.keys)):
        ours.update({loc[1:]: place for loc, place in theirs.items() if loc[:1] == ("policy",)})
    config = build(inner, sources.environ, (), needed="none")
    document.problems += inner.problems
    return config.policy if config is not None else None


def _stories(
    document: Document, model: StoriesModel, policy: Policy, sources: Sources
) -> Iterator[Story]:
    for i, story in enumerate(model.stories):
        loc: Loc = ("stories", i)
        starts_at = story.starts_at or BEGINNING
        yield Story(
            name=story.name,
            place=document.place_of(loc),
            policy=policy,
            starts_at=starts_at,
            steps=tuple(_steps(document, loc, story, policy, sources)),
            ignored=frozenset(NotifyReason(word) for word in story.ignore),
        )


def _steps(
    document: Document, loc: Loc, story: StoryModel, policy: Policy, sources: Sources
) -> Iterator[Step]:
    starts_at, before = story.starts_at or BEGINNING, story.steps[0].at
    for i, step in enumerate(story.steps):
        here: Loc = (*loc, "steps", i)
        if step.at < before:
            place = document.place_of((*here, "at"))
            document.report(place, (*here, "at"), "is earlier than the step before")
        before = step.at
        reloaded = (
            _other(document, (*here, "reload"), step.reload, sources) if step.reload else None
        )
        policy = reloaded or policy
        check_names(document, here, step, policy)
        yield Step(
            at=starts_at + step.at,
            place=document.place_of(here),
            does=step,
            expects=tuple(_expected(document, here, story, i)),
            reloaded=reloaded,
        )


def _expected(document: Document, loc: Loc, story: StoryModel, number: int) -> Iterator[Expected]:
    step = story.steps[number]
    begins_at = (story.starts_at or BEGINNING) + step.at
    for i, expectation in enumerate(step.expect or ()):
        within = expectation.within
        if within is None:
            within = _until_next(story, step) - step.at
        yield Expected(
            expectation=expectation,
            place=document.place_of((*loc, "expect", i)),
            begins_at=begins_at,
            ends_at=begins_at + within,
        )


def _until_next(story: StoryModel, step: StepModel) -> Any:
    return min((one.at for one in story.steps if one.at > step.at), default=step.at)
