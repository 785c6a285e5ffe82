"""Numbers: any run of five or more digits is masked. Checksums only say what it is called.

As a gate, checksums would let through every number with a typing error in it.
"""

import re
from collections.abc import Iterator

from recorder.guard.text.spans import Span, words_of

# Digits with at most two separators between any two. A lone letter at the ends is part of many identity numbers.
_RUN = re.compile(
    r"(?<![^\W_])(?:[A-Z]{1,3}[ -]?)?[+(]{0,2}\d(?:[ .,:;/()+*#_|-]{0,2}\d){4,63}"
    r"(?:[ ,]{0,2}(?:x|ext\.?|extension|#) ?\d{1,6}|[ -]?[A-Z](?!\w))?"
)
_BARE = re.compile(r"\d(?:[ .,:;/()+*#_|-]{0,2}\d){4,63}")
_IBAN = re.compile(r"(?<![^\W_])([A-Z]{2})[ -]?\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.I)
# ISO 13616 register: how many characters an IBAN has.
_IBAN_LENGTHS = {
    country: int(length)
    for length, countries in re.findall(
        r"(\d+) ([A-Z ]+)",
        "15 NO 16 BE 18 DK FI FO GL NL FK SD 19 MK SI 20 AT BA EE KZ LT LU XK MN 21 CH CR HR LI LV "
        "22 BG BH DE GB GE IE ME RS VA "
        "23 AE GI IL IQ TL OM SO 24 AD CZ ES MD PK RO SA SE SK TN VG 25 LY PT ST 26 IS TR 27 BI DJ "
        "FR GR IT MC MR SM "
        "28 AL AZ BY CY DO GT HU LB NI PL SV 29 BR EG PS QA UA 30 JO KW MU YE 31 MT SC 32 LC 33 RU",
    )
    for country in countries.split()
}
# Identity numbers of letters and digits: Italy, Spain, United Kingdom, Mexico, India, France (Corsica), passports.
_ID = re.compile(
    r"(?<![^\W_])(?:"
    r"[A-Za-z]{6}[ -]?\d{2}[A-Za-z]\d{2}[A-Za-z]\d{3}[A-Za-z]"
    r"|[XYZxyz][ -]?\d{7}[ -]?[A-Za-z]|\d{8}[ -]?[A-Za-z]"
    r"|[A-Za-z]{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-Da-d]"
    r"|[A-Za-z]{4}[ -]?\d{6}[A-Za-z0-9]{2,9}|[A-Za-z]{5}\d{4}[A-Za-z]"
    r"|[12][ -]?\d{2}[ -]?\d{2}[ -]?2[ABab][ -]?\d{3}[ -]?\d{3}(?:[ -]?\d{2})?"
    r"|[A-Za-z]{1,2}\d{6,8}[A-Za-z]?"
    r")(?!\w)"
)
_SSN = re.compile(r"\d{3}[ -]\d{2}[ -]\d{4}")
_DATE = re.compile(r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})")


def find_numbers(text: str) -> Iterator[Span]:
    """`text` is folded."""
    yield from _ibans(text)
    for match in _ID.finditer(text):
        yield Span(match.start(), match.end(), "id", "id_shape")
    for match in _RUN.finditer(text):
        yield Span(match.start(), match.end(), *name_of(match[0]))
    # Once more without ends: what the first pattern refused or stopped short of is a run of digits all the same.
    for match in _BARE.finditer(text):
        yield Span(match.start(), match.end(), "number", "digits_5")


def _ibans(text: str) -> Iterator[Span]:
    """As many characters as the country's IBANs have. With wrong check digits it has to be digits for the most part:
    `at 555 0199 about the invoice` has the form, too."""
    for match in _IBAN.finditer(text):
        ends = [at + 1 for at in range(match.start(), match.end()) if text[at].isalnum()]
        length = _IBAN_LENGTHS.get(match[1].upper(), 0)
        if 0 < length <= len(ends):
            end = ends[length - 1]
            found = text[match.start() : end]
            if is_iban(found):
                yield Span(match.start(), end, "iban", "iban_mod97")
            elif 2 * sum(map(str.isdigit, found)) >= length:
                yield Span(match.start(), end, "iban", "iban_shape")


# Groups of capitals and digits as on licence plates; what the groups must add up to is checked in `find_plates`.
_PLATE = re.compile(
    r"(?<![\w.-])(?:[A-ZÄÖÜÅА-Я]{1,3}|\d{1,4})(?:[ -]{0,1}(?:[A-ZÄÖÜÅА-Я]{1,3}|"
    r"\d{1,4})){1,3}(?![\w-])"
)


def find_plates(text: str, harmless: frozenset[str]) -> Iterator[Span]:
    """Licence plates: two groups with three digits, or more groups with one. `harmless`: `SHA256`, `200 OK`."""
    for match in _PLATE.finditer(text):
        groups = re.findall(r"[^\W\d_]+|\d+", match[0])
        digits = sum(len(group) for group in groups if group.isdigit())
        letters = [group.lower() for group in groups if not group.isdigit()]
        if not letters or digits < (3 if len(groups) == 2 else 1) or match[0].lower() in harmless:
            continue
        if not (len(groups) == 2 and groups[0].isdigit() and letters[0] in _UNITS):
            yield Span(match.start(), match.end(), "id", "plate_shape")


_UNITS = frozenset(words_of("mb gb kb tb ms px ok hz ghz mhz mm cm km kg usd eur gbp am pm fps dpi w v"))


def name_of(run: str) -> tuple[str, str]:
    """(category, rule) of a run of digits with separators."""
    digits = re.sub(r"\D", "", run)
    if 13 <= len(digits) <= 19 and is_luhn(digits):
        return "card", "card_luhn"
    if _SSN.fullmatch(run):
        return "id", "id_3_2_4"
    if _DATE.fullmatch(run):
        return "date", "date_digits"
    if 7 <= len(digits) <= 15 and (run[0] in "+(0" or any(mark in run for mark in " -./(")):
        return "phone", "phone_shape"
    return "number", "digits_5"


def is_luhn(digits: str) -> bool:
    """The check digit of cards and IMEIs (ISO/IEC 7812-1 annex B)."""
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(digit), 10)) for digit in even)) % 10 == 0


def is_iban(text: str) -> bool:
    """ISO 13616: moved to the end, letters as numbers, the remainder by 97 is 1."""
    plain = re.sub(r"[ -]", "", text).upper()
    number = "".join(str(int(character, 36)) for character in plain[4:] + plain[:4])
    return int(number) % 97 == 1
