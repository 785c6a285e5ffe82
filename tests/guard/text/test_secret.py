"""Secrets: by how they begin, by what they follow, by how random they look. The values are made up."""

import pytest

from recorder.guard.text.secret import find_secrets, looks_random
from tests.guard.text.made import is_hidden, masked, rules

BODY = "q7Zt2Lm9Xc4Vb8Nk1Jh5Gf3D"


@pytest.mark.parametrize(
    "prefix",
    [
        "AKIA",
        "ghp_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "sk-",
        "sk_live_",
        "AIza",
        "hf_",
        "npm_",
        "pypi-",
        "SG.",
        "shpat_",
    ],
)
def test_a_key_is_named_by_its_beginning(prefix: str) -> None:
    assert "key_prefix" in {span.rule for span in find_secrets(prefix + BODY)}
    assert is_hidden(prefix + BODY, "use {} here")


@pytest.mark.parametrize(
    "text",
    [
        "password: {}",
        "Password is {}",
        "my_api_key = '{}'",
        "DB_PASSWORD={}",
        "PIN: {}",
        "token: {}",
        "Passwort: {}",
        "пароль: {}",
    ],
)
@pytest.mark.parametrize("value", ["window", "correct horse", "123", "Summer2024!"])
def test_what_follows_a_label_is_masked_even_when_it_is_a_word(text: str, value: str) -> None:
    assert is_hidden(value, text)


@pytest.mark.parametrize(
    "value", ["P@ssword!", "correct!horse", "Tr0ub4dor&3", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"]
)
def test_a_bare_secret_is_masked(value: str) -> None:
    assert is_hidden(value)


def test_a_key_block_is_masked() -> None:
    assert masked("-----BEGIN RSA PRIVATE KEY-----").startswith("[secret]")


def test_a_random_token_is_told_from_an_identifier() -> None:
    assert looks_random(BODY)
    assert not looks_random("get_the_name_of_the_file")
    assert rules(BODY) & {"random"}
