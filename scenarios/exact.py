"""How numbers enter the scenario tree: what a user writes in Python becomes exact decimals."""

from decimal import Decimal

Exact = Decimal | int | float | str


def exact(number: Exact) -> Decimal:
    """Return a number as an exact Decimal; a float by its shortest decimal form, so 0.1 is one tenth.

    It has no zeros behind its last decimal: 1.00 is the number 1, and a fee of either is written down alike.

    Raises:
        ValueError: the number is not finite, or text that is no number.
    """
    try:
        value = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    except ArithmeticError:
        raise ValueError(f"a number is wanted, was {number!r}") from None
    if not value.is_finite():
        raise ValueError(f"a number must be finite, was {number!r}")
    text = f"{value:f}"
    return Decimal(text.rstrip("0").rstrip(".")) if "." in text else Decimal(text)


def exact_or_none(number: Exact | None) -> Decimal | None:
    """Return a number as an exact Decimal, and None as None."""
    return None if number is None else exact(number)
