"""What the report's own script does, in a browser without a window; skipped where there is none.

The browser is Chromium, spoken to by the protocol of its developer tools (Chrome DevTools Protocol): one JSON object a
message, each with a zero byte behind it, over file descriptors 3 and 4 (`--remote-debugging-pipe`).
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import pytest

from tradepit.models.messages import CircuitTripped, OrderClosed
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill
from tradepit.scenarios.result import Result
from tradepit.tools.report import write_report

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MINUTE = 60_000_000_000
START = 1_273_156_200_000_000_000  # 2010-05-06 10:30 in New York
BECOME = "import os, sys; [os.dup2(int(sys.argv[n]), n + 2) for n in (1, 2)]; os.execv(sys.argv[3], sys.argv[3:])"
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&"


class Browser:
    """One page of a browser.

    Attributes:
        troubles: exceptions that the page's scripts raised, what its policy refused, and dialogs that it opened.
    """

    def __init__(self, program: str, profile: Path) -> None:
        self.troubles: list[str] = []
        self._number = 0
        self._session = ""
        to_it, ours_out = os.pipe()
        ours_in, from_it = os.pipe()
        # Out of the way of 3 and 4, which they become in the browser's process alone.
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 64) for end in (to_it, from_it)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", BECOME, *map(str, theirs), program, "--headless", "--no-sandbox", "--disable-gpu",
             "--remote-debugging-pipe", "--window-size=1200,900", f"--user-data-dir={profile}", "about:blank"],
            pass_fds=theirs, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for end in (to_it, from_it, *theirs):
            os.close(end)
        self._out, self._in = os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb")
        self._heard = b""

    def __enter__(self) -> Self:
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._out.close()
        self._in.close()

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its answer; what the page tells meanwhile is noted."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()
        while (answer := self._next()).get("id") != self._number:
            self._note(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, file: Path) -> None:
        """Show a file, and wait until it and its scripts are loaded."""
        self.ask("Page.navigate", url=file.resolve().as_uri())
        while (event := self._next()).get("method") != "Page.loadEventFired":
            self._note(event)

    def value(self, expression: str) -> Any:
        """Return what an expression of JavaScript gives in the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def mouse(self, kind: str, at: tuple[float, float], *, clicks: int = 0) -> None:
        """Move the mouse, or press or release its left button: `mouseMoved`, `mousePressed`, `mouseReleased`."""
        button = "none" if kind == "mouseMoved" and not clicks else "left"
        self.ask(
            "Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button=button, buttons=int(button == "left"),
            clickCount=clicks,
        )  # fmt: skip

    def click(self, selector: str, *, times: int = 1) -> None:
        """Click on the middle of an element, after scrolling it into view."""
        middle = self.middle(selector)
        for number in range(1, times + 1):
            self.mouse("mousePressed", middle, clicks=number)
            self.mouse("mouseReleased", middle, clicks=number)

    def middle(self, selector: str) -> tuple[float, float]:
        """Return the middle of an element in the window, after scrolling it into view."""
        text = json.dumps(selector)
        box = self.value(
            f"(() => {{ const one = document.querySelector({text}); one.scrollIntoView({{block: 'center'}});"
            " const box = one.getBoundingClientRect();"
            " return [box.left + box.width / 2, box.top + box.height / 2]; })()"
        )
        return box[0], box[1]

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.ask("Input.insertText", text=text)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            more = os.read(self._in.fileno(), 1 << 16)
            assert more, "the browser went away"
            self._heard += more
        message, self._heard = self._heard.split(b"\0", 1)
        heard: dict[str, Any] = json.loads(message)
        return heard

    def _note(self, event: dict[str, Any]) -> None:
        if event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening"):
            self.troubles.append(json.dumps(event["params"]))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = next((path for name in NAMES if (path := shutil.which(name)) is not None), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    with Browser(program, tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture
def page(
    browser: Browser,
    tmp_path: Path,
    make_result: Callable[..., Result],
    make_fill: Callable[..., Fill],
    make_closed: Callable[..., OrderClosed],
) -> Iterator[Browser]:
    """A report of twelve orders, ten fills and a breaker that opened; nothing went wrong while it was looked at."""
    browser.troubles.clear()
    orders = [
        make_closed(number, order={"quantity": Decimal(number * 100)}, cumulative=Decimal(number * 100))
        for number in range(1, 11)
    ]
    refused = make_closed(11, state=OrderState.REJECTED, cumulative=Decimal(0), fills=0, venues=(), code="MAX_POSITION")
    odd = make_closed(12, order={"order_id": HOSTILE}, strategy=HOSTILE, text=HOSTILE)
    trip = CircuitTripped(
        breaker="guard", rule="failed_orders", action="halt", was=10.0, limit=10.0, cause="o-3", resets_at=None,
        time=START + 5 * MINUTE,
    )  # fmt: skip
    fills = [make_fill(number) for number in range(1, 11)]
    write_report(make_result(fills=fills, orders=[*orders, refused, odd], breaker_events=[trip]), tmp_path / "x.html")
    browser.open(tmp_path / "x.html")
    yield browser
    assert browser.troubles == []


def _column(page: Browser, number: int) -> list[str]:
    """Return what the rows of the orders that are shown have in a column."""
    shown: list[str] = page.value(
        "[...document.querySelectorAll('#orders-table tbody tr:not(.detail)')].filter((row) => !row.hidden)"
        f".map((row) => row.cells[{number}].textContent)"
    )
    return shown


def _heading(page: Browser, words: str) -> int:
    """Return the number of the orders' column of that heading."""
    heads: list[str] = page.value(
        "[...document.querySelectorAll('#orders-table thead th')].map((head) => head.textContent)"
    )
    return heads.index(words)


def test_the_charts_are_drawn(page: Browser) -> None:
    assert page.value("[...document.querySelectorAll('.chart svg')].length") == 2
    titles = page.value("[...document.querySelectorAll('.chart svg text.title')].map((title) => title.textContent)")
    assert titles == ["Equity, USD", "Drawdown", "X"]
    for drawn, count in (("path.line", 1), ("path.fall", 1), ("path.BUY", 5), ("path.SELL", 5), ("rect.frame", 3)):
        assert page.value(f"document.querySelectorAll('.chart svg {drawn}').length") == count, drawn
    assert page.value("document.querySelectorAll('#price-chart path.rising, #price-chart path.falling').length") > 0
    paths = page.value("[...document.querySelectorAll('.chart svg path')].map((path) => path.getAttribute('d'))")
    assert [path for path in paths if re.search("NaN|undefined|Infinity", path)] == []


def test_the_time_axis_is_in_the_scenarios_zone(page: Browser) -> None:
    words = page.value("[...document.querySelectorAll('#equity-chart svg text')].map((text) => text.textContent)")
    clocks = [word for word in words if re.fullmatch(r"\d\d:\d\d", word)]
    assert {"10:30", "11:00"} <= set(clocks)
    assert "2010-05-06" in words


def test_a_heading_sorts_its_column_and_again_the_other_way(page: Browser) -> None:
    column = _heading(page, "quantity")
    selector = f"#orders-table thead th:nth-child({column + 1})"
    page.click(selector)
    up = _column(page, column)
    assert up == sorted(up, key=lambda text: int(text.replace(",", "")))
    assert up[0] == "100"
    page.click(selector)
    down = _column(page, column)
    assert (down[0], down == sorted(down, key=lambda text: -int(text.replace(",", "")))) == ("1,000", True)
    assert page.value(f"document.querySelector('{selector}').getAttribute('aria-sort')") == "descending"


def test_the_search_shows_rows_that_have_every_word(page: Browser) -> None:
    column = _heading(page, "state")
    page.click("#orders .tools input")
    page.type("max_position reject")
    assert _column(page, column) == ["REJECTED"]
    assert page.value("document.querySelector('#orders .tools .found').textContent") == "1 of 12 rows"


def test_a_row_opens_its_history_and_closes_it(page: Browser) -> None:
    page.click("#orders-table tbody tr button")
    opened = page.value("document.querySelector('#orders-table tr.detail').textContent")
    assert "2010-05-06 10:31:00  RECEIVED  (SubmitOrder)" in opened
    assert page.value("document.querySelector('#orders-table button').getAttribute('aria-expanded')") == "true"
    page.click("#orders-table tbody tr button")
    assert page.value("document.querySelectorAll('#orders-table tr.detail').length") == 0


def test_the_pointer_reads_a_chart(page: Browser) -> None:
    page.mouse("mouseMoved", page.middle("#equity-chart svg"))
    words = page.value("[...document.getElementById('tip').children].map((line) => line.textContent)")
    assert page.value("document.getElementById('tip').hidden") is False
    assert re.fullmatch(r"2010-05-06 1\d:\d\d:\d\d", words[0])
    assert words[1:3] == ["equity 1,010,000.00 USD", "drawdown 0.00%"]
    assert "breaker guard: open, 10.5 of 10" not in words
    assert page.value("document.querySelector('#price-chart path.cross').getAttribute('d')").startswith("M")


def test_a_drag_zooms_both_charts_and_a_double_click_goes_back(page: Browser) -> None:
    fills = "document.querySelectorAll('#price-chart path.BUY, #price-chart path.SELL').length"
    assert page.value(fills) == 10
    x, y = page.middle("#equity-chart svg")
    page.mouse("mousePressed", (x, y), clicks=1)
    page.mouse("mouseMoved", (x + 200, y), clicks=1)
    page.mouse("mouseReleased", (x + 200, y), clicks=1)
    assert page.value(fills) == 0  # all were in the first quarter
    hidden = "[...document.querySelectorAll('.chart > button')].map((button) => button.hidden)"
    assert page.value(hidden) == [False, False]
    page.click("#equity-chart svg", times=2)
    assert (page.value(fills), page.value(hidden)) == (10, [True, True])


def test_what_comes_from_the_run_stays_text(page: Browser) -> None:
    page.value("[...document.querySelectorAll('#orders-table tbody button')].pop().click()")
    assert HOSTILE in page.value("document.querySelector('#orders-table tr.detail').textContent")
    assert page.value("document.querySelectorAll('img').length") == 0


def test_nothing_is_fetched(page: Browser) -> None:
    assert page.value("performance.getEntriesByType('resource').map((entry) => entry.name)") == []
