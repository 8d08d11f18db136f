"""Addresses of programs on the network, as a scenario has them: `127.0.0.1:9001`, `feed.example:9001`, `[::1]:9001`."""

import re

from tradepit.scenarios.units import UnitError

ADDRESS_PATTERN = r"^(\[[0-9A-Fa-f:.%\w]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?):[0-9]{1,5}$"
_HIGHEST_PORT = 65_535


def read_address(text: str) -> str:
    """Return an address, after a check that it is one.

    Raises:
        UnitError: it is none.
    """
    if re.fullmatch(ADDRESS_PATTERN, text) is None:
        raise UnitError("an address is host:port", "write 127.0.0.1:9001")
    _, port = split_address(text)
    if not 1 <= port <= _HIGHEST_PORT:
        raise UnitError(f"a port lies between 1 and {_HIGHEST_PORT}", "write 127.0.0.1:9001")
    return text


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of an address."""
    host, _, port = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)
