"""The village's money: a budget, a contract, work, fees, payments, and what is left."""

from collections.abc import Callable
from dataclasses import dataclass

from demo.api import Api, StepFailed
from demo.people import sample_bin
from demo.telling import Story, tenge
from demo.village import Village, grant, today
from demo.vote import Vote

TAXES_TIYN = 1_385_400_000
FEES_TIYN = 30_000_000
TRANSFERS_TIYN = 2_358_100_000
OFFICE_TIYN = 1_500_000_000
HOUR_TIYN = 500_000
"""An hour of the communal tractor."""
EARNED_TIYN = 3_250_000
"""What six and a half hours make."""

Decide = Callable[[int], Vote]


@dataclass
class Year:
    """What the chapters about money leave behind."""

    village: Village
    vote: Vote
    fiscal_year: int
    budget_id: str
    lines: dict[str, str]
    """Line ids by what they are for; winners' lines by project id."""
    project_id: str
    """The winning project that is built."""


def spend_the_year(api: Api, story: Story, village: Village, decide: Decide) -> Year:
    """Plan, agree, approve, sell, work and pay."""
    fiscal_year = free_year(api, village)
    vote = decide(fiscal_year)
    _tell_winners(story, vote)
    year = _approve(api, story, village, vote, fiscal_year)
    enterprise_id = _found_enterprise(api, story, village)
    _receive(api, story, year)
    _sell(api, story, year, enterprise_id)
    _build(api, story, year, enterprise_id)
    return year


def free_year(api: Api, village: Village) -> int:
    """Return the first year from now for which the village has no budget yet."""
    for fiscal_year in range(today().year, today().year + 50):
        path = "/v1/budgets/drafts"
        found = api.until(
            "akim",
            path,
            lambda page: "items" in page,
            unit_id=village.unit_id,
            fiscal_year=fiscal_year,
        )
        if not found["items"]:
            return fiscal_year
    raise StepFailed("Borankul has budgets for fifty years: start from an empty folder.")


def _tell_winners(story: Story, vote: Vote) -> None:
    won = [vote.projects[project_id] for project_id in vote.winners]
    names = ", ".join(f"{idea.en} ({tenge(idea.cost_tiyn)})" for idea in won)
    story.step(f"By equal shares the village builds: {names}.")


def _approve(api: Api, story: Story, village: Village, vote: Vote, fiscal_year: int) -> Year:
    draft = {"unit_id": village.unit_id, "fiscal_year": fiscal_year}
    budget_id = api.post("accountant", "/v1/budgets", draft)["id"]
    opened = api.until(
        "accountant",
        "/v1/budget-lines",
        lambda page: {line["project_id"] for line in page["items"]} >= set(vote.winners),
        budget_id=budget_id,
    )
    lines = {line["project_id"]: line["id"] for line in opened["items"] if line["project_id"]}
    story.step("The winners have become draft lines of the budget by themselves:")
    for line in opened["items"]:
        story.say(f"{line['name_kk']} / {line['name_en']}: {tenge(line['amount_tiyn'])}")
    won_tiyn = sum(line["amount_tiyn"] for line in opened["items"])
    rest = TAXES_TIYN + FEES_TIYN + TRANSFERS_TIYN - OFFICE_TIYN - won_tiyn
    for what, kind, code, names, amount_tiyn in (
        (
            "taxes",
            "taxes",
            "104102",
            ("Мүлік салығы", "Налог на имущество", "Property tax"),
            TAXES_TIYN,
        ),
        (
            "fees",
            "non_tax",
            "206109",
            ("Ақылы қызметтер", "Платные услуги", "Paid services"),
            FEES_TIYN,
        ),
        ("transfers", "transfers", "402", ("Субвенция", "Субвенция", "Subvention"), TRANSFERS_TIYN),
        (
            "office",
            "expenditure",
            "124.001",
            ("Әкім аппараты", "Аппарат акима", "Akim's office"),
            OFFICE_TIYN,
        ),
        (
            "upkeep",
            "expenditure",
            "124.013",
            ("Жолдарды күтіп ұстау", "Содержание дорог", "Road upkeep"),
            rest,
        ),
    ):
        line = {
            "budget_id": budget_id,
            "kind": kind,
            "code": code,
            "name_kk": names[0],
            "name_ru": names[1],
            "name_en": names[2],
            "amount_tiyn": amount_tiyn,
        }
        lines[what] = api.post("accountant", "/v1/budget-lines", line)["id"]
    _three_bodies(api, story, budget_id, fiscal_year)
    return Year(village, vote, fiscal_year, budget_id, lines, vote.winners[0])


def _three_bodies(api: Api, story: Story, budget_id: str, fiscal_year: int) -> None:
    before = f"{fiscal_year - 1}-12"
    path = f"/v1/budgets/{budget_id}"
    api.post("akim", f"{path}/submissions")
    minutes = {"minutes_number": "3", "agreed_on": f"{before}-10"}
    api.post("assembly-1", f"{path}/agreements", minutes)
    decision = {
        "decision_number": f"26/{fiscal_year}",
        "decided_on": f"{before}-27",
        "effective_from": f"{fiscal_year}-01-01",
    }
    is_refused = api.refuses("akim", f"{path}/approvals", decision, 403)
    api.post("deputy", f"{path}/approvals", decision)
    story.step(
        f"The budget of {fiscal_year} adds up to the tiyn: submitted by the akim, agreed by the"
        f" assembly, approved by the maslikhat (decision 26/{fiscal_year})."
    )
    story.check("the akim cannot approve the own budget", is_refused)


