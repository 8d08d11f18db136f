"""Latencies as one scalar: `350us`, `lognormal(240us, 0.3)`, `load(quantiles(50% 200us, 99% 2ms), 5us)`."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tradepit.scenarios.latency_tree import (
    AnyLatency,
    CommonLatency,
    LatencyKind,
    LatencySpec,
    LoadLatency,
    QuantileLatency,
)
from tradepit.scenarios.problems import nearest
from tradepit.scenarios.units import (
    NUMBER_PATTERN,
    UnitError,
    read_duration,
    read_fraction,
    read_number,
    write_duration,
    write_fraction,
    write_number,
)

_CALL = re.compile(r"\s*([a-zA-Z_]+)\s*\((.*)\)\s*", re.DOTALL)
_GROUP = re.compile(r"[A-Za-z0-9_][\w.-]*")
_POINT = re.compile(r"(.*?%|.*?bps)\s*[:=]?\s*(.*)", re.DOTALL)
_DEEPEST = 3  # load(common(lognormal(...)))


def _sigma(text: str) -> float:
    sigma = float(read_number(text))
    if not 0 <= sigma <= 10:
        raise UnitError("sigma lies between 0 and 10")
    return sigma


def _group(text: str) -> str:
    if _GROUP.fullmatch(text) is None:
        raise UnitError("a name has letters, digits, dots, dashes and underscores")
    return text


def _positive(text: str) -> int:
    duration = read_duration(text)
    if duration == 0:
        raise UnitError("a duration must be above 0 here")
    return duration


def _base(text: str) -> AnyLatency:
    return read_latency(text)


# By name: what each parameter is called and how it is read; how many may be left out; an example.
_Parameters = tuple[tuple[str, Callable[[str], Any]], ...]
_CALLS: dict[str, tuple[_Parameters, int, str]] = {
    "uniform": ((("lowest", read_duration), ("highest", read_duration)), 0, "uniform(200us, 400us)"),
    "normal": ((("mean", read_duration), ("sd", read_duration)), 0, "normal(300us, 50us)"),
    "lognormal": ((("median", read_duration), ("sigma", _sigma)), 0, "lognormal(240us, 0.3)"),
    "load": ((("base", _base), ("each", read_duration), ("over", _positive)), 1, "load(200us, 5us, 1s)"),
    "common": (
        (("base", _base), ("group", _group), ("sigma", _sigma), ("every", _positive)),
        1,
        "common(200us, wan, 0.5, 1s)",
    ),
}
_QUANTILES = "quantiles"
_QUANTILES_EXAMPLE = "quantiles(50% 200us, 90% 400us, 99% 2ms)"
_EXAMPLES = {**{name: example for name, (_, _, example) in _CALLS.items()}, _QUANTILES: _QUANTILES_EXAMPLE}
_NAMES = ("uniform", "normal", "lognormal", _QUANTILES, "load", "common")

_DURATION = rf"{NUMBER_PATTERN}\s*(ns|us|ms|s|min|h|d)"
LATENCY_PATTERN = rf"^{_DURATION}$|^({'|'.join(_NAMES)})\(.*\d.*,.*\d.*\)$"


def read_latency(text: str) -> AnyLatency:
    """Return a latency.

    A duration; `uniform(lowest, highest)`; `normal(mean, sd)`; `lognormal(median, sigma)`; `quantiles(50% 200us, ...)`;
    `load(base, each, over)` and `common(base, group, sigma, every)`, whose base is a latency too. A parameter may be
    named, `lognormal(median 240us, sigma 0.3)`.
    """
    call = _CALL.fullmatch(text)
    if call is None:
        return LatencySpec(kind=LatencyKind.CONSTANT, params=(read_duration(text),))
    name = call[1]
    if name not in _NAMES:
        near = nearest(name, _NAMES)
        suggestion = f"write {_EXAMPLES[near]}" if near else ""
        raise UnitError(f"a latency is a duration or one of {', '.join(_NAMES)}", suggestion)
    if text.count("(") > _DEEPEST:
        raise UnitError(f"a latency nests at most {_DEEPEST} deep", f"write {_EXAMPLES[name]}")
    parts = _parts(call[2])
    try:
        if name == _QUANTILES:
            return QuantileLatency(points=[_point(part) for part in parts])
        values = _values(name, parts)
        if name == "load":
            return LoadLatency(**dict(zip(("base", "per_message", "over"), values, strict=False)))
        if name == "common":
            return CommonLatency(**dict(zip(("base", "group", "sigma", "every"), values, strict=False)))
    except UnitError:
        raise
    except ValueError as error:  # what the tree cannot hold
        raise UnitError(str(error), f"write {_EXAMPLES[name]}") from None
    if name == "uniform" and values[0] > values[1]:
        raise UnitError("uniform goes from the lowest to the highest", f"write uniform({parts[1]}, {parts[0]})")
    return LatencySpec(kind=LatencyKind(name), params=tuple(values))


def _parts(text: str) -> list[str]:
    """Return what stands between the commas that no parentheses enclose."""
    parts = [""]
    depth = 0
    for mark in text:
        depth += (mark == "(") - (mark == ")")
        if mark == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += mark
    return [part.strip() for part in parts]


def _values(name: str, parts: list[str]) -> list[Any]:
    parameters, optional, example = _CALLS[name]
    if not len(parameters) - optional <= len(parts) <= len(parameters):
        names = [parameter for parameter, _ in parameters]
        wanted = f"{', '.join(names[:-1])} and {'perhaps ' if optional else ''}{names[-1]}"
        raise UnitError(f"{name} takes {wanted}", f"write {example}")
    return [_parameter(part, *parameter) for part, parameter in zip(parts, parameters, strict=False)]


def _parameter(part: str, name: str, read: Callable[[str], Any]) -> Any:
    named = re.fullmatch(rf"{name}(?:\s*=\s*|\s+)(.*)", part, re.DOTALL)
    try:
        return read(named[1] if named else part)
    except UnitError as error:
        rule = error.rule if name == "base" or error.rule.startswith(name) else f"{name}: {error.rule}"
        raise UnitError(rule, error.suggestion) from None


def _point(part: str) -> tuple[float, int]:
    match = _POINT.fullmatch(part)
    if match is None:
        raise UnitError("a quantile is a percentage and a duration", f"write {_QUANTILES_EXAMPLE}")
    return float(read_fraction(match[1])), read_duration(match[2])


def write_latency(latency: AnyLatency) -> str | None:
    """Return a latency with its units; None for a user's own code, which no scalar says."""
    match latency:
        case LatencySpec(kind=LatencyKind.CONSTANT):
            return write_duration(int(latency.params[0]))
        case LatencySpec():
            first, second = latency.params
            is_sigma = latency.kind is LatencyKind.LOGNORMAL
            last = _write_float(second) if is_sigma else write_duration(int(second))
            return f"{latency.kind}({write_duration(int(first))}, {last})"
        case QuantileLatency():
            points = [f"{write_fraction(part)} {write_duration(latency_ns)}" for part, latency_ns in latency.points]
            return f"{_QUANTILES}({', '.join(points)})"
        case LoadLatency():
            each, over = write_duration(latency.per_message), write_duration(latency.over)
            return f"load({write_latency(latency.base)}, {each}, {over})"
        case CommonLatency():
            sigma, every = _write_float(latency.sigma), write_duration(latency.every)
            return f"common({write_latency(latency.base)}, {latency.group}, {sigma}, {every})"
    return None


def _write_float(number: float) -> str:
    return write_number(Decimal(repr(number)))
