"""Templates: texts of one's own, in a part of Jinja2 that can neither hang nor fill the memory.

What is left of the language is what a text needs: `{{ }}` with filters, `if`, and `for` over what
is given. A template has an end because everything that multiplies is left out or counted: no calls,
no `set`, no macros, no includes, no loop over a list that is made of names, loops at most three
deep with at most 5,000 turns in all, 10,000 filters, 4,000 characters of template, and 10,000 of
text, also of one that is only on its way.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import update_wrapper
from itertools import islice
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.filters import make_attrgetter
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

LONGEST = 4_000
LONGEST_TEXT = 10_000
TURNS = 5_000
STEPS = 10_000
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
_OF_TEXTS = ("capitalize", "lower", "string", "title", "trim", "truncate", "upper", "wordcount")
_LITERALS = (nodes.List, nodes.Tuple, nodes.Dict)
_BUDGET, _STEPS = "_turns", "_steps"
_STEP, _WEIGH, _JOINED = "_counted", "_weighed", "_joined"
_TOO_LONG = f"its text is longer than {LONGEST_TEXT} characters"


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
        except (RecursionError, MemoryError, SyntaxError):  # the last two: Python, of its code
            raise TemplateError("line 1: it is nested too deeply") from None

    def render(self, given: Mapping[str, Any]) -> str:
        """The text with these values. Raises `TemplateError` where one is missing or it grows."""
        parts: list[str] = []
        size = 0
        try:
            budgets = {_BUDGET: iter(range(TURNS)), _STEPS: iter(range(STEPS))}
            for part in self._code.generate({**given, **budgets}):
                size += len(part)
                if size > LONGEST_TEXT:
                    raise TemplateError(_TOO_LONG)
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
        optimized=False,  # folding takes the cube of the length of an expression
        autoescape=False,  # each channel escapes what it puts into its own markup
        finalize=_short,
    )
    made.globals = {}
    made.filters = {name: made.filters[name] for name in _FILTERS}
    made.filters["round"] = lambda given, digits=0: round(float(given), max(0, min(9, digits)))
    made.filters["items"] = lambda given: sorted(given.items())
    made.filters |= {name: _of_text(made.filters[name]) for name in _OF_TEXTS}
    made.filters["join"] = _join
    made.filters |= {_STEP: _counted, _WEIGH: _weighed, _JOINED: lambda *parts: _join(parts)}
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


@jinja2.pass_context
def _weighed(context: Context, made: Any) -> Any:
    """What a filter made, as long as the budget of them lasts."""
    if next(context[_STEPS], None) is None:
        raise TemplateError(f"it takes more than {STEPS} filters")
    if isinstance(made, str) and len(made) > LONGEST_TEXT:
        raise TemplateError(_TOO_LONG)
    return made


def _short(given: Any) -> Any:
    """The same, unless its text would be too long: known without writing it."""
    left, rest = LONGEST_TEXT, [given]
    while rest:
        one = rest.pop()
        is_many = isinstance(one, list | tuple | Mapping)
        left -= len(one) if is_many or isinstance(one, str) else 0
        if left < 0:
            raise TemplateError(_TOO_LONG)
        if is_many:
            rest += [*one, *one.values()] if isinstance(one, Mapping) else one
    return given


def _of_text(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, of what makes a short text only. Keeps whether it wants the environment."""

    def apply(*given: Any, **named: Any) -> Any:
        for one in given:
            _short(one)
        return filter_(*given, **named)

    return update_wrapper(apply, filter_)


def _join(given: Iterable[Any], d: Any = "", attribute: str | int | None = None) -> str:
    """Jinja's, of lists only, and up to the longest text."""
    if isinstance(given, str):
        raise TemplateError("a text is nothing to join")
    wanted = str(_short(d))
    parts: list[str] = []
    left = LONGEST_TEXT + len(wanted)
    for one in given if attribute is None else map(_attribute(attribute), given):
        parts.append(str(_short(one)))
        left -= len(parts[-1]) + len(wanted)
        if left < 0:
            raise TemplateError(_TOO_LONG)
    return wanted.join(parts)


def _attribute(name: str | int) -> Callable[[Any], Any]:
    return make_attrgetter(_environment, name)


def _check(tree: nodes.Template) -> None:
    """Refuse what is left out, at its line."""
    for kind, word in _LEFT_OUT.items():
        for found in tree.find_all(kind):
            raise TemplateError(f"line {found.lineno}: {word} cannot be used here")
    for loop in tree.find_all(nodes.For):
        if loop.recursive:
            raise TemplateError(f"line {loop.lineno}: `recursive` cannot be used here")
        if any(map(_holds_name, [loop.iter, *loop.iter.find_all(_LITERALS)])):
            raise TemplateError(f"line {loop.lineno}: a list of names is nothing to loop over")
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


def _holds_name(node: nodes.Node) -> bool:
    """Whether it is a list, or the like, that would hold many times what it is given."""
    return isinstance(node, _LITERALS) and node.find(nodes.Name) is not None


def _counting(tree: nodes.Template) -> nodes.Template:
    _Weighing().visit(tree)
    for loop in tree.find_all(nodes.For):
        loop.iter = _filter(loop.iter, _STEP)
    return tree


class _Weighing(NodeTransformer):
    """Puts a scale behind all that can make a text longer."""

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        return _filter(self.generic_visit(node), _WEIGH)

    visit_Add = visit_Filter  # noqa: N815

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filter(_filter(node.nodes[0], _JOINED, *node.nodes[1:]), _WEIGH)


def _filter(node: nodes.Node, name: str, *given: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(given), [], None, None, lineno=node.lineno)


_environment = _environment_of_texts()
