"""One count in a process of its own, so that its memory is its own: prints JSON.

python bench/count_once.py FILE [--slow] | --synthetic PROJECTS VOTERS
"""

import importlib.util
import json
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import meters

SLOW_COUNT = "services/participation/tests/test_counting_exactness.py"


def count_file(file: Path, *, is_slow: bool) -> dict[str, Any]:
    """Count an election by equal shares, by the engine or in plain fractions."""
    from participation.domain.counting import Parameters, count  # noqa: PLC0415
    from participation.domain.pabulib import read_pabulib  # noqa: PLC0415

    content = file.read_bytes()
    began = time.perf_counter()
    election = read_pabulib(content).election
    read_at = time.perf_counter()
    if is_slow:
        slow = _slow_count()
        read_at = time.perf_counter()
        winners = slow.Slow(election, Parameters()).winners()
    else:
        winners = list(count(election, Parameters()).winners)
    return {
        "read_seconds": read_at - began,
        "count_seconds": time.perf_counter() - read_at,
        "peak_mib": meters.peak_mib(),
        "winners": sorted(winners),
        "projects": len(election.projects),
        "voters": election.voters,
    }


def count_synthetic(projects: int, voters: int) -> dict[str, Any]:
    """Count an invented election; its making is not timed."""
    import tally  # noqa: PLC0415

    counted = tally.counted("", tally.synthetic(projects, voters), tally.Parameters())
    return {"count_seconds": counted["cpu_seconds"], "peak_mib": meters.peak_mib()}


def _slow_count() -> ModuleType:
    file = Path(__file__).parents[1] / SLOW_COUNT
    spec = importlib.util.spec_from_file_location("slow_count", file)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(SLOW_COUNT)
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look themselves up by the name of their module.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--synthetic", projects, voters]:
            print(json.dumps(count_synthetic(int(projects), int(voters))))
        case [file, *rest]:
            print(json.dumps(count_file(Path(file), is_slow=rest == ["--slow"])))
