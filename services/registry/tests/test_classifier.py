"""The classifier: the shipped file counted, kinds and names read, and every problem named."""

import hashlib
import json
import os
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.classifier import ClassifiedUnit, read_classifier
from registry.domain.classifier_file import MAX_BYTES, Problem, ProblemKind
from registry.domain.unit_kinds import UnitKind

HEADING = "kato,name_kk,name_ru"
REGION = "470000000,Маңғыстау облысы,Мангистауская область"
DISTRICT = "473600000,Бейнеу ауданы,Бейнеуский район"
SHIPPED = files("registry") / "data" / "kato.csv"


def a_file(*lines: str, heading: str = HEADING) -> bytes:
    return "\n".join((heading, *lines)).encode()


def problems_of(*lines: str, heading: str = HEADING) -> list[Problem]:
    units, problems = read_classifier(a_file(*lines, heading=heading))
    assert units == []
    return problems


@pytest.fixture(scope="module")
def country() -> dict[str, ClassifiedUnit]:
    units, problems = read_classifier(SHIPPED.read_bytes())
    assert problems == []
    return {unit.kato: unit for unit in units}


def test_the_shipped_file_is_the_described_one() -> None:
    described = json.loads((files("registry") / "data" / "classifier.json").read_text())

    assert hashlib.sha256(SHIPPED.read_bytes()).hexdigest() == described["sha256"]


def test_the_country_is_counted_exactly(country: dict[str, ClassifiedUnit]) -> None:
    assert len(country) == 15_594
    assert Counter(unit.kind for unit in country.values()) == {
        UnitKind.REGION: 17,
        UnitKind.REPUBLICAN_CITY: 3,
        UnitKind.DISTRICT: 170,
        UnitKind.REGIONAL_CITY: 39,
        UnitKind.CITY_DISTRICT: 25,
        UnitKind.DISTRICT_CITY: 48,
        UnitKind.SETTLEMENT: 73,  # 71 administrations and two settlements right under a city
        UnitKind.RURAL_DISTRICT: 2_108,
        UnitKind.VILLAGE_WITH_AKIM: 108,
        UnitKind.CITY_PLACE: 73,
        UnitKind.SETTLEMENT_PLACE: 86,
        UnitKind.VILLAGE: 9_551,
        UnitKind.OTHER_PLACE: 3_293,
    }


def test_the_levels_are_counted_exactly(country: dict[str, ClassifiedUnit]) -> None:
    levels = Counter(unit.level for unit in country.values())

    assert levels == {1: 20, 2: 209 + 19, 3: 2_343, 4: 13_003}
    assert sum(unit.is_self_government for unit in country.values()) == 2_337


def test_the_original_classifier_reads_the_same(country: dict[str, ClassifiedUnit]) -> None:
    data = Path(os.environ.get("ORTAQ_DATA", Path(__file__).parents[4] / "shared" / "data"))
    original = data / "kato" / "kato.csv"
    if not original.exists():
        pytest.skip("the collected test data (ORTAQ_DATA) is not on this machine")

    units, problems = read_classifier(original.read_bytes())

    assert problems == []
    assert {unit.kato: unit for unit in units} == country


def test_borankul_is_a_village_with_its_own_akim(country: dict[str, ClassifiedUnit]) -> None:
    borankul = country["473639000"]

    assert borankul.kind is UnitKind.VILLAGE_WITH_AKIM
    assert borankul.is_self_government
    assert borankul.name_kk == "Боранқұл"
    assert country["473639100"].self_government_kato == "473639000"


