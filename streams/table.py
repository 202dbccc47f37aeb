"""Tables as commands print them: columns as wide as what is in them."""

from collections.abc import Iterator, Sequence

Row = Sequence[str]


def table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    """The lines of a table.

    >>> print(*table(("ID", "BY"), [("a1", "ana"), ("b", "bo")]), sep="\\n")
    ID  BY
    a1  ana
    b   bo
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
