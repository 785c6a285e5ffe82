"""Patterns in, texts out that are as hard for them as can be made: what almost matches, again and again."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants as op
from re import _parser as parser
from typing import Any

import recorder.guard.text

MOST_REPEATS = 3


def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled pattern of the detector, by module and name; those inside tuples, lists and dicts, too."""
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.iter_modules(recorder.guard.text.__path__):
        for name, value in vars(importlib.import_module(f"recorder.guard.text.{module.name}")).items():
            for number, one in enumerate(_inside(value)):
                found[f"{module.name}.{name}.{number}"] = one
    return found


def _inside(value: Any) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from _inside(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _inside(one)


def almost(pattern: re.Pattern[str]) -> list[str]:
    """Beginnings of texts that match it: the whole of each, and cut short, so that the end is never found."""
    parsed = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    texts = {variant: _text(parsed, variant) for variant in range(4)}
    return sorted({text[:end] for text in texts.values() for end in range(1, min(len(text), 24) + 1)})


def _text(parsed: Any, variant: int) -> str:
    return "".join(_piece(code, value, variant) for code, value in parsed)


def _piece(code: Any, value: Any, variant: int) -> str:
    if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, inside = value
        return _text(inside, variant) * min(int(most), max(int(least), variant))
    if code is op.BRANCH:
        return _text(value[1][variant * 7 % len(value[1])], variant)
    if code is op.SUBPATTERN:
        return _text(value[3], variant)
    if code is op.ATOMIC_GROUP:
        return _text(value, variant)
    if code is op.LITERAL:
        return chr(value)
    if code is op.IN:
        return _one_of(value, variant)
    return {op.ANY: "x", op.NOT_LITERAL: "x"}.get(code, "")


def _one_of(members: Any, variant: int) -> str:
    if members[0][0] is op.NEGATE:
        taken = re.compile("[" + "".join(re.escape(chr(v)) for c, v in members[1:] if c is op.LITERAL) + "]|$")
        return next((one for one in "a1 .-x" if not taken.match(one)), "é")
    code, value = members[variant % len(members)]
    if code is op.RANGE:
        return chr(value[0] + variant % (value[1] - value[0] + 1))
    if code is op.LITERAL:
        return chr(value)
    kinds = {op.CATEGORY_DIGIT: "1", op.CATEGORY_SPACE: " ", op.CATEGORY_WORD: "a", op.CATEGORY_NOT_SPACE: "a"}
    return kinds.get(value, "-")