def _found_enterprise(api: Api, story: Story, village: Village) -> str:
    found = api.get("", "/v1/enterprises", unit_id=village.unit_id)["items"]
    if found:
        enterprise_id = str(found[0]["id"])
    else:
        enterprise = {
            "unit_id": village.unit_id,
            "bin": sample_bin(),
            "name_kk": "Боранқұл-Қызмет",
            "name_ru": "Боранкул-Сервис",
            "name_en": "Borankul Service",
            "founded_on": "2025-03-01",
        }
        enterprise_id = str(api.post("akim", "/v1/enterprises", enterprise)["id"])
    grant(api, village, "manager", role="manager", unit_id=village.unit_id, object_id=enterprise_id)
    story.step("The communal enterprise Borankul Service is registered; it has a manager.")
    return enterprise_id


def _receive(api: Api, story: Story, year: Year) -> None:
    for line, number, amount_tiyn, day in (
        ("taxes", "T-1", 600_000_000, "02-10"),
        ("transfers", "S-1", 900_000_000, "02-15"),
    ):
        _take_in(api, year, year.lines[line], number, amount_tiyn, day)
    story.step(f"Taxes and the first part of the subvention came in: {tenge(1_500_000_000)}.")


def _take_in(api: Api, year: Year, line_id: str, number: str, amount_tiyn: int, day: str) -> None:
    receipt = {
        "line_id": line_id,
        "number": number,
        "amount_tiyn": amount_tiyn,
        "received_on": f"{year.fiscal_year}-{day}",
    }
    api.post("accountant", f"/v1/budgets/{year.budget_id}/receipts", receipt)


def _sell(api: Api, story: Story, year: Year, enterprise_id: str) -> None:
    service = {"name_kk": "Трактор", "name_ru": "Трактор", "name_en": "Tractor", "measure": "hour"}
    service_id = api.post("akim", f"/v1/enterprises/{enterprise_id}/services", service)["id"]
    tariff = {
        "price_tiyn": HOUR_TIYN,
        "valid_from": f"{year.fiscal_year}-01-01",
        "decision_number": "T-7",
    }
    api.post("akim", f"/v1/enterprises/services/{service_id}/tariffs", tariff)
    earned = 0
    for number, hours_thousandths in enumerate((2_000, 1_500, 3_000), start=1):
        invoice = {
            "service_id": service_id,
            "budget_id": year.budget_id,
            "line_id": year.lines["fees"],
            "number": f"I-{year.fiscal_year}-{number}",
            "quantity_thousandths": hours_thousandths,
            "issued_on": f"{year.fiscal_year}-04-0{number}",
        }
        issued = api.post_soon("manager", "/v1/invoices", invoice)
        paid = {
            "number": f"R-{year.fiscal_year}-{number}",
            "received_on": f"{year.fiscal_year}-04-1{number}",
        }
        api.post("accountant", f"/v1/invoices/{issued['id']}/receipts", paid)
        earned += issued["amount_tiyn"]
    story.step(
        f"The enterprise sold 6.5 tractor hours; the fees, {tenge(earned)}, are village revenue."
    )
    story.check("6.5 hours at 5 000 ₸ make 32 500 ₸ exactly", earned == EARNED_TIYN)


def _build(api: Api, story: Story, year: Year, enterprise_id: str) -> None:
    idea = year.vote.projects[year.project_id]
    contract = {
        "budget_id": year.budget_id,
        "line_id": year.lines[year.project_id],
        "enterprise_id": enterprise_id,
        "contract_number": f"C-{year.fiscal_year}-1",
        "amount_tiyn": idea.cost_tiyn,
        "signed_on": f"{year.fiscal_year}-05-05",
    }
    too_much = contract | {"amount_tiyn": idea.cost_tiyn + 1, "contract_number": "C-x"}
    is_refused = api.refuses("accountant", "/v1/commitments", too_much, 409)
    commitment_id = api.post("accountant", "/v1/commitments", contract)["id"]
    story.step(f"A contract over {tenge(idea.cost_tiyn)} is signed for “{idea.en}”.")
    story.check("one tiyn more than the line has is refused", is_refused)
    act = {
        "commitment_id": commitment_id,
        "act_number": "A-1",
        "amount_tiyn": idea.cost_tiyn,
        "worked_on": f"{year.fiscal_year}-07-20",
    }
    obligation_id = api.post("manager", "/v1/obligations", act)["id"]
    early = {"obligation_id": obligation_id, "number": "P-0"}
    is_early_refused = api.refuses("accountant", "/v1/payments", early, 409)
    accepted = {"accepted_on": f"{year.fiscal_year}-07-25"}
    api.post("accountant", f"/v1/obligations/{obligation_id}/acceptances", accepted)
    order = {"obligation_id": obligation_id, "number": "P-1"}
    payment_id = api.post("accountant", "/v1/payments", order)["id"]
    paid = {"paid_on": f"{year.fiscal_year}-08-01"}
    approvals = f"/v1/payments/{payment_id}/approvals"
    is_own_refused = api.refuses("accountant", approvals, paid, 403)
    api.post("akim", approvals, paid)
    story.step(
        "The work is handed in, accepted and paid: the accountant prepares, the akim approves."
    )
    story.check("nothing is paid before its act is accepted", is_early_refused)
    story.check("who prepares a payment does not approve it", is_own_refused)
