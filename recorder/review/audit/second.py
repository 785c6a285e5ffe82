"""A second, simpler detector: a text in, the stretches that a person should look at out.

It shares no list and no line with the guard's detector, so that what one of them misses the other need not. It names
shapes only (addresses, numbers, keys, pairs of capitalised words) and errs towards saying too much: nothing is masked
by it, it only points.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

LONGEST = 20_000  # characters; more than that in one stored value is pointed at as a whole


class Stretch(NamedTuple):
    """Characters `start` to `end` of a text, and the rule that points at them."""

    start: int
    end: int
    rule: str


_PLACEHOLDER = re.compile(r"\[[a-z_ ]{1,24}\]")  # what the guard puts in the place of what it took out
_GONE = "\0"

_EMAIL = re.compile(r"[^\s@<>\0]{1,64} ?(?:@|\(at\)|\[at\]) ?[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){1,6}")
_DIGITS = re.compile(r"\d(?:[ ./()\-–]{0,3}\d){4,40}")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?\b")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){3,7}[0-9A-Fa-f]{1,4}(?![\w:])")
_QUERY = re.compile(r"[^\s?\0]{0,200}\?[^\s=\0]{1,60}=[^\s\0]{1,200}|\b[a-z]{2,12}://[^\s/@\0]{1,100}@[^\s\0]{1,200}")
_PREFIXED = re.compile(
    r"\b(?:AKIA|ASIA|ghp_|gho_|ghs_|github_pat_|glpat-|sk-|sk_live_|rk_live_|pk_live_|xox[abps]-|AIza|ya29\.|hf_|npm_|"
    r"pypi-|SG\.|eyJ)[\w.+/=-]{6,400}|-----BEGIN [A-Z ]{3,40}-----"
)
_TOKEN = re.compile(r"(?<![\w+/=-])[\w+/=-]{8,400}(?![\w+/=-])")
_LABEL = re.compile(
    r"(?i)(?<!\w)(?:(?:pass ?words?|passwd|pwd|pass ?phrase|pass ?code|passwort|kennwort|mot de passe|contraseña|"
    r"palavra-passe|wachtwoord|hasło|heslo|lösenord|adgangskode|passord|salasana|jelszó|şifre|пароль|密码|パスワード|"
    r"비밀번호|cvv|cvc)(?!\w)[ \t]{0,3}(?:is|ist|est|es|=|:|->)?|"
    # These are common words besides, so they have to be said to be something.
    r"(?:secret|senha|clave|parola|api[ _-]?key|token|otp|pin|tan|code)(?!\w)[ \t]{0,3}(?:is|ist|est|es|=|:|->))"
    r"[ \t]{0,3}([^\s\0]{3,80})"
)
_WORDS = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)?")
_PARTICLES = frozenset(("van", "von", "de", "der", "la", "di", "da", "bin", "al"))
_TITLE_WORDS = 4  # so many words in a row with capitals are a headline
# Words that programs write in capitals themselves. A pair of which both are here names nobody.
_PROGRAMS = frozenset(
    re.findall(
        r"\w+",
        """
    About Account Add Address Advanced All Apps Archive Audio Browser Calc Calendar Chrome Chromium Close Code
    Contacts Control Current Data Default Delete Desktop Disk Document Documents Download Downloads Drive Edit
    Editor Error Explorer Export File Files Find Firefox Folder Font General Google Help History Home Image
    Images Import Inbox Insert Installed Keyboard Layout Libre Library Linux List Mail Manager Map Menu Message
    Microsoft Mode Monitor Mousepad Mozilla Music My New Next Notes Office Open Options Page Panel Password
    Paste Photos Player Preferences Preview Print Privacy Private Profile Project Properties Quit Read Recent
    Remove Report Review Save Screen Search Security Select Send Settings Share Sheet Show Sign Site Software
    Sort Sound Source Start Studio System Tab Table Task Terminal Text Theme Tools Trash Untitled Update User
    Video View Viewer Visual Web Welcome Window Windows Word Work Writer Zoom
    """,
    )
)


def look(text: str) -> list[Stretch]:
    """All stretches, sorted; of two that overlap, the one whose rule says more."""
    if len(text) > LONGEST:
        return [Stretch(0, len(text), "too_long")]
    kept = _PLACEHOLDER.sub(lambda gone: _GONE * len(gone[0]), text)
    chosen: list[Stretch] = []
    for rule in RULES:
        for found in rule(kept):
            if all(found.end <= one.start or one.end <= found.start for one in chosen):
                chosen.append(found)
    return sorted(chosen)


def _plain(pattern: re.Pattern[str], rule: str) -> Callable[[str], Iterator[Stretch]]:
    def find(text: str) -> Iterator[Stretch]:
        return (Stretch(found.start(), found.end(), rule) for found in pattern.finditer(text))

    return find


def _labelled(text: str) -> Iterator[Stretch]:
    """What follows a word like password. A letterless mark alone is no secret: `Password: ****`."""
    for found in _LABEL.finditer(text):
        if any(character.isalnum() for character in found[1]):
            yield Stretch(found.start(), found.end(), "after_a_secret_word")


def _ibans(text: str) -> Iterator[Stretch]:
    """ISO 13616: the check digits come out as 1 modulo 97."""
    for found in _IBAN.finditer(text):
        packed = found[0].replace(" ", "").upper()
        turned = "".join(str(int(character, 36)) for character in packed[4:] + packed[:4])
        if int(turned) % 97 == 1:
            yield Stretch(found.start(), found.end(), "iban")


def _numbers(text: str) -> Iterator[Stretch]:
    for found in _DIGITS.finditer(text):
        digits = [int(character) for character in found[0] if character.isdigit()]
        card = 13 <= len(digits) <= 19 and _luhn(digits)
        yield Stretch(found.start(), found.end(), "card_number" if card else "long_number")


def _luhn(digits: list[int]) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = (digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def _tokens(text: str) -> Iterator[Stretch]:
    for found in _TOKEN.finditer(text):
        if _random_looking(found[0]):
            yield Stretch(found.start(), found.end(), "random_token")


def _random_looking(token: str) -> bool:
    """Letters and digits in turn, or too many different characters for its length. Bits per character: a long English
    word has about 3, random base64 of 20 characters about 4."""
    kinds = ["d" if character.isdigit() else "l" for character in token if character.isalnum()]
    turns = sum(one != other for one, other in pairwise(kinds))
    if turns >= 3:
        return True
    cases = any(map(str.islower, token)) and any(map(str.isupper, token[1:]))
    return len(token) >= 16 and (turns >= 1 or cases) and _bits(token) >= 3.6


def _bits(token: str) -> float:
    """Shannon entropy per character."""
    return -sum(count / len(token) * math.log2(count / len(token)) for count in Counter(token).values())


def _pairs(text: str) -> Iterator[Stretch]:
    """Two or three words with capitals side by side: as names are written, at a sentence's start too."""
    run: list[re.Match[str]] = []
    for found in _WORDS.finditer(text):
        if run and not _beside(run[-1], text[run[-1].end() : found.start()]):
            yield from _name(run)
            run = []
        if found[0][0].isupper() or (run and found[0] in _PARTICLES):
            run.append(found)
        else:
            yield from _name(run)
            run = []
    yield from _name(run)


def _beside(word: re.Match[str], gap: str) -> bool:
    return gap == " " or (gap == ". " and len(word[0]) == 1)


def _name(run: list[re.Match[str]]) -> Iterator[Stretch]:
    capitals = sum(word[0][0].isupper() for word in run)
    named = [word for word in run if _is_name_like(word[0])]
    if len(named) >= 2 and capitals < _TITLE_WORDS and not {word[0] for word in named} <= _PROGRAMS:
        yield Stretch(named[0].start(), named[-1].end(), "capitalised_pair")


def _is_name_like(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and not word.isupper()


# What says more comes first: of overlapping stretches the first one stays.
RULES: tuple[Callable[[str], Iterator[Stretch]], ...] = (
    _labelled,
    _plain(_PREFIXED, "key_prefix"),
    _plain(_QUERY, "address_with_query"),
    _plain(_EMAIL, "email"),
    _ibans,
    _plain(_IPV4, "ip_address"),
    _plain(_IPV6, "ip_address"),
    _numbers,
    _tokens,
    _pairs,
)
