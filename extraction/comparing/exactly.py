"""Two exact numbers: what one may be of the other. Pure; every number is a ``Decimal``."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

COARSEST = Decimal("0.05")  # of a number: what a harmless rounding may move it by


def decimals(number):
    """How many decimals a number was printed with."""
    return max(0, -number.as_tuple().exponent)


def half_unit(number):
    """Half a unit of the last printed place: what rounding leaves open."""
    return Decimal(1).scaleb(-decimals(number)) / 2


def is_rounding(first, second):
    """Whether the shorter of two numbers is the longer one rounded (a half goes up, or to the
    even digit); a number cut off is not."""
    fine, coarse = sorted((first, second), key=decimals, reverse=True)
    if decimals(fine) == decimals(coarse):
        return False
    place = Decimal(1).scaleb(-decimals(coarse))
    return any(coarse == fine.quantize(place, how) for how in (ROUND_HALF_UP, ROUND_HALF_EVEN))


def agree(first, second):
    """Whether two numbers are equal or one is the other rounded."""
    return first == second or is_rounding(first, second)


def is_slight(first, second):
    """Whether two numbers have one sign and lie within a twentieth of each other; nothing is
    slight beside 0."""
    if first.is_signed() != second.is_signed() or not first or not second:
        return False
    return abs(first - second) <= COARSEST * min(abs(first), abs(second))


def is_shift(first, second):
    """Whether the decimal point slipped by one to three places."""
    small, large = sorted((abs(first), abs(second)))
    same_sign = first.is_signed() == second.is_signed()
    return bool(small) and same_sign and any(small.scaleb(k) == large for k in (1, 2, 3))


def is_transposed(first, second):
    """Whether two neighbouring digits changed places, with the point where it was."""
    one, other = (number.as_tuple() for number in (first, second))
    if (one.sign, one.exponent) != (other.sign, other.exponent):
        return False
    left, right = "".join(map(str, one.digits)), "".join(map(str, other.digits))
    differ = [i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b]
    return (
        len(left) == len(right)
        and len(differ) == 2
        and differ[1] == differ[0] + 1
        and left[differ[0]] == right[differ[1]]
        and left[differ[1]] == right[differ[0]]
    )


def is_telling(number):
    """Whether a number has two digits or more, so that meeting it elsewhere is no chance."""
    return len(number.as_tuple().digits) >= 2


def close(first, second, *, within):
    """Whether two numbers differ by no more than ``within``."""
    return abs(first - second) <= within
