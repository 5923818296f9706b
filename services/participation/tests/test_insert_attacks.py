"""The service's own database role, in a stranger's hands, stores no row beyond its first stage."""

import asyncpg
import pytest

from shared.testing import Urls

FORBIDDEN = "42501"
A_ROUND = {
    "unit_id": "gen_random_uuid()",
    "title_kk": "'а'",
    "title_ru": "'а'",
    "title_en": "'a'",
    "fiscal_year": "2027",
    "budget_tiyn": "1",
    "parameters": """'{"seed": "lot"}'""",
    "fewest_projects": "1",
    "most_projects": "1",
    "eligible_on": "'2027-01-01'",
    "opens_at": "'2099-01-01Z'",
    "closes_at": "'2099-01-02Z'",
    "created_by": "gen_random_uuid()",
}
A_PROPOSAL = {
    "unit_id": "gen_random_uuid()",
    "self_government_id": "gen_random_uuid()",
    "author_id": "gen_random_uuid()",
    "title_kk": "'а'",
    "title_ru": "'а'",
    "title_en": "'a'",
    "body": "'а'",
}
CONFIRMED = {"confirmed_by": "gen_random_uuid()", "confirmed_at": "now()"}
RULES = {"rules": "'{}'", "rules_digest": "encode(sha256('{}'), 'hex')"}


def insertion(table: str, row: dict[str, str]) -> str:
    return f"insert into {table} ({', '.join(row)}) values ({', '.join(row.values())})"


@pytest.mark.parametrize(
    "stage",
    [
        {"status": "'confirmed'", **CONFIRMED},
        {"status": "'open'", "opened_at": "now()", **CONFIRMED, **RULES},
        {"status": "'counted'", "counted_at": "now()", **CONFIRMED, **RULES},
        {"status": "'draft'"},
        *({column: value} for column, value in (CONFIRMED | RULES).items()),
        {"opened_at": "now()"},
        {"counted_at": "now()"},
        {"created_at": "'2020-01-01Z'"},
        {"id": "gen_random_uuid()"},
    ],
)
async def test_no_round_is_stored_beyond_its_draft(own_urls: Urls, stage: dict[str, str]) -> None:
    connection = await asyncpg.connect(own_urls.plain_runtime)

    with pytest.raises(asyncpg.PostgresError) as refused:
        await connection.execute(insertion("rounds", A_ROUND | stage))

    assert refused.value.sqlstate == FORBIDDEN
    await connection.close()


@pytest.mark.parametrize(
    "stage",
    [
        {"status": "'won'", "cost_tiyn": "1", "costed_at": "now()"},
        {"status": "'withdrawn'", "withdrawn_at": "now()"},
        {"cost_tiyn": "1", "costed_at": "now()"},
        {"supported_at": "now()"},
        {"created_at": "'2020-01-01Z'"},
    ],
)
async def test_no_proposal_is_stored_as_decided(own_urls: Urls, stage: dict[str, str]) -> None:
    connection = await asyncpg.connect(own_urls.plain_runtime)

    with pytest.raises(asyncpg.PostgresError) as refused:
        await connection.execute(insertion("proposals", A_PROPOSAL | stage))

    assert refused.value.sqlstate == FORBIDDEN
    await connection.close()


@pytest.mark.parametrize(
    "attack",
    [
        "insert into support_counters (proposal_id, supporters) values (gen_random_uuid(), 1000)",
        "update support_counters set proposal_id = gen_random_uuid()",
        "insert into projects (admitted_at) values ('2020-01-01Z')",
        "insert into costings (id) values (gen_random_uuid())",
        "insert into counts (id) values (gen_random_uuid())",
    ],
)
async def test_nothing_else_is_stored_ahead_of_its_time(own_urls: Urls, attack: str) -> None:
    connection = await asyncpg.connect(own_urls.plain_runtime)

    with pytest.raises(asyncpg.PostgresError) as refused:
        await connection.execute(attack)

    assert refused.value.sqlstate == FORBIDDEN
    await connection.close()


async def test_what_the_service_may_store_begins_at_the_first_stage(own_urls: Urls) -> None:
    connection = await asyncpg.connect(own_urls.plain_runtime)

    voting = await connection.fetchrow(insertion("rounds", A_ROUND) + " returning *")
    proposal = await connection.fetchrow(insertion("proposals", A_PROPOSAL) + " returning *")

    later = ("confirmed_by", "confirmed_at", "rules", "rules_digest", "opened_at", "counted_at")
    assert (voting["status"], *(voting[name] for name in later)) == ("draft", *[None] * 6)
    decided = ("cost_tiyn", "supported_at", "costed_at", "withdrawn_at")
    assert (proposal["status"], *(proposal[name] for name in decided)) == ("submitted", *[None] * 4)
    await connection.close()
