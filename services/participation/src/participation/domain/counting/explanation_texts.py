"""An explanation as one or two sentences in Kazakh, Russian and English."""

from __future__ import annotations

from fractions import Fraction

from participation.domain.counting.explanations import Explanation

LANGUAGES = ("kk", "ru", "en")
WON = {
    "kk": "Жоба жеңді: {votes} дауыс, құны {cost}.",
    "ru": "Проект победил: голосов {votes}, стоимость {cost}.",
    "en": "The project won: {votes} votes, cost {cost}.",
}
LOST = {
    "kk": "Жоба жеңген жоқ: {votes} дауыс, құны {cost}.",
    "ru": "Проект не победил: голосов {votes}, стоимость {cost}.",
    "en": "The project did not win: {votes} votes, cost {cost}.",
}
SHORT = {
    "kk": "Қолдаушыларының қалған ақшасы {left}, {short} жетпеді.",
    "ru": "У его сторонников осталось {left}, не хватило {short}.",
    "en": "Its supporters had {left} left, {short} too little.",
}
CHEAPER = {
    "kk": "Құны {winning_cost} болса, жеңер еді.",
    "ru": "При стоимости {winning_cost} он бы победил.",
    "en": "At a cost of {winning_cost} it would have won.",
}
SUPPORT = {
    "kk": "Тағы {added} адам қолдаса, жеңер еді.",
    "ru": "Если бы его поддержали ещё {added} чел., он бы победил.",
    "en": "With {added} more supporter(s) it would have won.",
}
NOTHING = {
    "kk": "Бағаның төмендеуі де, қосымша қолдау да оны жеңіске жеткізбес еді.",
    "ru": "Ни меньшая стоимость, ни дополнительная поддержка не привели бы его к победе.",
    "en": "Neither a lower cost nor more support would have made it win.",
}


def explanation_texts(explanation: Explanation, *, unit: int) -> dict[str, str]:
    """The explanation by language; amounts in currency units, `unit` smallest ones each.

    Amounts are rounded down to the smallest unit, what was short is rounded up.
    """
    values = {
        "votes": str(explanation.votes),
        "cost": money(explanation.cost, unit),
        "left": money(_down(explanation.supporters_left), unit),
        "short": money(-_down(None if explanation.short is None else -explanation.short), unit),
        "winning_cost": money(explanation.winning_cost or 0, unit),
        "added": str(explanation.added_support),
    }
    sentences = _sentences(explanation)
    return {
        language: " ".join(sentence[language].format(**values) for sentence in sentences)
        for language in LANGUAGES
    }


def money(amount: int, unit: int) -> str:
    """An amount with thin groups of three and as many decimals as the unit has, if any are due."""
    whole, rest = divmod(amount, unit)
    text = f"{whole:,}".replace(",", "\u00a0")
    return f"{text},{rest:0{len(str(unit)) - 1}}" if rest else text


def _down(amount: Fraction | None) -> int:
    return 0 if amount is None else amount.numerator // amount.denominator


def _sentences(explanation: Explanation) -> list[dict[str, str]]:
    if explanation.won:
        return [WON]
    sentences = [LOST]
    if explanation.short is not None and explanation.short > 0:
        sentences.append(SHORT)
    if explanation.winning_cost is not None:
        sentences.append(CHEAPER)
    if explanation.added_support is not None:
        sentences.append(SUPPORT)
    return sentences if len(sentences) > 1 else [LOST, NOTHING]
