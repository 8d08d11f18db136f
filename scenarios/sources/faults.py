"""A fault: what is wrong with one row, before anyone has said which row and what follows."""


class Fault(Exception):  # noqa: N818  it is news about a row, which a policy may turn into an error
    """One row breaks one rule.

    Attributes:
        rule: short stable name of the rule; counts go by it.
        text: the rule and the value, in words.
        value: what was found.
    """

    def __init__(self, rule: str, text: str, value: object) -> None:
        super().__init__(text)
        self.rule = rule
        self.text = text
        self.value = value
