"""A strategy that sends the orders that a scenario file writes down, each at its time."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import attrs

from tradepit.actors.strategy import SettingProblem, Strategy, WrongSettingsError
from tradepit.actors.surroundings import Surroundings
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.order_entry import KEYWORDS, OrderEntryError, enter, exact
from tradepit.scenarios.library.order_grid import off_grid
from tradepit.scenarios.problems import did_you_mean
from tradepit.scenarios.times import (
    at_time_of_day,
    date_of,
    is_time_of_day,
    read_instant,
    read_time_of_day,
    write_instant,
    zone_of,
)
from tradepit.scenarios.units import UnitError

_WHEN = ("at", "bar")
_ORDER_KEYS = ("id", "symbol", "quantity", "limit", "stop", "time_in_force", *KEYWORDS)
_CHANGE_KEYS = ("quantity", "limit", "stop")
_NUMBERS = ("quantity", "limit", "stop", "touch", "display", "stop_loss", "take_profit")
_EXITS = {"stop_loss": "-SL", "take_profit": "-TP"}


@attrs.define
class _Step:
    """One line of the script.

    Attributes:
        index: of the line, from 0.
        does: `buy`, `sell`, `replace` or `cancel`.
        order: name of the order in the script.
        symbol: of the order.
        at: when, as it is written, or None.
        bar: on which bar, quote or print of the symbol, where there is no time.
        more: what else is written.
        needs: name of the order that must have been sent before, or None.
    """

    index: int
    does: str
    order: str
    symbol: str
    at: str | None
    bar: int
    more: dict[str, Any]
    needs: str | None


class OrderScript(Strategy):
    """Send orders, changes and cancels as they are written, every kind, time in force, flag and group.

    A line is done when the market data of its time, or the first after it, are heard; so on bars it meets the next bar.
    What has neither `at` nor `bar` is done on the first bar, quote or print of its symbol. A line that names another
    order waits until that one has been sent. What was never done when the run is over is told by a notice.

    Attributes:
        orders: what to do, in order: `{do: buy or sell, symbol, quantity, ...}` with what `buy` takes, `{replace: id,
            quantity, limit, stop}` or `{cancel: id}`; `id` names an order in the script, and an order's stop loss and
            take profit have its name with `-SL` and `-TP` behind it. `at` is a time, or a time of day on the first
            day; `bar: 3` is the third bar, quote or print of the order's symbol.
        zone: of times that name none.
        checked: whether prices and quantities are held to their instruments before the run; false lets a script send
            what will be refused.
    """

    orders: list[dict[str, Any]]
    zone: str = "UTC"
    checked: bool = True

    def __attrs_post_init__(self) -> None:
        self._problems: list[SettingProblem] = []
        try:
            self._zone: tzinfo = zone_of(self.zone)
        except UnitError as error:
            raise WrongSettingsError([SettingProblem("zone", error.rule, self.zone, error.suggestion)]) from None
        self._symbols_of: dict[str, str] = {}
        self._steps = [step for index, line in enumerate(self.orders) if (step := self._read(index, line)) is not None]
        if self._problems:
            raise WrongSettingsError(self._problems)
        self._ids: dict[str, str] = {}
        self._heard: dict[str, int] = {}

    def check_settings(self, around: Surroundings) -> None:
        """Refuse what there is not, what the instrument does not take, and a time at which nothing can be done.

        That is a symbol that is not seen and a venue that there is not; prices and quantities off the instrument's
        grid, unless `checked` is false; a time before the run, or behind the last market data, as far as it is known.
        """
        for step in self._steps:
            index, line = step.index, self.orders[step.index]
            venue = line.get("venue")
            if step.symbol not in around.symbols:
                rule = "must be a symbol that the strategy sees"
                if "do" in line:
                    self._wrong(index, "symbol", rule, step.symbol, did_you_mean(step.symbol, around.symbols))
            elif self.checked:
                for one in off_grid(line, around.instruments[step.symbol], around.order_rules):
                    self._wrong(index, *one)
            if venue is not None and venue not in around.venues:
                self._wrong(index, "venue", "must be one of the venues", venue, did_you_mean(venue, around.venues))
            if step.at is not None:
                self._check_within(step, step.at, around)
        if self._problems:
            raise WrongSettingsError(self._problems)

    def _check_within(self, step: _Step, written: str, around: Surroundings) -> None:
        """Refuse a time that lies outside the run, as far as the scenario says when that is."""
        if around.start is not None:
            self._day = date_of(around.start, self._zone)
        elif is_time_of_day(written):
            return  # the data say which the first day is
        try:
            at = self._instant(written)
        except UnitError as error:  # daylight saving skips it
            self._wrong(step.index, "at", error.rule, written, error.suggestion)
            return
        if around.start is not None and at < around.start:
            hint = f"write {self._written(around.start)} or later"
            self._wrong(step.index, "at", "must not lie before the run's start", written, hint)
        elif around.end is not None and at > around.end:
            hint = f"write {self._written(around.end)} or earlier"
            self._wrong(step.index, "at", "must not lie behind the last market data", written, hint)

    # --- what it hears --------------------------------------------------------------------------------------------

    def on_start(self) -> None:
        """Work out when each line is due."""
        self._day = date_of(self.now, self._zone)
        self._due = [(step, None if step.at is None else self._instant(step.at)) for step in self._steps]

    def on_bar(self, bar: Bar) -> None:
        """Send what is due."""
        self._hear(bar.symbol)

    def on_quote(self, quote: Quote) -> None:
        """Send what is due."""
        self._hear(quote.symbol)

    def on_trade(self, trade: Trade) -> None:
        """Send what is due."""
        self._hear(trade.symbol)

    def on_stop(self) -> None:
        """Tell what was never done."""
        for step, at in self._due:
            self.notice(f"was never done: {self._missing(step, at)}", f"orders[{step.index}]")

    def _missing(self, step: _Step, at: int | None) -> str:
        """Return what a line has waited for in vain."""
        if step.needs is not None and step.needs not in self._ids:
            return f"order {step.needs} was not sent"
        if at is not None:
            return f"no market data came at {self._written(at)} or later"
        came = self._heard.get(step.symbol, 0)
        return f"it waits for number {step.bar:,} of the market data of {step.symbol}, and {came:,} came"

    def _hear(self, symbol: str) -> None:
        self._heard[symbol] = count = self._heard.get(symbol, 0) + 1
        now = self.now
        waiting = []
        for step, at in self._due:
            due = at <= now if at is not None else step.symbol == symbol and step.bar <= count
            if due and (step.needs is None or step.needs in self._ids):
                self._do(step)
            else:
                waiting.append((step, at))
        self._due = waiting

    def _do(self, step: _Step) -> None:
        more = dict(step.more)
        if step.does == "cancel":
            self.cancel(self._ids[step.order])
        elif step.does == "replace":
            self.replace(self._ids[step.order], **more)
        else:
            if "expires_at" in more:
                more["expires_at"] = self._instant(str(more["expires_at"]))
            if "after" in more:
                more["after"] = self._ids[more["after"]]
            ask = self.buy if step.does == "buy" else self.sell
            order_id = ask(step.symbol, **more)
            self._ids[step.order] = order_id
            for word, suffix in _EXITS.items():
                if word in more:
                    self._ids[f"{step.order}{suffix}"] = f"{order_id}{suffix}"

    def _instant(self, written: str) -> int:
        if is_time_of_day(written):
            return at_time_of_day(self._day, read_time_of_day(written), self._zone)
        return read_instant(written, self._zone)

    def _written(self, instant_ns: int) -> str:
        return f"{write_instant(instant_ns, self._zone)} {self.zone}"

    # --- what is written ------------------------------------------------------------------------------------------

    def _read(self, index: int, line: Mapping[str, Any]) -> _Step | None:
        """Return a line's meaning, or None after noting what is wrong with it."""
        known = len(self._problems)
        actions = [word for word in ("do", "replace", "cancel") if word in line]
        if len(actions) != 1:
            was = " and ".join(actions) or "none"
            self._wrong(index, "", "a line has one of do, replace and cancel", was, "write {do: buy, symbol: SPY}")
            return None
        action = actions[0]
        words = _ORDER_KEYS if action == "do" else _CHANGE_KEYS if action == "replace" else ()
        for word in line:
            if word not in (action, *_WHEN, *words):
                self._wrong(index, word, "must be a known key", word, did_you_mean(word, [*_WHEN, *words]))
        self._check_numbers(index, line)
        at, bar = self._when(index, line)
        more = {word: line[word] for word in words if word in line and word not in ("id", "symbol")}
        step = self._order(index, line, more) if action == "do" else self._change(index, action, line, more)
        if len(self._problems) > known:
            return None
        does, order, symbol = step
        needs = order if action != "do" else more.get("after")
        return _Step(index, does, order, symbol, at, bar, more, needs)

    def _order(self, index: int, line: Mapping[str, Any], more: dict[str, Any]) -> tuple[str, str, str]:
        does, symbol = line["do"], line.get("symbol")
        if does not in ("buy", "sell"):
            self._wrong(index, "do", "must be buy or sell", does, did_you_mean(str(does), ("buy", "sell")))
        if not isinstance(symbol, str):
            self._wrong(index, "symbol", "is required", symbol, "write symbol: SPY")
        order = str(line.get("id", f"#{index + 1}"))
        if order in self._symbols_of:
            self._wrong(index, "id", "each order has a name of its own", order, f"write id: {order}-2")
        if "after" in more and str(more["after"]) not in self._symbols_of:
            names = did_you_mean(str(more["after"]), list(self._symbols_of))
            self._wrong(index, "after", "must be the id of an order above", more["after"], names)
        expires = more.get("expires_at")
        try:
            if expires is not None:
                self._check_time(index, "expires_at", expires)
            # The instant is worked out when the first day is known; any stands for it here.
            enter(
                more.get("limit"),
                more.get("stop"),
                more.get("time_in_force"),
                {word: 0 if word == "expires_at" else more[word] for word in KEYWORDS if word in more},
            )
        except OrderEntryError as error:
            self._wrong(index, error.keyword, error.rule, None, error.suggestion)
        self._symbols_of[order] = str(symbol)
        for word, suffix in _EXITS.items():
            if word in more:
                self._symbols_of[f"{order}{suffix}"] = str(symbol)
        return str(does), order, str(symbol)

    def _change(
        self, index: int, action: str, line: Mapping[str, Any], more: Mapping[str, Any]
    ) -> tuple[str, str, str]:
        order = str(line[action])
        if order not in self._symbols_of:
            names = did_you_mean(order, list(self._symbols_of))
            self._wrong(index, action, "must be the id of an order above", order, names)
        if action == "replace" and not more:
            self._wrong(
                index, action, "a change has a quantity, a limit or a stop", order, "write {replace: id, limit: 99}"
            )
        return action, order, self._symbols_of.get(order, "")

    def _check_numbers(self, index: int, line: Mapping[str, Any]) -> None:
        for word in _NUMBERS:
            given = line.get(word)
            if word in line and (isinstance(given, bool) or not exact(given).is_finite()):
                self._wrong(index, word, "must be a number", given, f"write {word}: 100")
            elif word in ("quantity", "display") and word in line and exact(given) <= 0:
                self._wrong(index, word, "must be above 0", given, f"write {word}: 100")

    def _when(self, index: int, line: Mapping[str, Any]) -> tuple[str | None, int]:
        at, bar = line.get("at"), line.get("bar", 1)
        if at is not None:
            if "bar" in line:
                self._wrong(index, "bar", "a line has one of at and bar", bar, "leave one away")
            self._check_time(index, "at", at)
        if "bar" in line and (type(bar) is not int or bar < 1):
            self._wrong(index, "bar", "must be a whole number at least 1", bar, "write bar: 3")
        return None if at is None else str(at), bar

    def _check_time(self, index: int, word: str, written: object) -> None:
        try:
            text = str(written)
            if is_time_of_day(text):
                read_time_of_day(text)
            else:
                read_instant(text, self._zone)
        except UnitError as error:
            self._wrong(index, word, error.rule, written, error.suggestion)

    def _wrong(self, index: int, word: str, rule: str, value: object, suggestion: str) -> None:
        path = f"orders[{index}].{word}" if word else f"orders[{index}]"
        self._problems.append(SettingProblem(path, rule, None if value is None else str(value), suggestion))
