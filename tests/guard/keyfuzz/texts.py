"""What a synthetic person types: harmless prose and code, and values that no recording may show."""

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from faker import Faker

from benchmarks.redaction.corpus import LOCALES, MAKERS, spaced

# From the written input of these come characters that no key makes: they are typed through an input method.
_BY_INPUT_METHOD = frozenset(("ja_JP", "zh_CN", "ko_KR", "hi_IN"))
STRUCTURED = ("card", "iban", "phone", "id", "email", "ip", "url_token", "api_key", "plain_password", "dob")
UNSTRUCTURED = ("person", "street", "city")

PROSE = (
    "the meeting was moved to the large room on the third floor because the projector is broken",
    "I think we should wait until the numbers are ready and then talk about the plan again",
    "thank you for the quick answer, it helped a lot with the second part of the work",
    "the old files stay where they were and the new ones go into the other folder",
    "can you look at the window on the left side and tell me whether the light is still on",
    "we measured how long each step takes and most of the time is spent waiting for the disk",
    "bread needs only flour, water, salt and time. Mix it well and let it rest",
    "please send the report before lunch, so that everybody has the time to read it",
    "she walked slowly and counted the doors while somebody was playing the piano badly",
    "the program starts faster now, but the memory that it needs has not changed at all",
    "it would be good to have a short list of what is missing and what is already done",
    "open the settings, choose the second tab and click the button at the bottom of the page",
    "nobody knows why the lamp went out; we changed the bulb and it works again",
    "the weather was bad all week, but on the last day it was warm and dry",
    "what happens when the user clicks twice? The dialog opens and closes again",
    "this is only a draft, the final version comes at the end of the month",
    "there are a few small things left to do, and then we can close the task",
    "he put the kettle on, cut some bread and waited for the others to come home",
    "if you find a mistake, write it down with the number of the page",
    "all of this takes about half an hour, and the result can be used the same day",
    "our test shows that the change helps most people and hurts almost nobody",
    "a good name says what the thing is for, not how it was made",
    "let us keep the simple way for now and change it later if it is too slow",
    "the train was late again, so I missed the first part of the talk",
)
CODE = (
    "for index in range(10): print(index)",
    "if value is None: return default",
    "import json, sys",
    "git commit -m 'change the default size'",
    "while not done: step = step + 1",
    "def update(self, state): self.state = state",
    "select name, count from items where count > 10",
    "const total = items.filter(item => item.done).length;",
    "cd build && make test",
    "return [line.strip() for line in lines if line]",
    "try: load(file) except ValueError: pass",
    "ls -l | sort | head -n 20",
)
LEADS = (
    *("", "", "", "please use ", "the new one is ", "send it to ", "I wrote down ", "he said ", "reply to ", "it is "),
    *("this belongs to ", "as agreed: ", "see ", "for ", "write to ", "and "),
)


@dataclass(frozen=True, slots=True)
class Value:
    """One sensitive value of a stream. `boxes`: how forms split it."""

    number: int
    kind: str
    text: str
    boxes: tuple[str, ...]

    @property
    def structured(self) -> bool:
        return self.kind in STRUCTURED


@cache
def _faker(locale: str) -> Faker:
    return Faker(locale)


def value_of(number: int, draw: random.Random, *, kind: str | None = None) -> Value:
    """A value of some kind in some locale, on one line."""
    kind = kind or draw.choice(STRUCTURED + UNSTRUCTURED)
    for _ in range(40):
        locale = draw.choice(LOCALES)
        if (kind, locale) == ("city", "it_IT"):
            continue  # Faker takes them from a set: others in each process
        fake = _faker(locale)
        fake.seed_instance(draw.getrandbits(32))
        text = " ".join(_MAKERS[kind](fake, draw).split())
        typable = locale not in _BY_INPUT_METHOD or text.isascii()
        if typable and sum(character.isalnum() for character in text) >= 4 and len(text) <= 90:
            return Value(number, kind, text, _boxes(kind, text, draw))
    raise AssertionError(f"no typable {kind}")


def _boxes(kind: str, text: str, draw: random.Random) -> tuple[str, ...]:
    if kind == "card":
        digits = "".join(filter(str.isdigit, text))
        return tuple(digits[at : at + 4] for at in range(0, len(digits), 4))
    if kind == "person":
        return tuple(text.split(" "))[:4]
    if kind in ("phone", "id", "dob", "ip"):
        parts = "".join(c if c.isalnum() else " " for c in text).split()
        return tuple(parts) if 2 <= len(parts) <= 4 else ()
    return ()


def _ip(fake: Faker, draw: random.Random) -> str:
    return str(fake.ipv6() if draw.random() < 0.3 else fake.ipv4())


def _dob(_: Faker, draw: random.Random) -> str:
    """Not Faker's, which counts from today."""
    day = date.fromordinal(draw.randint(date(1935, 1, 1).toordinal(), date(2006, 1, 1).toordinal()))
    return day.strftime(draw.choice(("%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d-%b-%y")))


def _url_token(fake: Faker, draw: random.Random) -> str:
    token = fake.password(length=draw.randint(16, 32), special_chars=False)
    return f"https://{fake.domain_name()}/reset?token={token}"


_MAKERS: dict[str, Callable[[Faker, random.Random], str]] = {
    "card": lambda fake, draw: spaced(fake.credit_card_number(), draw),
    "iban": MAKERS["iban"],
    "phone": MAKERS["phone"],
    "id": MAKERS["id"],
    "email": MAKERS["email"],
    "ip": _ip,
    "url_token": _url_token,
    "api_key": MAKERS["key"],
    "plain_password": MAKERS["password"],
    "dob": _dob,
    "person": MAKERS["person"],
    "street": MAKERS["street"],
    "city": MAKERS["city"],
}


def plain(text: str) -> str:
    """Its letters and digits, without accents: a dead key makes them, and texts may have them composed."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text.casefold())))


def grams(text: str, size: int = 4) -> set[str]:
    """All stretches of `size` letters and digits, whatever stands between them."""
    letters = plain(text)
    return {letters[at : at + size] for at in range(len(letters) - size + 1)}


# Words that the text detector keeps: a leak of them from a password field can't hide behind a mask of the detector.
SECRET_WORDS = ("copper", "jungle", "velvet", "magnet", "pepper", "bucket", "helmet", "kitchen", "oxygen", "quartz")


def secret_of(number: int, draw: random.Random) -> Value:
    """A password: of harmless words, or random."""
    if draw.random() < 0.6:
        text = draw.choice(("", " ", "-")).join(draw.sample(SECRET_WORDS, draw.randint(1, 3)))
    else:
        text = _MAKERS["plain_password"](_faker("en_US"), draw)
    return Value(number, "secret", text, ())


def harmless_for(values: list[Value], lines: tuple[str, ...]) -> list[str]:
    """The lines that share no four letters in a row with any of the values: whatever of those shows is a leak."""
    taken = set[str]().union(*(grams(value.text) | grams(value.text[::-1]) for value in values))
    return [line for line in lines if not grams(line) & taken]
