"""The background process of the budget service: its relay and its consumer."""

from budget.events.handlers import HANDLERS
from shared.messaging.worker import work
from shared.settings import ServiceSettings


def main() -> None:
    """Relay and consume until told to stop."""
    work("budget", HANDLERS, ServiceSettings())


if __name__ == "__main__":
    main()
