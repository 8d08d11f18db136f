"""What `tradepit new` writes: a commented scenario that runs as it is, and a small strategy to change."""

import keyword
import re

_SLUG = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
SHIPPED_STRATEGY = "tradepit.scenarios.library.strategies:SmaCrossover"

_SCENARIO = """\
# A scenario: who takes part, what the market does, and what must hold in the end.
# Run it with `tradepit run`, check it with `tradepit validate`. docs/scenarios.md explains every key.
# Units are written: 350us, 5min, 25%, 3bps, 0.005/share, 1_000_000 USD.
tradepit: 1                       # version of the format
name: {name}
about: A moving-average crossover on made-up prices at two venues.
seed: 1                           # the same seed gives the same run, byte for byte

clock:
  start: 2024-01-02
  end: 2024-01-05
  zone: America/New_York          # of times that name none
  session: 09:30-16:00            # Monday to Friday; `calendar: XNYS` knows the holidays (extra `data`)

market:                           # by symbol, where its prices come from
  ACME:
    gbm: {{start: 100, drift: 5%, volatility: 40%, every: 1min, volume: 20_000}}
  # GOOG: {{sample: GOOG}}          # real daily prices, 2004 to 2013 (extra `samples`); move the clock there
  # SPY: {{file: data/spy.csv, zone: America/New_York}}
  # DIP: {{path: [[09:30, 100], [11:00, 92], [15:30, 97]], volatility: 30%}}

instruments:                      # only what differs from these defaults
  ACME: {{tick: 0.01, lot: 1, currency: USD}}

venues:
  NEAR:                           # cheaper, so best_net_price (below) sends every order here
    fees: 0.0010/share            # or 0.1%, 1.00/order, {{maker: -0.0020/share, taker: 0.0030/share}}
    latency: {{order: 200us, data: 200us}}
    slippage: 1bps
  FAR:                            # dearer and farther: what a rejected order would turn to
    fees: 0.0030/share
    latency:
      order: lognormal(2ms, 0.3)  # median, and sigma of the logarithm
      data: 2ms
    slippage: 2bps

portfolio:
  cash: 1_000_000 USD
  sizing: {{percent_of_equity: 2%}} # or {{fixed: 100}}
  limits: {{max_position: 5_000, max_order_notional: 100_000}}
  margin: cash                    # or reg_t, or {{model: percentage, initial: 20%, maintenance: 10%}}
  borrow: {{rate: 0.3%}}            # per year, of what is sold short

corporate_actions:                # split, dividend, stock_dividend, rename or delist
  - {{at: 2024-01-04, symbol: ACME, dividend: 0.25 USD, withheld: 15%}}

strategies:
  - use: {strategy}
    with: {{fast: 10, slow: 30}}

orders: {{default_time_in_force: GTC}} # until filled or cancelled; or DAY, IOC, FOK

routing: {{policy: best_net_price}} # or sequential: the venues in the order above

breakers:
  - {{rule: rejection_rate, over: 1min, at: 25%, then: cancel_only, cool_down: 5min}}
  - {{rule: failed_orders, over: 1min, at: 10, then: halt, reset: manual}}

links:                            # by sender -> receiver: latency, and what goes wrong on the way
  router -> FAR:                  # or feed -> any, strategy:smacrossover -> portfolio, NEAR -> orders
    latency: 50us
    rules:                        # delay, drop, duplicate, reorder or partition
      - {{do: delay, by: lognormal(40ms, 0.5), at: 2024-01-03 14:45, for: 30s}}

supervision:                      # who is restarted after a crash; these are the defaults
  components: {{strategy: one_for_one, restart: permanent, intensity: 3, period: 5s}}
  strategies: {{restart: temporary}} # a strategy that raises ends, and is reported

actors:                           # by actor: how long it needs for a message, how many may wait
  portfolio: {{service_time: 20us, mailbox: {{capacity: 1_000, overflow: block}}}}

faults:                           # what goes wrong on purpose
  - {{actor: portfolio, do: crash, at: 2024-01-03 11:00}}

expect:                           # what must hold; `tradepit test` fails otherwise
  - {{metric: max_drawdown, below: 5%}}
  - {{event: CircuitTripped, equals: 0}}
  - {{recovery: portfolio, within: 2s}}
  - {{orders: all_terminal}}

at_end: {{close_positions: true, cancel_orders: true}}
metrics: {{risk_free: 2%}}          # also benchmark: a symbol of market, and periods_per_year
journal: orders                   # or full, with all market data, or off
report: true
"""

_STRATEGY = '''\
"""A strategy of your own. Fields are settings, which the scenario's `with` sets by name."""

import tradepit


class {name}(tradepit.Strategy):
    """Hold a symbol while its fast average of closes is above its slow one."""

    fast: int = 10
    slow: int = 30

    def on_start(self) -> None:
        """Prepare; called once, before the first bar."""
        self.closes: dict[str, list[float]] = {{symbol: [] for symbol in self.symbols}}

    def on_bar(self, bar: tradepit.Bar) -> None:
        """Decide at the close of each bar; orders meet the next one."""
        closes = self.closes[bar.symbol]
        closes.append(bar.close)
        del closes[: -self.slow]
        if len(closes) < self.slow:
            return
        above = sum(closes[-self.fast :]) / self.fast > sum(closes) / self.slow
        held = self.position(bar.symbol)
        if above and held == 0:
            self.signal(bar.symbol, "LONG")  # sized by the portfolio; self.buy(bar.symbol, 100) names the quantity
        elif not above and held > 0:
            self.signal(bar.symbol, "FLAT")

    def on_fill(self, fill: tradepit.Fill) -> None:
        """Hear of an execution; positions include it."""

    # Also: on_quote(quote), on_order(event), and self.sell, self.cancel(order_id), self.price(symbol), self.now.
'''


def new_scenario(name: str, strategy: str = SHIPPED_STRATEGY) -> str:
    """Return a commented scenario that runs as it is, without data files or extras.

    Args:
        name: lower-case letters, digits and dashes.
        strategy: `module:Class` or `./file.py:Class`; it must have the settings `fast` and `slow`.

    Raises:
        ValueError: the name is none.
    """
    if _SLUG.fullmatch(name) is None:
        raise ValueError(f"a scenario's name has lower-case letters, digits and dashes, was {name!r}")
    return _SCENARIO.format(name=name, strategy=strategy)


def new_strategy(name: str = "MyStrategy") -> str:
    """Return the Python file of a small strategy with the settings `fast` and `slow`.

    Args:
        name: of its class.

    Raises:
        ValueError: the name cannot be a class's.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"a strategy's name is that of a Python class, was {name!r}")
    return _STRATEGY.format(name=name)
