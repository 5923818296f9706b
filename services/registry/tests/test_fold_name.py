"""The SQL function and the Python function must fold every text alike: one stores, one asks."""

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.domain.names import LETTERS_FROM, fold
from registry.usecases.classifier_imports import shipped_edition
from shared.testing import Urls

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
NAMES = st.text(LETTERS_FROM + "абвгәқң йё-«»\"'№ 0123456789")


async def test_sql_and_python_fold_alike(urls: Urls) -> None:
    connection = await asyncpg.connect(urls.plain_runtime)

    @given(st.lists(TEXTS | NAMES, min_size=1, max_size=50))
    @settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def collect(texts: list[str]) -> None:
        seen.update(texts)

    seen: set[str] = set()
    collect()
    texts = sorted(seen)
    folded = await connection.fetch(
        "select fold_name(name) as name from unnest($1::text[]) with ordinality as t(name, n) "
        "order by n",
        texts,
    )
    await connection.close()

    assert [row["name"] for row in folded] == [fold(text) for text in texts]


async def test_sql_and_python_fold_the_whole_country_alike(urls: Urls) -> None:
    connection = await asyncpg.connect(urls.plain_runtime)
    lines = shipped_edition().content.decode().splitlines()

    folded = await connection.fetch(
        "select fold_name(name) as name from unnest($1::text[]) with ordinality as t(name, n) "
        "order by n",
        lines,
    )
    await connection.close()

    assert [row["name"] for row in folded] == [fold(line) for line in lines]
