"""Which fact of others calls which use case."""

from typing import Final

from budget.usecases.drafting import open_project_lines
from shared.contracts.participation import ProjectWon
from shared.contracts.registry import GrantChanged, UnitChanged
from shared.messaging.inbox import Handlers
from shared.territory import keep_grants, keep_units

HANDLERS: Final[Handlers] = {
    UnitChanged: keep_units,
    GrantChanged: keep_grants,
    ProjectWon: open_project_lines,
}
