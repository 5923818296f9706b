"""Names of places as people write them: tidied, folded for search, put into Latin letters."""

import re
import unicodedata

# A Kazakh font of the 1990s kept its letters where Serbian, Macedonian and Belarusian ones belong;
# the official classifier still holds some forty of them ("Форт-Шевченко ќ.", "Жўмба").
_DAMAGED = {"ќ": "қ", "Ќ": "Қ", "ў": "ұ", "Ў": "Ұ", "ї": "ү", "Ї": "Ү", "ј": "ә", "Ј": "Ә"}
_REPAIR = str.maketrans(_DAMAGED)
_QUOTED = re.compile(r'^["«“„](.*)["»”“]$')

_FOLDED = (
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZq", "abcdefghijklmnopkrstuvwxyzk"),
    ("АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯйЁё", "абвгдежзииклмнопрстуфхцчшщъыьэюяиее"),
    ("ӘәҒғҚқҢңӨөҰұҮүҺһІі", "ааггккннооууууххии"),
    ("ЌќЎўЇїЈј", "ккууууаа"),
)
LETTERS_FROM = "".join(letters for letters, _ in _FOLDED)
LETTERS_TO = "".join(letters for _, letters in _FOLDED)
"""Letter by letter, what search makes of a name; SQL's `fold_name` holds the same two."""

_FOLD = str.maketrans(LETTERS_FROM, LETTERS_TO)
_NOT_SEARCHED = re.compile(r"[^0-9a-zа-я]+")

_LATIN = dict(zip("абвгдеёзийклмнопрстуфыэәқөұүһі", "abvgdeeziiklmnoprstufyeaqouuhi", strict=True))
_LATIN |= {"ғ": "gh", "ж": "zh", "ң": "ng", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh"}
_LATIN |= {"щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}


def tidy(name: str) -> str:
    """Give a name as it should be printed: one form of each letter, single spaces, no outer quotes.

    Letters damaged by an old font are put right.
    """
    one_form = unicodedata.normalize("NFC", name).translate(_REPAIR)
    return _QUOTED.sub(r"\1", " ".join(one_form.split()))


def fold(name: str) -> str:
    """Give what search compares: lower case, Kazakh letters as their Russian look-alikes, no marks.

    Spaces, hyphens and quotes go too, so that «Усть-Каменогорск» is found by «усть каменогорск»,
    and «Ново-Одесское» by «Новоодесское». Equal to the SQL function `fold_name` for every text.
    """
    return _NOT_SEARCHED.sub("", name.translate(_FOLD))


def transliterate(name_kk: str) -> str:
    """Write a Kazakh name in plain Latin letters, as English texts print it.

    A place named after a person bears the bare name: «Абай атындағы» gives "Abai".
    """
    return "".join(_latin(letter) for letter in name_kk.removesuffix(" атындағы"))


def _latin(letter: str) -> str:
    latin = _LATIN.get(letter.lower(), letter.lower())
    if letter == letter.lower():
        return latin
    return latin[:1].upper() + latin[1:]
