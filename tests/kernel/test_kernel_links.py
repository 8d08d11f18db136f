import random

from tradepit.actors.kernel import Link


def test_a_message_that_takes_no_time_still_waits_for_those_before_it() -> None:
    link = Link(lambda _stream: 10, random.Random(1), at_once=lambda message: message == "now")
    assert [link.arrival(0, "late"), link.arrival(3, "now"), link.arrival(20, "now"), link.arrival(20, "late")] == [
        10,
        10,
        20,
        30,
    ]
