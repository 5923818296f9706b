"""The registry's background half: it tells, and listens to nobody."""

from shared.messaging.worker import work
from shared.settings import ServiceSettings


def main() -> None:
    """Be the background process."""
    work("registry", {}, ServiceSettings())


if __name__ == "__main__":
    main()
