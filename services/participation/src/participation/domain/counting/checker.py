"""Check a price certificate without any of the engine's code: python checker.py certificate.json.

Accepts an outcome exactly if money explains it: equal endowments, payments of supporters only,
every bought project paid to the last unit and shared equally among those who had enough, and
nobody left out whose supporters could still pay.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any


def rational(text: str) -> Fraction:
    """Read "over/under" in hexadecimal."""
    over, under = text.split("/")
    return Fraction(int(over, 16), int(under, 16))


def unequal(certificate: dict[str, Any], project: str, left: list[Fraction]) -> list[str]:
    """What is wrong with the payments for one project; takes them out of what is left."""
    bills = {int(v): rational(text) for v, text in certificate["payments"][project].items()}
    weights = {int(voter): weight for voter, weight in certificate["weights"][project].items()}
    if not bills.keys() <= weights.keys() or any(amount <= 0 for amount in bills.values()):
        return [f"{project}: somebody paid who does not support it, or paid nothing"]
    price = max((amount / weights[voter] for voter, amount in bills.items()), default=Fraction(0))
    found = []
    for voter, weight in weights.items():
        paid = bills.get(voter, Fraction(0))
        left[voter] -= paid
        if left[voter] < 0 or (left[voter] > 0 and paid != price * weight):
            found.append(f"{project}: voter {voter} paid too much or too little")
    if sum(bills.values()) != certificate["candidates"][project]:
        found.append(f"{project}: the payments do not add up to its cost")
    return found


def faults(certificate: dict[str, Any]) -> list[str]:
    """Everything that is wrong with a certificate; empty if it stands."""
    left = [rational(certificate["endowment"])] * certificate["voters"]
    bought, found = list(certificate["payments"]), []
    if bought + certificate["completed"] != certificate["winners"]:
        found.append("the winners are not the projects paid for and the completed ones")
    for project in bought:
        found += unequal(certificate, project, left)
    for project, cost in certificate["candidates"].items():
        backers = certificate["weights"][project]
        if project not in bought and backers and sum(left[int(v)] for v in backers) >= cost:
            found.append(f"{project}: its supporters can still pay for it")
    return found


if __name__ == "__main__":
    wrong = faults(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    sys.stdout.write("\n".join(wrong or ["accepted"]) + "\n")
    sys.exit(bool(wrong))
