"""Borankul's people: who holds which office, and three hundred residents."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from demo.api import Api, StepFailed
from demo.people import impossible_iin
from demo.telling import Story

RESIDENTS = 300
ASSEMBLY = [f"assembly-{number}" for number in range(1, 8)]
SINCE = "2018-01-01"


@dataclass
class Village:
    """What the later chapters need to know of the village."""

    unit: dict[str, Any]
    settlement: dict[str, Any]
    district: dict[str, Any]
    accounts: dict[str, str]
    residents: list[str] = field(default_factory=list)
    """The `sub` of every resident who can vote."""

    @property
    def unit_id(self) -> str:
        """The self-government unit."""
        return str(self.unit["id"])


def find_unit(api: Api, kato: str) -> dict[str, Any]:
    """Return a unit by its code."""
    found = api.get("", "/v1/units", code=kato)["items"]
    if not found:
        raise StepFailed(f"The classifier has no unit {kato}.")
    unit: dict[str, Any] = found[0]
    return unit


def settle(api: Api, story: Story, kato: str, residents: int = RESIDENTS) -> Village:
    """Find the village, fill its offices and register its residents."""
    unit = find_unit(api, kato)
    places = api.get("", f"/v1/units/{unit['id']}/children")["items"]
    ancestors = api.get("", f"/v1/units/{unit['id']}/ancestors")
    district = next(one for one in reversed(ancestors) if one["kato"] != kato)
    name = unit["name"]
    story.step(f"The village: {name['kk']} / {name['ru']} / {name['en']}, KATO {kato}.")
    above = ", ".join(one["name"]["en"] for one in ancestors if one["kato"] != kato)
    story.say(
        f"It lies in {above}; its {len(places)} settlement(s) have an akim and budget in common."
    )
    offices = ["admin", "akim", "accountant", "chief-accountant", "deputy", "manager", "auditor"]
    accounts = {sub: api.get(sub, "/v1/me")["account_id"] for sub in [*offices, *ASSEMBLY]}
    village = Village(unit, places[0] if places else unit, district, accounts)
    _fill_offices(api, story, village)
    _register(api, story, village, residents)
    return village


def _fill_offices(api: Api, story: Story, village: Village) -> None:
    for sub, role, unit in (
        ("akim", "akim", village.unit),
        ("accountant", "accountant", village.unit),
        ("chief-accountant", "accountant", village.unit),
        ("deputy", "deputy", village.district),
        ("auditor", "auditor", village.district),
    ):
        grant(api, village, sub, role=role, unit_id=unit["id"])
    for sub in ASSEMBLY:
        member = {
            "holder_id": village.accounts[sub],
            "unit_id": village.unit_id,
            "valid_from": SINCE,
            "basis": "Minutes of the gathering No 1",
        }
        api.post_unless("akim", "/v1/assembly-members", member, "grant-given-already")
    story.step(
        f"Offices are filled: akim, two accountants, deputy, auditor, {len(ASSEMBLY)} members."
    )


def grant(api: Api, village: Village, sub: str, **place: Any) -> None:
    """Give a sample person a role, unless the person has it."""
    body = {
        "holder_id": village.accounts[sub],
        "valid_from": SINCE,
        "basis": "Order No 1 of the demo",
        **place,
    }
    api.post_unless("admin", "/v1/grants", body, "grant-given-already")


def _register(api: Api, story: Story, village: Village, count: int) -> None:
    new = 0
    for number in range(1, count + 1):
        sub = f"resident-{number}"
        me = api.get(sub, "/v1/me")
        if me["resident"] is None:
            new += 1
            api.post(
                "akim",
                "/v1/residents",
                {
                    "unit_id": village.settlement["id"],
                    "name": f"Resident {number} of the demo",
                    "iin": impossible_iin(number),
                    "lives_here_from": SINCE,
                    "account_id": me["account_id"],
                },
            )
        village.residents.append(sub)
    shown = api.get("akim", "/v1/residents", unit=village.settlement["id"], limit=1)["items"][0]
    story.step(f"{count} residents are registered ({new} of them now); IINs are shown masked.")
    story.check(f"an IIN is shown as {shown['iin_masked']}", "*" in shown["iin_masked"])


def today() -> date:
    """Return the day on this machine."""
    return date.today()  # noqa: DTZ011 - a story is told on its reader's day
