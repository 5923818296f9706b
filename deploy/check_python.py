"""Says in one line what this machine's Python lacks, before anything is installed."""

import importlib.util
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this runs before anything else has checked it
    sys.exit(f"Ortaq needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
if importlib.util.find_spec("ensurepip") is None:
    sys.exit("Python's venv module is incomplete here: install the package python3-venv.")
