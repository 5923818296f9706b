"""Real acts and real elections through the same API."""

import csv
from pathlib import Path
from typing import Any

from demo.api import Api
from demo.telling import Story, tenge
from demo.village import SINCE, find_unit

COLUMNS = {
    "rev_total": "revenue",
    "rev_tax": "taxes",
    "rev_nontax": "non_tax",
    "rev_capital": "capital",
    "rev_special": "special",
    "rev_transfers": "transfers",
    "exp_total": "expenditure",
    "net_lending": "net_lending",
    "fin_assets": "financial_assets",
    "balance": "balance",
    "financing": "financing",
}
"""Sections of the budget by the columns of a table of acts."""
RULES = ("greedy", "equalshares")


def register_acts(api: Api, story: Story, table: Path) -> None:
    """Register every act of a table, and tell what disagrees in the figures as published."""
    with table.open(encoding="utf-8-sig", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["kato"]]
    accountant = api.get("accountant", "/v1/me")["account_id"]
    story.step(f"{len(rows)} acts with a unit of the classifier stand in {table.name}.")
    disagreeing, left_out = 0, []
    for row in rows:
        unit_id = find_unit(api, row["kato"])["self_government_id"]
        if unit_id is None:
            left_out.append(row["unit_as_written"])
            continue
        grant = {
            "holder_id": accountant,
            "role": "accountant",
            "unit_id": unit_id,
            "valid_from": SINCE,
            "basis": "Order of the demo",
        }
        api.post_unless("admin", "/v1/grants", grant, "grant-given-already")
        answer = api.post_soon("accountant", "/v1/acts", _act_of(row, unit_id))
        for one in answer["disagreements"]:
            disagreeing += 1
            story.say(
                f"{row['unit_as_written']}: {one['name']} is printed as"
                f" {tenge(one['published_tiyn'])}, its parts give {tenge(one['computed_tiyn'])}"
            )
    story.say(f"Of districts, whose budgets are not of this level: {', '.join(left_out)}")
    story.step(f"They are kept as published; {disagreeing} figures disagree with their own parts.")


def _act_of(row: dict[str, str], unit_id: str) -> dict[str, Any]:
    figures = {section: row[column] for column, section in COLUMNS.items() if row[column]}
    return {
        "number": row["doc_id"],
        "unit_id": unit_id,
        "unit_name": row["unit_as_written"],
        "fiscal_year": int(row["budget_year"]),
        "figures": figures,
    }


def count_election(api: Api, story: Story, election: Path) -> None:
    """Count a real election by two rules through the API."""
    story.step(f"The election {election.name}, counted by two rules:")
    text = election.read_text(encoding="utf-8-sig")
    for rule in RULES:
        found = api.post("", "/v1/counts", {"pabulib": text, "rule": rule})
        story.say(f"{rule}: {len(found['winners'])} winners, digest {found['digest'][:16]}…")
        again = api.post("", "/v1/counts", {"pabulib": text, "rule": rule})
        story.check(f"{rule} counted twice gives one digest", found["digest"] == again["digest"])
