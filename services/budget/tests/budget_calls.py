"""The budget's API in the words of a village, for tests: each call returns the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from budget_builders import YEAR, Village

Headers = Callable[..., dict[str, str]]
DECISION = {
    "decision_number": "26/155",
    "decided_on": f"{YEAR - 1}-12-27",
    "effective_from": f"{YEAR}-01-01",
}
NAMES = {"name_kk": "Жарық", "name_ru": "Освещение", "name_en": "Lighting"}


@dataclass(frozen=True)
class Office:
    """Calls by the village's officials."""

    client: httpx.AsyncClient
    headers: Headers
    village: Village

    async def post(self, who: UUID | None, path: str, body: Any = None, **options: Any) -> Any:
        """Post as an account, by a strong login."""
        headers = self.headers(who, strong=True) | options.get("headers", {})
        return await self.client.post(f"/v1/{path}", json=body, headers=headers)

    async def get(self, who: UUID | None, path: str) -> Any:
        """Get as an account."""
        return await self.client.get(f"/v1/{path}", headers=self.headers(who))

    async def made(self, who: UUID | None, path: str, body: Any = None) -> str:
        """Post what must succeed and return the new id."""
        answer = await self.post(who, path, body)
        assert answer.status_code == 201, answer.text
        made: str = answer.json()["id"]
        return made

    async def draft(self) -> str:
        return await self.made(
            self.village.accountant,
            "budgets",
            {"unit_id": str(self.village.unit_id), "fiscal_year": YEAR},
        )

    async def line(self, budget_id: str, kind: str, amount_tiyn: int) -> str:
        body = {"budget_id": budget_id, "kind": kind, "code": "124.008", **NAMES}
        return await self.made(
            self.village.accountant, "budget-lines", body | {"amount_tiyn": amount_tiyn}
        )

    async def decide(self, budget_id: str) -> None:
        """Take a draft through submission, agreement and approval."""
        await self.made(self.village.akim, f"budgets/{budget_id}/submissions")
        minutes = {"minutes_number": "7", "agreed_on": f"{YEAR - 1}-11-20"}
        await self.made(self.village.member, f"budgets/{budget_id}/agreements", minutes)
        await self.made(self.village.deputy, f"budgets/{budget_id}/approvals", DECISION)

    async def commitment(self, place: "Place", amount_tiyn: int, number: str = "12") -> Any:
        body = {
            "budget_id": place.budget_id,
            "line_id": place.line_id,
            "enterprise_id": place.enterprise_id,
            "contract_number": number,
            "amount_tiyn": amount_tiyn,
            "signed_on": f"{YEAR}-03-01",
        }
        return await self.post(self.village.accountant, "commitments", body)

    async def obligation(self, commitment_id: str, amount_tiyn: int, number: str = "1") -> Any:
        body = {"commitment_id": commitment_id, "act_number": number, "amount_tiyn": amount_tiyn}
        return await self.post(
            self.village.manager, "obligations", body | {"worked_on": f"{YEAR}-04-01"}
        )

    async def accept(self, obligation_id: str, who: UUID | None = None) -> Any:
        return await self.post(
            who or self.village.accountant,
            f"obligations/{obligation_id}/acceptances",
            {"accepted_on": f"{YEAR}-04-05"},
        )

    async def payment(self, obligation_id: str, number: str = "77", **more: Any) -> Any:
        body = {"obligation_id": obligation_id, "number": number} | more
        return await self.post(self.village.accountant, "payments", body)

    async def pay(self, payment_id: str, who: UUID | None = None) -> Any:
        body = {"paid_on": f"{YEAR}-04-10"}
        return await self.post(who or self.village.akim, f"payments/{payment_id}/approvals", body)


@dataclass(frozen=True)
class Place:
    """A budget in force, with a line of each direction and the enterprise that works for it."""

    budget_id: str
    line_id: str
    revenue_line_id: str
    enterprise_id: str


async def a_place(office: Office, *, amount_tiyn: int = 10_000) -> Place:
    """Bring a budget into force through the API and receive its revenue."""
    budget_id = await office.draft()
    revenue_line_id = await office.line(budget_id, "taxes", amount_tiyn)
    line_id = await office.line(budget_id, "expenditure", amount_tiyn)
    await office.decide(budget_id)
    receipt = {"line_id": revenue_line_id, "number": "п/п 1", "amount_tiyn": amount_tiyn}
    await office.made(
        office.village.accountant,
        f"budgets/{budget_id}/receipts",
        receipt | {"received_on": f"{YEAR}-02-01"},
    )
    return Place(budget_id, line_id, revenue_line_id, str(office.village.enterprise_id))


async def paid_work(office: Office, place: Place, amount_tiyn: int) -> dict[str, str]:
    """Sign, work, accept and pay; return the ids of the documents."""
    commitment_id = (await office.commitment(place, amount_tiyn)).json()["id"]
    obligation_id = (await office.obligation(commitment_id, amount_tiyn)).json()["id"]
    assert (await office.accept(obligation_id)).status_code == 201
    payment_id = (await office.payment(obligation_id)).json()["id"]
    assert (await office.pay(payment_id)).status_code == 201
    return {"commitment": commitment_id, "obligation": obligation_id, "payment": payment_id}


def problem(answer: Any) -> tuple[int, str]:
    """Return status and problem of a refusal."""
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")
