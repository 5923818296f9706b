"""Rules of names: tidy, fold, transliterate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.names import LETTERS_FROM, LETTERS_TO, fold, tidy, transliterate


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Ақмола", "акмола"),
        ("Өскемен", "оскемен"),
        ("Жаңаөзен", "ЖАНАОЗЕН"),
        ("Қызылұйық", "кызылуйык"),
        ("Теміртау", "темиртау"),
        ("Шаһар", "шахар"),
        ("Әулиеағаш", "аулиеагаш"),
        ("Күнбатыс", "кунбатыс"),
        ("Алёшино", "алешино"),
        ("Усть-Каменогорск", "усть каменогорск"),
        ("Ново-Одесское", "Новоодесское"),
        ("«Сұңқар»", '"сункар"'),
        ("Boranqul", "borankul"),
        ("Форт-Шевченко ќ", "форт-шевченко қ"),
    ],
)
def test_a_name_is_found_by_the_letters_a_person_types(written: str, asked: str) -> None:
    assert fold(written) == fold(asked)


def test_every_folded_letter_has_its_counterpart() -> None:
    assert len(LETTERS_FROM) == len(LETTERS_TO)
    assert len(set(LETTERS_FROM)) == len(LETTERS_FROM)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    once = tidy(text)

    assert tidy(once) == once


@given(st.text(st.characters(codec="utf-8")))
def test_a_tidied_name_has_single_spaces_and_no_margins(text: str) -> None:
    clean = tidy(text)

    assert clean == " ".join(clean.split())


def test_letters_of_the_old_font_are_put_right() -> None:
    assert tidy('"Ќўрылысшы"') == "Құрылысшы"
    assert tidy("Кїшік жал") == "Күшік жал"
    assert tidy("Кјркес") == "Кәркес"


def test_a_non_breaking_space_is_a_space() -> None:
    assert tidy("Отпан \xa0а.о.") == "Отпан а.о."


@pytest.mark.parametrize(
    ("kazakh", "latin"),
    [
        ("Боранқұл", "Boranqul"),
        ("Жаңаөзен", "Zhangaozen"),
        ("Шығыс Қазақстан", "Shyghys Qazaqstan"),
        ("Щучинск", "Shchuchinsk"),
        ("Мәшһүр Жүсіп", "Mashhur Zhusip"),
        ("Сакен Сейфуллин атындағы", "Saken Seifullin"),
    ],
)
def test_an_english_name_is_written_from_the_kazakh_one(kazakh: str, latin: str) -> None:
    assert transliterate(kazakh) == latin


@given(st.text("абвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюяӘАБВҒҚЖ -"))
def test_a_transliterated_name_is_plain_latin(kazakh: str) -> None:
    assert transliterate(kazakh).isascii()