@pytest.mark.parametrize(
    ("kato", "kind", "name_kk", "name_ru"),
    [
        ("103233000", UnitKind.RURAL_DISTRICT, "Кеңгірбай би", "Кенгирбайбийский"),  # с.о, no dot
        ("115665000", UnitKind.RURAL_DISTRICT, "Қанай би атындағы", "имени Канай би"),
        ("433639000", UnitKind.RURAL_DISTRICT, "Бұқарбай батыр", "имени Бухарбай батыра"),
        ("313635000", UnitKind.RURAL_DISTRICT, "Бурыл", "Бурылский"),  # «Бурыл а.о .»
        ("116663000", UnitKind.RURAL_DISTRICT, "Ақжар", "Ақжар"),  # Kazakh letters in Russian
        ("634820000", UnitKind.DISTRICT_CITY, "Алтай", "Алтай"),  # г.а.Алтай
        ("113820100", UnitKind.DISTRICT_CITY, "Атбасар", "Атбасар"),  # a code like a village's
        ("471000000", UnitKind.REGIONAL_CITY, "Ақтау", "Актау"),  # «Ақтау Г.А.» in Kazakh
        ("101010000", UnitKind.CITY_PLACE, "Семей", "Семей"),
        ("475220100", UnitKind.DISTRICT_CITY, "Форт-Шевченко", "Форт-Шевченко"),  # «ќ.»
        ("351011000", UnitKind.CITY_DISTRICT, "Әлихан Бөкейхан", "Әлихан Бөкейхан"),  # р.а., а.ә.
        ("351013000", UnitKind.CITY_DISTRICT, "Қазыбек би атындағы", "имени Казыбек би"),
        ("151011100", UnitKind.CITY_DISTRICT, "Астана", "Астана"),
        ("351600200", UnitKind.SETTLEMENT, "Қоңырат", "Конырат"),
        ("551041000", UnitKind.VILLAGE_WITH_AKIM, "Павлодар", "Павлодарская"),  # а.ә. again
        ("613645700", UnitKind.VILLAGE, "О.Тайманов", "О.Тайманова"),  # «с.О.»: initials
        ("395431100", UnitKind.VILLAGE, "Заречный", "Заречное"),  # «Заречное с.»
        ("103445202", UnitKind.VILLAGE, "Ақоба", "Акоба"),  # «а. а.»
        ("275433114", UnitKind.VILLAGE, "Топжиде 1", "Топжиде 1"),  # «1а.»
        ("552255200", UnitKind.VILLAGE, "Бозшакөл", "Бозшаколь"),  # «а.Бозшакөл»
        ("552244200", UnitKind.VILLAGE, "Қоянды", "Қоянды"),  # с."Ќоянды"
        ("104135102", UnitKind.OTHER_PLACE, "Жаңабаз қыстауы", "зимовка Жанабаз"),
    ],
)
def test_kind_and_names_are_read_through_the_abbreviations(
    country: dict[str, ClassifiedUnit], kato: str, kind: UnitKind, name_kk: str, name_ru: str
) -> None:
    unit = country[kato]

    assert (unit.kind, unit.name_kk, unit.name_ru) == (kind, name_kk, name_ru)


def test_no_abbreviation_is_left_in_a_name_with_a_kind(country: dict[str, ClassifiedUnit]) -> None:
    kinds = set(UnitKind) - {UnitKind.OTHER_PLACE}
    left = [
        unit
        for unit in country.values()
        if unit.kind in kinds
        and (
            unit.name_kk.endswith(("а.", "қ.", "к.", "а.о.", "ә."))
            or (unit.name_ru[1:2] == "." and unit.name_ru[0] in "сгп")
        )
    ]

    assert left == []


def test_parents_come_before_their_children(country: dict[str, ClassifiedUnit]) -> None:
    seen: set[str | None] = {None}
    for unit in country.values():
        assert unit.parent_kato in seen
        seen.add(unit.kato)


def test_a_missing_level_between_is_skipped() -> None:
    units, _ = read_classifier(a_file(REGION, DISTRICT, "473620100,Бейнеу қ.,г.Бейнеу"))

    assert units[2].parent_kato == "473600000"
    assert units[2].kind is UnitKind.DISTRICT_CITY


def test_established_english_names_win_over_transliteration() -> None:
    units, _ = read_classifier(a_file(REGION, DISTRICT), {"470000000": "Mangystau"})

    assert [unit.name_en for unit in units] == ["Mangystau", "Beineu"]


def test_the_official_workbook_reads_the_same() -> None:
    heading = "te;ab;cd;ef;hij;k;name_kaz;name_rus;nn"
    lines = (
        "470000000;47;00;00;000;0;Маңғыстау облысы;Мангистауская область;0",
        "473600000;47;36;0;0;2;Бейнеу ауданы;Бейнеуский район;0",
    )

    units, problems = read_classifier(b"\xef\xbb\xbf" + a_file(*lines, heading=heading))

    assert problems == []
    assert units == read_classifier(a_file(REGION, DISTRICT))[0]


