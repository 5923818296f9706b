"""Nothing lost, doubled or out of order, whatever is killed; and a checker that can fail.

Every verdict is read from the databases. The same checker judges the product under chaos and four
systems that each lack one safeguard: were it blind, those would pass too.
"""

import os
import secrets
from collections.abc import Iterator

import pytest
from reliability_system import (
    FAULTS,
    Chaos,
    Servers,
    count_records,
    end,
    pass_verdict,
    plan_faults,
    running,
    set_stage,
    settled,
    start_servers,
)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    found = start_servers(tmp_path_factory.mktemp("reliability"))
    yield found
    found.stop()


def choose_seed() -> int:
    """Return a new seed, or the one that is to be played again."""
    return int(os.environ.get("RELIABILITY_SEED") or secrets.randbelow(1_000_000))


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_forty_faults_lose_double_and_reorder_nothing(
    servers: Servers, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config
) -> None:
    seed = choose_seed()
    stage = await set_stage(servers, aggregates=40, seed=seed)
    async with running(stage, "writer", "relay", "relay", "consumer") as children:
        chaos = Chaos(servers, children)

        await chaos.play(plan_faults(seed))
        statuses = [await end(children[0])]
        quiet_seconds = await settled(stage)
        statuses += [await end(child) for child in children[1:]]

    verdict = await pass_verdict(stage)
    records = await count_records(stage)
    with capsys.disabled():
        pytestconfig.get_terminal_writer().line(
            f"\nreliability: seed {seed}, {sum(chaos.done.values())} faults {dict(chaos.done)},"
            f" {verdict.events} events in {records} records, settled {quiet_seconds:.1f} s after"
            f" the last fault; violations {verdict.violations or 'none'}; ended {chaos.unasked}"
        )
    assert verdict.violations == {}, f"RELIABILITY_SEED={seed}, see {servers.folder}"
    assert chaos.done == FAULTS
    assert chaos.unasked == []
    assert statuses == [0, 0, 0, 0]
    assert verdict.events == verdict.applied > 500
    # Had nothing been sent twice, the faults would not have hit where it hurts.
    assert records > verdict.events
