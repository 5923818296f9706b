"""Money between the unit of acts, thousand tenge, and ours, tiyn."""

import re

from shared.errors import Invalid
from shared.texts import Text

DIGITS_OF_A_TIYN = 5
"""Decimals of a thousand tenge that a tiyn fills: 0.00001 thousand tenge is one tiyn."""
LARGEST_TIYN = 2**63 - 1
_PRINTED = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,20}))?", re.ASCII)
_AS_PRINTED = str.maketrans({"\u00a0": None, "\u202f": None, " ": None, ",": ".", "−": "-"})


class AmountNotExact(Invalid):
    """A figure in thousand tenge must be a whole number of tiyn; nothing is ever rounded."""

    title = Text(
        "Сома тиынға дәл бөлінбейді.",
        "Сумма не выражается в тиынах точно.",
        "The amount is not exact in tiyn.",
    )
    detail = Text(
        "«{figure}» (мың теңге) тиынға дәл бөлінбейді.",
        "«{figure}» (тысяч тенге) не выражается в тиынах точно.",
        "“{figure}” (thousand tenge) is not exact in tiyn.",
    )


def thousand_tenge(figure: str) -> int:
    """Return a figure of an act, in thousand tenge, as tiyn.

    Spaces between thousands and a decimal comma are read as printed acts have them.

    Raises:
        AmountNotExact: not a number, finer than a tiyn, or beyond 64 bits.
    """
    match = _PRINTED.fullmatch(figure.translate(_AS_PRINTED))
    if match is None:
        raise AmountNotExact(figure=figure[:40])
    sign, whole, decimals = match[1], match[2], (match[3] or "").rstrip("0")
    tiyn = int(whole + decimals.ljust(DIGITS_OF_A_TIYN, "0")[:DIGITS_OF_A_TIYN])
    if len(decimals) > DIGITS_OF_A_TIYN or tiyn > LARGEST_TIYN:
        raise AmountNotExact(figure=figure[:40])
    return -tiyn if sign else tiyn
