"""Participation's background half: it tells, listens, and keeps the rounds' time."""

from participation.events.handlers import HANDLERS
from participation.usecases.clock import keep_time
from shared.messaging.worker import work
from shared.settings import ServiceSettings


def main() -> None:
    """Be the background process."""
    work("participation", HANDLERS, ServiceSettings(), keep_time)


if __name__ == "__main__":
    main()
