"""Rules of validation that a user writes: functions as rules, with a check on what they answer."""

from collections.abc import Callable
from typing import Final

import attrs

from tradepit.models.orders import Refusal
from tradepit.models.values import uncopied

OWN_RULE: Final = "OWN_RULE"
ORDER_RULE_ARGUMENTS: Final = ("order", "around")
FILL_RULE_ARGUMENTS: Final = ("fill", "order", "booked")
SIGNAL_RULE_ARGUMENTS: Final = ("signal", "terms", "around")


@uncopied
@attrs.frozen(eq=False)
class OwnRule:
    """Refuse what a function refuses.

    It stands among the rules of a family by itself, where the others stand by their names, and is asked what they are
    asked (see `order_validation.Rule`, `fill_validation.Rule` and `signal_validation.Rule`). It must go by nothing
    else, or a run would not repeat.

    Attributes:
        function: answers None, a refusal, or a text for the code `OWN_RULE`.
        name: of the function, for messages.
    """

    function: Callable[..., object]
    name: str

    def __call__(self, *asked: object) -> Refusal | None:
        """Return what the function refuses.

        Raises:
            TypeError: it answers something else.
            ValueError: a refusal has no code.
        """
        said = self.function(*asked)
        if said is None:
            return None
        if isinstance(said, str):
            return Refusal(code=OWN_RULE, text=said)
        if not isinstance(said, Refusal):
            raise TypeError(f"rule {self.name} must return None, a text or a Refusal, was {said!r}")
        if not said.code:
            raise ValueError(f"a refusal by rule {self.name} must have a code, was {said!r}")
        return said
