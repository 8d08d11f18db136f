"""HTML that cannot be injected into: whatever is not markup already is escaped."""

import html
import json
from typing import Any

# What would end the script element or a line of JavaScript stands as an escape, which JSON reads back as it was.
_SURROGATES = {code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)}  # no UTF-8 file can hold these
_IN_SCRIPTS = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"} | _SURROGATES
# A browser would drop or change these, and some reorder the text around them; a name that holds one shows it.
_CONTROLS, _REORDERING = (*range(9), 11, 12, *range(14, 32), 127), (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSEEN = _SURROGATES | {code: f"\\u{code:04x}" for code in (*_CONTROLS, *_REORDERING)}
_VOID = frozenset({"br", "meta", "input"})


class Markup(str):
    """Text that is HTML; made here only."""

    __slots__ = ()


def escape(text: object) -> Markup:
    """Return a text as HTML that shows it."""
    return Markup(html.escape(str(text).translate(_UNSEEN)))


def tag(element: str, /, *children: object, **attributes: str) -> Markup:
    """Return an element.

    Args:
        element: its name.
        children: markup as it is; anything else is escaped.
        attributes: values are escaped; a trailing underscore of a name is dropped, another one is a dash.
    """
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    if element in _VOID:
        return Markup(f"<{element}{given}>")
    return Markup(f"<{element}{given}>{joined(*children)}</{element}>")


def joined(*children: object) -> Markup:
    """Return markup after markup; what is none is escaped."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def json_script(name: str, value: Any) -> Markup:
    """Return plain data as an element that scripts read and browsers do not run.

    Raises:
        ValueError: a number is infinite or NaN, for which JSON has no word.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return tag("script", Markup(text.translate(_IN_SCRIPTS)), type="application/json", id=name)


def raw(text: str) -> Markup:
    """Return what the project itself wrote as HTML: its style sheet and scripts."""
    return Markup(text)
