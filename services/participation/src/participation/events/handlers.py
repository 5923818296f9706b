"""Which fact of registry and budget calls what."""

from participation.persistence.ledger import keep_entries, keep_lines
from participation.persistence.residents import keep_residents
from shared.contracts.budget import LineChanged, LineOpened
from shared.contracts.registry import GrantChanged, ResidentChanged, UnitChanged
from shared.messaging.inbox import Handlers
from shared.territory import keep_grants, keep_units

HANDLERS: Handlers = {
    UnitChanged: keep_units,
    GrantChanged: keep_grants,
    ResidentChanged: keep_residents,
    LineOpened: keep_lines,
    LineChanged: keep_entries,
}
