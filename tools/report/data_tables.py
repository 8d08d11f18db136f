"""Tables that a reader sorts and searches, of rows that may be too many to embed."""

from collections.abc import Iterable, Sequence

import attrs

from tradepit.tools.report.markup import Markup, joined, tag

MOST_ROWS = 2_000


@attrs.frozen
class Column:
    """A column.

    Attributes:
        title: its heading.
        numeric: whether its cells are figures, sorted by size.
    """

    title: str
    numeric: bool = False


def data_table(
    name: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], total: int, *, search: bool = True
) -> Markup:
    """Return a table that can be sorted, and searched where it is long.

    Args:
        name: id of its element; the script finds the rows' details by it.
        columns: headings.
        rows: cells of those rows that are embedded.
        total: how many rows there are in all.
        search: whether there is a field to search it.
    """
    head = tag("tr", *(tag("th", column.title, **_numeric(column)) for column in columns))
    attributes = [_numeric(column) for column in columns]
    body = [tag("tr", *(tag("td", cell, **given) for cell, given in zip(row, attributes, strict=True))) for row in rows]
    note = f"The first {len(body):,} of {total:,} are here." if total > len(body) else ""
    field = tag("input", type="search", placeholder="Search", aria_label="Search the rows")
    tools = tag(
        "div", field if search else "", tag("span", class_="found"), tag("span", note, class_="note"), class_="tools"
    )
    return joined(
        tools,
        tag("div", tag("table", tag("thead", head), tag("tbody", *body), id=name, class_="data"), class_="scroll"),
    )


def _numeric(column: Column) -> dict[str, str]:
    return {"class_": "n"} if column.numeric else {}
