"""`ortaq import-acts` and `ortaq verify-ledger`, as a person types them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from budget.verbs import TOKEN_VARIABLE, import_acts, verify_ledger

HEAD = (
    "doc_id,unit_as_written,kato,budget_year,rev_total,rev_tax,rev_nontax,rev_capital,rev_special,"
    "rev_transfers,exp_total,net_lending,fin_assets,balance,financing\n"
)
NOBODY = "http://127.0.0.1:9"


def a_file(folder: Path, *rows: str, encoding: str = "utf-8") -> str:
    path = folder / "acts.csv"
    path.write_bytes((HEAD + "".join(f"{row}\n" for row in rows)).encode(encoding))
    return str(path)


def test_a_dry_run_names_what_disagrees(tmp_path: Path) -> None:
    path = a_file(tmp_path, "A1,Ауыл,473639000,2026,100,60,,,,39.9,100,,,,")

    for_people = CliRunner().invoke(import_acts, [path, "--dry-run"])
    for_programs = CliRunner().invoke(import_acts, [path, "--dry-run", "--json"])

    assert "line 2, A1: revenue is published as 10000000 tiyn" in for_people.output
    assert json.loads(for_programs.output)["disagreements"][0]["computed_tiyn"] == 9_990_000


@pytest.mark.parametrize(
    ("row", "encoding", "reason"),
    [
        ("A1,Ауыл,1,2026,0.000001,,,,,,,,,,", "utf-8", "line 2: "),
        ("A1,Ауыл,1,2026,1,,,,,,,,,,", "cp866", "not UTF-8"),
    ],
)
def test_an_unreadable_file_is_one_clear_line(
    tmp_path: Path, row: str, encoding: str, reason: str
) -> None:
    result = CliRunner().invoke(
        import_acts, [a_file(tmp_path, row, encoding=encoding), "--dry-run"]
    )

    assert result.exit_code == 1
    assert reason in result.output
    assert len(result.output.splitlines()) == 1


def test_a_verb_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    budget_id = "018f6f2e-7c1a-7b3e-9a55-0c1f9c2d4e5a"
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)

    without_token = CliRunner().invoke(verify_ledger, [budget_id])
    monkeypatch.setenv(TOKEN_VARIABLE, "x")
    without_server = CliRunner().invoke(verify_ledger, [budget_id, "--url", NOBODY])

    assert TOKEN_VARIABLE in without_token.output
    assert "no answer" in without_server.output
    assert (without_token.exit_code, without_server.exit_code) == (1, 1)
