"""Synthetic values with their places, from a seed: 18 locales x 20 kinds of field, bare and in sentences."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from faker import Faker

SEED = 20260131
LOCALES = (
    "en_US",
    "en_GB",
    "en_IN",
    "de_DE",
    "fr_FR",
    "es_ES",
    "it_IT",
    "pt_BR",
    "nl_NL",
    "pl_PL",
    "sv_SE",
    "da_DK",
    "cs_CZ",
    "tr_TR",
    "ru_RU",
    "ja_JP",
    "zh_CN",
    "ko_KR",
    "hi_IN",
)
STRUCTURED = (
    "card",
    "dob",
    "domain",
    "email",
    "iban",
    "id",
    "ip4",
    "ip6",
    "key",
    "mac",
    "password",
    "path",
    "phone",
    "plate",
    "postcode",
    "url",
)
FREE = ("username", "person", "street", "city", "company")
KINDS = (*STRUCTURED, *FREE)
SENTENCES = (
    "{}",
    "Please send it to {} before noon.",
    "The new value is {}, thank you.",
    "We talked about {} for a while; nothing else happened.",
    "Re: {} - Inbox",
    "open {}",
    '"{}" was not found',
    "{} (copy)",
)


@dataclass(frozen=True, slots=True)
class Case:
    """`text[start:end]` is the planted value."""

    kind: str
    locale: str
    text: str
    start: int
    end: int


def cases(each: int, seed: int = SEED) -> Iterator[Case]:
    """`each` cases of every kind in every locale. The same seed gives the same cases."""
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(seed)
        draw = random.Random(seed)
        for kind in KINDS:
            for _ in range(each):
                yield _case(kind, locale, MAKERS[kind](fake, draw), draw)


def _case(kind: str, locale: str, value: str, draw: random.Random) -> Case:
    sentence = draw.choice(SENTENCES)
    value = " ".join(value.split())
    start = sentence.index("{}")
    return Case(kind, locale, sentence.replace("{}", value), start, start + len(value))


def leaks(case: Case, spans: list[tuple[int, int]]) -> int:
    """How many letters and digits of the planted value no span covers."""
    covered = {at for start, end in spans for at in range(max(start, case.start), min(end, case.end))}
    return sum(case.text[at].isalnum() and at not in covered for at in range(case.start, case.end))


def _dob(fake: Faker, draw: random.Random) -> str:
    form = draw.choice(("%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d-%b-%y"))
    return str(fake.date_of_birth().strftime(form))


def _path(fake: Faker, draw: random.Random) -> str:
    user = fake.user_name()
    return draw.choice(
        (f"/home/{user}/notes.txt", f"C:\\Users\\{user}\\Desktop\\plan.docx", f"/Users/{user}/Documents")
    )


def _password(fake: Faker, draw: random.Random) -> str:
    return str(fake.password(length=draw.randint(8, 20), special_chars=draw.random() < 0.7))


def _key(fake: Faker, draw: random.Random) -> str:
    body = fake.password(length=draw.randint(24, 40), special_chars=False)
    return draw.choice(("ghp_", "AKIA", "sk-", "xoxb-", "glpat-", "AIza", "")) + str(body)


def _url(fake: Faker, draw: random.Random) -> str:
    return str(fake.uri())


MAKERS: dict[str, Callable[[Faker, random.Random], str]] = {
    "card": lambda fake, draw: spaced(fake.credit_card_number(), draw),
    "dob": _dob,
    "domain": lambda fake, _: str(fake.domain_name()),
    "email": lambda fake, _: str(fake.email()),
    "iban": lambda fake, draw: spaced(fake.iban(), draw),
    "id": lambda fake, _: str(fake.ssn()),
    "ip4": lambda fake, _: str(fake.ipv4()),
    "ip6": lambda fake, _: str(fake.ipv6()),
    "key": _key,
    "mac": lambda fake, _: str(fake.mac_address()),
    "password": _password,
    "path": _path,
    "phone": lambda fake, _: str(fake.phone_number()),
    "plate": lambda fake, _: (
        str(fake.license_plate()) if hasattr(fake, "license_plate") else str(fake.bothify("??-###-??"))
    ),
    "postcode": lambda fake, _: str(fake.postcode()),
    "url": _url,
    "username": lambda fake, _: str(fake.user_name()),
    "person": lambda fake, _: str(fake.name()),
    "street": lambda fake, _: str(fake.street_address()),
    "city": lambda fake, _: str(fake.city()),
    "company": lambda fake, _: str(fake.company()),
}


def spaced(number: str, draw: random.Random) -> str:
    """As people write it: together, in groups of four with blanks, or with dashes."""
    mark = draw.choice(("", " ", "-"))
    return mark.join(number[at : at + 4] for at in range(0, len(number), 4)) if mark else number
