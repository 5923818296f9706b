"""What the year's figures say, and what must hold of them."""

from typing import Any

from demo.api import Api
from demo.money import Year
from demo.telling import Story, tenge


def report_the_year(api: Api, story: Story, year: Year) -> None:
    """Show how the budget was executed, and prove the ledger."""
    shown = api.get("", f"/v1/budgets/{year.budget_id}/execution")
    rows = [
        [
            line["code"],
            line["name_en"],
            *(
                tenge(line[f"{key}_tiyn"])
                for key in ("amount", "committed", "accrued", "paid", "received")
            ),
        ]
        for line in shown["lines"]
    ]
    head = ["code", "line", "plan", "committed", "accrued", "paid", "received"]
    story.step(f"How the budget of {year.fiscal_year} is executed:")
    story.table("", head, rows)
    cost = year.vote.projects[year.project_id].cost_tiyn
    story.check(
        "planned revenue equals planned expenditure",
        shown["planned_revenue_tiyn"] == shown["planned_expenditure_tiyn"],
    )
    story.check(
        "cash is what came in less what was paid",
        shown["cash_tiyn"] == shown["received_tiyn"] - shown["paid_tiyn"]
        and shown["paid_tiyn"] == cost,
    )
    story.check(
        f"the ledger's chain of hashes holds (head {shown['head_hash'][:16]}…)",
        api.get("auditor", f"/v1/budgets/{year.budget_id}/verification")["is_chain_intact"],
    )
    legs: list[dict[str, Any]] = []
    page = api.get("auditor", "/v1/entries", budget_id=year.budget_id, limit=200)
    for entry in page["items"]:
        legs += entry["postings"]
    story.check(
        f"the {len(legs)} postings of {len(page['items'])} entries sum to zero",
        sum(leg["amount_tiyn"] for leg in legs) == 0,
    )
    story.facts |= {
        "fiscal_year": year.fiscal_year,
        "budget_id": year.budget_id,
        "cash_tiyn": shown["cash_tiyn"],
    }
