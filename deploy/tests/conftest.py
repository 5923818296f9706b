"""One whole platform for the tests that need no other."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import ports
from launcher.background import start_detached, stop
from launcher.runs import RunFolder
from launcher.screen import Screen


@pytest.fixture(scope="session")
def platform() -> Iterator[RunFolder]:
    """The folder of a running platform; started when first asked for, gone after the run."""
    with tempfile.TemporaryDirectory(prefix="ortaq-test-") as scratch:
        folder = RunFolder(Path(scratch) / ".ortaq")
        start_detached(folder, ports.free_port())
        yield folder
        stop(folder, Screen())
