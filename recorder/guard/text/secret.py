"""Secrets: keys that begin as their issuers make them, what follows `password:`, random tokens. `text` is folded.

The beginnings are facts published by the issuers. They name what is masked; that a token is masked does not hang on
them, because a word that nobody knows is masked anyway.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from recorder.guard.text.spans import Span, words_of

_PREFIXES = words_of(
    "AKIA ASIA AGPA AIDA AROA ABIA ACCA ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- glrt- gldt- "
    "glsoat- xoxb- xoxp- xoxa- xoxr- "
    "xoxs- xapp- sk- sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ pk_test_ whsec_ AIza ya29. GOCSPX- "
    "eyJ hf_ npm_ pypi- "
    "dop_v1_ doo_v1_ SG. shpat_ shpss_ shpca_ shppa_ sq0atp- sq0csp- EAAC EAAA rubygems_ PMAK- lin_api_ dckr_pat_ "
    "hvs. hvb. atlasv1. NRAK- glsa_ glc_ sntrys_ sbp_ ntn_ figd_ dapi tfp_ ATATT3 ATCTT3 ATBB "
    "phc_ phx_ rnd_ vercel_ fo1_ fm2_ AGE-SECRET-KEY- -----BEGIN MII 1// ops_ oy2 xkeysib- r8_ gsk_ AQVN t1."
)
_KEY = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, _PREFIXES))})[A-Za-z0-9_./+=-]{{8,110}}")
_RANDOM = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9_/+=-]{20,128}(?![A-Za-z0-9])")
_PEM = re.compile(r"-{3,5} ?(?:BEGIN|END) [A-Z0-9 ]{1,40}-{0,5}")
_LABEL = (
    r"pass ?word|pass ?wd|pass ?phrase|pass ?code|pwd|pass|secret|secret[ _-]key|api[ _-]?key|access[ "
    r"_-]?key|private[ _-]?key|"
    r"auth[ _-]?token|access[ _-]?token|token|bearer|credentials?|pin|pin[ _-]?code|cvv2?|cvc2?|otp|"
    r"one-?time code|code|"
    r"passwort|kennwort|mot de passe|contraseña|clave|senha|wachtwoord|lösenord|hasło|heslo|parola|şifre|salasana|"
    r"adgangskode|passord|пароль|密码|密碼|パスワード|비밀번호|סיסמה|كلمة المرور"
)
_AFTER = re.compile(
    rf"(?<![^\W_])(?:[\w-]{{0,30}}[_-])?(?:{_LABEL})(?![^\W_])['\"]?(?: is| was)? ?(?:[:=]>?| is\b| "
    rf"was\b|(?<=earer)) ?['\"]?([^\n]{{1,64}})",
    re.I,
)
_ODD_RUN = re.compile(r"(?<!\S)\S*[^\W_][@#$%^!~]{1,9}[^\W_]\S*")


def find_secrets(text: str) -> Iterator[Span]:
    for match in _AFTER.finditer(text):
        start, value = match.start(1), match[1]
        end = start + len(value.rstrip()) if len(value) <= 64 else match.end(1)
        yield Span(start, max(end, start + 1), "secret", "secret_label")
    for match in _KEY.finditer(text):
        yield Span(match.start(), match.end(), "secret", "key_prefix")
    for match in _PEM.finditer(text):
        yield Span(match.start(), match.end(), "secret", "key_block")
    for match in _RANDOM.finditer(text):
        if looks_random(match[0]):
            yield Span(match.start(), match.end(), "secret", "random")
    for match in _ODD_RUN.finditer(text):
        yield Span(match.start(), match.end(), "token", "odd_marks")


def looks_random(token: str) -> bool:
    """Whether the kind of character (upper, lower, digit) changes more often than in words and identifiers."""
    kinds = ["d" if c.isdigit() else "u" if c.isupper() else "l" for c in token if c.isalnum()]
    changes = sum(a != b for a, b in pairwise(kinds))
    return changes >= max(4, len(token) // 5)
