"""The first start, the key to personal data, and the verb that takes in an edition."""

import asyncio
import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr
from registry_builders import beineu_edition, said
from sqlalchemy import text

from registry.app import install
from registry.settings import PersonalKeyUnusable, RegistrySettings, load_personal_key
from registry.usecases.classifier_imports import shipped_edition
from registry.verbs import import_units
from shared.database import Database
from shared.settings import Environment
from shared.testing import Urls
from shared.tokens.access import account_id


def some_settings(tmp_path: Path, **changed: object) -> RegistrySettings:
    given = {"database_url": SecretStr("x"), "internal_keys_file": tmp_path / "keys.jwks"}
    return RegistrySettings(**{**given, **changed})


def test_development_makes_a_key_once(tmp_path: Path) -> None:
    first = load_personal_key(some_settings(tmp_path))
    second = load_personal_key(some_settings(tmp_path))

    assert first == second
    assert (tmp_path / "personal.key").stat().st_mode & 0o077 == 0


def test_production_does_not_start_without_a_key(tmp_path: Path) -> None:
    settings = some_settings(tmp_path, env=Environment.PRODUCTION)

    with pytest.raises(PersonalKeyUnusable):
        load_personal_key(settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"???", base64.b64encode(b"too short")])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)

    with pytest.raises(PersonalKeyUnusable):
        load_personal_key(some_settings(tmp_path, personal_key_file=file))


@pytest.mark.timeout(120)
async def test_a_second_start_installs_nothing_more(
    committed: Database, own_urls: Urls, tmp_path: Path
) -> None:
    settings = some_settings(
        tmp_path,
        database_url=SecretStr(own_urls.runtime),
        first_admin="https://issuer.example/realms/kz first-admin",
    )

    await install(settings)
    await install(settings)
    await install(settings.model_copy(update={"first_admin": "https://issuer.example other"}))

    async with committed.sessions() as session:
        units = await session.execute(text("select count(*) from known_units"))
        (admin,) = await said(session, "grant.changed")
    assert units.scalar() == 15_594
    assert admin["role"] == "admin"
    assert admin["holder_id"] == str(account_id("https://issuer.example/realms/kz", "first-admin"))


def test_a_file_is_checked_without_a_database(tmp_path: Path) -> None:
    file = tmp_path / "kato.csv"
    file.write_bytes(shipped_edition().content)

    result = CliRunner().invoke(import_units, [str(file), "--dry-run", "--json"])

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["units"] == 15_594


def test_problems_are_told_with_their_lines_in_three_languages(tmp_path: Path) -> None:
    file = tmp_path / "kato.csv"
    file.write_bytes(beineu_edition(replaced={"473639000": "47363900,x,y"}).content)

    plain = CliRunner().invoke(import_units, [str(file), "--dry-run", "--language", "kk"])
    as_json = CliRunner().invoke(import_units, [str(file), "--dry-run", "--json"])

    (problem,) = json.loads(as_json.stdout)["problems"]
    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert f"{problem['line']}: код 9 цифрдан тұрмайды" in plain.stdout
    assert set(problem["message"]) == {"kk", "ru", "en"}


def test_without_a_database_nothing_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "kato.csv"
    file.write_bytes(shipped_edition().content)

    result = CliRunner().invoke(import_units, [str(file)], env={"ORTAQ_DATABASE_URL": None})

    assert result.exit_code == 2
    assert "--database" in result.stderr


def test_an_unreachable_database_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "kato.csv"
    file.write_bytes(beineu_edition().content)
    nowhere = "postgresql+asyncpg://registry:x@127.0.0.1:1/registry"

    result = CliRunner().invoke(import_units, [str(file), "--database", nowhere])

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: The registry's database does not answer")


async def test_the_verb_takes_an_edition_in(
    committed: Database, own_urls: Urls, tmp_path: Path
) -> None:
    file = tmp_path / "kato.csv"
    file.write_bytes(beineu_edition().content)
    arguments = [str(file), "--database", own_urls.runtime, "--valid-from", "2025-02-01", "--json"]

    def run() -> Result:
        return CliRunner().invoke(import_units, arguments)

    first, again = await asyncio.to_thread(run), await asyncio.to_thread(run)

    assert json.loads(first.stdout)["created"] == json.loads(first.stdout)["units"] > 20
    assert json.loads(again.stdout)["created"] == 0
    async with committed.sessions() as session:
        editions = await session.execute(text("select edition from classifier_imports"))
        assert editions.scalars().all() == ["kato.csv"]
