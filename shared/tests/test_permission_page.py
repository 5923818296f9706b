"""The page for people says what the table says."""

from pathlib import Path

from permission_cells import rows

from shared.permissions import Role

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"


def page() -> str:
    """Return the table as the page shows it; `PAGE.write_text(page())` brings it up to date."""
    columns = ["number", "action", *Role, "anyone"]
    head = (
        "# Who may do what\n\n"
        "`*` everyone, `u` and `d` as far as the role reaches (an office-holder: the unit and all"
        " in it; a resident: the own settlement and up to its self-government unit), `o` own"
        " objects alone, `-` never; `4` asks for a second person. Made from"
        " `shared/data/permissions.csv`.\n\n"
    )
    lines = [
        "| " + " | ".join(["№", *columns[1:]]) + " |",
        "|" + "---|" * len(columns),
        *("| " + " | ".join(row[column] for column in columns) + " |" for row in rows()),
    ]
    return head + "\n".join(lines) + "\n"


def test_the_page_shows_the_table_as_it_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
