"""Keeping the figures of acts as they were published."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from budget.domain.figures import disagreements
from budget.domain.money import thousand_tenge
from budget.persistence.acts import add_act
from shared.database import Session


async def register_act(
    session: Session, account_id: UUID, act: Mapping[str, Any]
) -> tuple[UUID | None, list[dict[str, Any]]]:
    """Store an act's figures and return its id (None if stored before) and its disagreements.

    Args:
        session: of the business transaction.
        account_id: who registers it.
        act: number, kato, unit_name, fiscal_year, version and `figures`, thousand tenge as printed.

    Raises:
        AmountNotExact: a figure is not a whole number of tiyn.
    """
    figures_tiyn = {name: thousand_tenge(printed) for name, printed in act["figures"].items()}
    found = [asdict(one) for one in disagreements(figures_tiyn)]
    values = {key: value for key, value in act.items() if key != "figures"}
    act_id = await add_act(
        session,
        {
            **values,
            "figures_tiyn": figures_tiyn,
            "disagreements": found,
            "registered_by": account_id,
        },
    )
    return act_id, found