def test_code_parts_that_disagree_are_a_problem() -> None:
    heading = "te,ab,cd,ef,hij,k,name_kaz,name_rus,nn"

    assert problems_of(
        "470000000,48,00,00,000,0,Маңғыстау облысы,Мангистауская область,0", heading=heading
    ) == [Problem(2, ProblemKind.CODE_PARTS_DISAGREE, "470000000")]


@pytest.mark.parametrize("code", ["4700000", "47000000O", "4700000000", "٤٧٠٠٠٠٠٠٠", "000000000"])
def test_a_bad_code_is_a_problem(code: str) -> None:
    assert problems_of(f"{code},Маңғыстау облысы,Мангистауская область") == [
        Problem(2, ProblemKind.BAD_CODE, code)
    ]


def test_a_code_twice_is_a_problem() -> None:
    assert problems_of(REGION, DISTRICT, DISTRICT) == [
        Problem(4, ProblemKind.DUPLICATE_CODE, "473600000")
    ]


def test_an_empty_name_is_a_problem() -> None:
    assert problems_of(REGION, "473600000, ,Бейнеуский район") == [
        Problem(3, ProblemKind.EMPTY_NAME, "473600000")
    ]


@pytest.mark.parametrize("name", ["Бей\x00неу ауданы", "\u202eауданы", "Б" * 201])
def test_a_name_that_cannot_be_printed_is_a_problem(name: str) -> None:
    assert problems_of(REGION, f"473600000,{name},Бейнеуский район") == [
        Problem(3, ProblemKind.BAD_NAME, "473600000")
    ]


def test_a_unit_without_any_ancestor_is_a_problem() -> None:
    assert problems_of(REGION, "553600000,Баянауыл ауданы,Баянаульский район") == [
        Problem(3, ProblemKind.NO_PARENT, "553600000")
    ]


def test_a_division_of_unknown_kind_is_a_problem() -> None:
    assert problems_of(REGION, "473600000,Бейнеу,Бейнеу") == [
        Problem(3, ProblemKind.UNKNOWN_KIND, "Бейнеу")
    ]


def test_wrong_columns_are_a_problem() -> None:
    assert problems_of(REGION, heading="kato,name_ru") == [
        Problem(1, ProblemKind.WRONG_COLUMNS, "name_kk")
    ]
    assert problems_of("470000000,Маңғыстау облысы") == [Problem(2, ProblemKind.WRONG_COLUMNS, "2")]
    assert problems_of('470000000,"Маңғыстау,x')[0].kind is ProblemKind.WRONG_COLUMNS


def test_another_encoding_is_a_problem_with_its_line() -> None:
    content = a_file(REGION) + b"\n" + DISTRICT.encode("cp1251", errors="replace")

    assert read_classifier(content) == ([], [Problem(3, ProblemKind.WRONG_ENCODING)])


def test_an_endless_file_is_a_problem() -> None:
    assert read_classifier(b"x" * (MAX_BYTES + 1))[1][0].kind is ProblemKind.TOO_LARGE


def test_a_file_without_units_is_a_problem() -> None:
    assert problems_of() == [Problem(1, ProblemKind.NO_UNITS)]


def test_all_problems_are_told_at_once_and_nothing_is_taken() -> None:
    assert [problem.line for problem in problems_of(REGION, "x,a,b", DISTRICT, "473600000,,")] == [
        3,
        5,
        5,
        5,
    ]


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_no_bytes_break_the_reader(content: bytes) -> None:
    units, problems = read_classifier(a_file(REGION) + b"\n" + content)

    assert bool(units) != bool(problems)


@given(st.lists(st.integers(1, 9).map(lambda n: f"47{n}600000,А ауданы,А район"), unique=True))
def test_the_order_of_lines_does_not_matter(lines: list[str]) -> None:
    forwards, _ = read_classifier(a_file(REGION, *lines))
    backwards, _ = read_classifier(a_file(*reversed(lines), REGION))

    assert forwards == backwards
