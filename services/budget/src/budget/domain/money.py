"""Money between the unit of acts, thousand tenge, and ours, tiyn."""

from decimal import Decimal, InvalidOperation

from shared.errors import Malformed
from shared.texts import Text

TIYN_PER_THOUSAND_TENGE = 100_000
LARGEST_TIYN = 2**63 - 1


class AmountNotExact(Malformed):
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
    printed = figure.replace("\u00a0", "").replace(" ", "").replace(",", ".").replace("−", "-")
    try:
        tiyn = Decimal(printed) * TIYN_PER_THOUSAND_TENGE
    except InvalidOperation:
        raise AmountNotExact(figure=figure[:40]) from None
    if not tiyn.is_finite() or abs(tiyn) > LARGEST_TIYN or tiyn != tiyn.to_integral_value():
        raise AmountNotExact(figure=figure[:40])
    return int(tiyn)
