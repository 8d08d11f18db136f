"""The part of the scenario tree that names a user's own code."""

from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class OwnCode:
    """A function or class of the user's own; written as a mapping with `use`.

    Attributes:
        use: `module:name` or `./file.py:name`, the file relative to the scenario's directory.
        with_: its settings by name; `with` in the file.
    """

    use: str
    with_: Mapping[str, object] = attrs.Factory(dict)
