"""Keeping the figures of acts as they were published."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from budget.domain.acts import PublishedAct, UnitNotKnown
from budget.domain.figures import Disagreement, disagreements
from budget.domain.money import thousand_tenge
from budget.persistence.acts import add_act, unit_of_kato
from shared.database import Session


async def read_act(session: Session, printed: Mapping[str, Any]) -> PublishedAct:
    """Return an act with its figures in tiyn, under the unit it names.

    Args:
        session: any session of the service.
        printed: the fields of `PublishedAct` but `figures`; instead of them `figures`, in thousand
            tenge as printed, or `figures_tiyn`; without `unit_id` the unit is found by `kato`.

    Raises:
        UnitNotKnown: no unit has this code.
        AmountNotExact: a figure is not a whole number of tiyn.
    """
    values = dict(printed)
    in_thousands, in_tiyn = values.pop("figures"), values.pop("figures_tiyn")
    kato = values.pop("kato")
    if values["unit_id"] is None:
        values["unit_id"] = await unit_of_kato(session, kato) if kato else None
    if values["unit_id"] is None:
        raise UnitNotKnown(document=values["document"], kato=kato or "?")
    figures = in_tiyn or {name: thousand_tenge(text) for name, text in in_thousands.items()}
    return PublishedAct(figures=figures, **values)


async def register_act(
    session: Session, account_id: UUID, act: PublishedAct
) -> tuple[UUID | None, list[Disagreement]]:
    """Store an act and return its id (None if stored before) and what disagrees in it.

    A figure that its parts contradict is kept as published: only its publisher may mend it.

    Raises:
        ActDiffers: it is stored with other figures.
    """
    found = disagreements(act.figures)
    return await add_act(session, act, found, account_id), found
