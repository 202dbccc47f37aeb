"""Templates: texts of one's own, in a part of Jinja2 that can neither hang nor fill the memory.

What is left of the language is what a text needs: `{{ }}` with filters, `if`, and `for` over what
is given. A template has an end because everything that multiplies is left out or counted: no calls,
no `set`, no macros, no includes, no filter that grows a text, loops at most three deep with at most
5,000 turns in all, 4,000 characters of template and 10,000 of text.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST = 4_000
LONGEST_TEXT = 10_000
TURNS = 5_000
DEEPEST = 3

_FILTERS = (
    *("abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "int", "items"),
    *("join", "last", "length", "lower", "max", "min", "reverse", "round", "sort", "string"),
    *("sum", "title", "trim", "truncate", "unique", "upper", "wordcount"),
)
_TESTS = (
    *("defined", "undefined", "none", "eq", "==", "ne", "!=", "lt", "<", "le", "<=", "gt", ">"),
    *("ge", ">=", "in", "string", "number", "odd", "even", "true", "false", "divisibleby"),
)
_LEFT_OUT: Mapping[type[nodes.Node], str] = {
    nodes.Call: "calls",
    nodes.Assign: "`set`",
    nodes.AssignBlock: "`set`",
    nodes.With: "`with`",
    nodes.Macro: "macros",
    nodes.CallBlock: "`call`",
    nodes.FilterBlock: "`filter` blocks",
    nodes.Include: "`include`",
    nodes.Import: "`import`",
    nodes.FromImport: "`import`",
    nodes.Extends: "`extends`",
    nodes.Block: "blocks",
    nodes.Pow: "`**`",
    nodes.Mul: "`*`",
    nodes.Mod: "`%`",
}
_BUDGET = "_turns"
_STEP = "_counted"


class TemplateError(ValueError):
    """A template that is wrong, or that came to nothing with what it was given."""


class Template:
    """A compiled template; `names` are those it uses.

    Raises `TemplateError` that begins with the line.

    >>> Template("{{ labels.service|upper }} is down").render({"labels": {"service": "cart"}})
    'CART is down'
    """

    def __init__(self, source: str, *, names: Iterable[str] = ()) -> None:
        if len(source) > LONGEST:
            raise TemplateError(f"line 1: longer than {LONGEST} characters")
        try:
            tree = _environment.parse(source)
            _check(tree)
            self.names = frozenset(meta.find_undeclared_variables(tree))
            _check_names(tree, self.names, names)
            self._code = jinja2.Template.from_code(
                _environment, _environment.compile(_counting(tree)), _environment.make_globals(None)
            )
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(f"line {error.lineno}: {error.message}") from None

    def render(self, given: Mapping[str, Any]) -> str:
        """The text with these values. Raises `TemplateError` where one is missing or it grows."""
        parts: list[str] = []
        size = 0
        try:
            for part in self._code.generate({**given, _BUDGET: iter(range(TURNS))}):
                size += len(part)
                if size > LONGEST_TEXT:
                    raise TemplateError(f"its text is longer than {LONGEST_TEXT} characters")
                parts.append(part)
        except TemplateError:
            raise
        except jinja2.TemplateError as error:
            said = str(error).replace("'dict object' has no attribute", "there is no")
            raise TemplateError(said) from None
        except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as error:
            raise TemplateError(f"it came to nothing: {error}") from None
        return "".join(parts)


class _Environment(ImmutableSandboxedEnvironment):
    """One in which `labels.items` is the label of that name."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):
            return self.getitem(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping):
            known = argument in obj
            return obj[argument] if known else self.undefined(obj=obj, name=argument)
        return super().getitem(obj, argument)


def _environment_of_texts() -> _Environment:
    made = _Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=0,
        autoescape=False,  # each channel escapes what it puts into its own markup
    )
    made.globals = {}
    made.filters = {name: made.filters[name] for name in _FILTERS}
    made.filters["round"] = lambda given, digits=0: round(float(given), max(0, min(9, digits)))
    made.filters["items"] = lambda given: sorted(given.items())
    made.filters[_STEP] = _counted
    made.tests = {name: made.tests[name] for name in _TESTS}
    return made


@jinja2.pass_context
def _counted(context: Context, given: Iterable[Any]) -> Iterator[Any]:
    """What a loop runs over, as long as the budget of turns lasts."""
    if isinstance(given, str):
        raise TemplateError("a text is nothing to loop over")
    budget = context[_BUDGET]
    for one in islice(given, TURNS + 1):
        if next(budget, None) is None:
            raise TemplateError(f"its loops take more than {TURNS} turns")
        yield one


def _check(tree: nodes.Template) -> None:
    """Refuse what is left out, at its line."""
    for kind, word in _LEFT_OUT.items():
        for found in tree.find_all(kind):
            raise TemplateError(f"line {found.lineno}: {word} cannot be used here")
    for loop in tree.find_all(nodes.For):
        if loop.recursive:
            raise TemplateError(f"line {loop.lineno}: `recursive` cannot be used here")
    _check_depth(tree, 0)


def _check_depth(node: nodes.Node, depth: int) -> None:
    for child in node.iter_child_nodes():
        inner = depth + isinstance(child, nodes.For)
        if inner > DEEPEST:
            raise TemplateError(f"line {child.lineno}: loops are at most {DEEPEST} deep")
        _check_depth(child, inner)


def _check_names(tree: nodes.Template, used: frozenset[str], names: Iterable[str]) -> None:
    known = frozenset(names)
    unknown = used - known if known else ()
    for found in tree.find_all(nodes.Name):
        if found.name in unknown:
            there = ", ".join(sorted(known))
            raise TemplateError(
                f'line {found.lineno}: there is no "{found.name}"; there are {there}'
            )


def _counting(tree: nodes.Template) -> nodes.Template:
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, _STEP, [], [], None, None, lineno=loop.lineno)
    return tree


_environment = _environment_of_texts()
