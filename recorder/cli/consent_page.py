"""`recorder consent --self --web`: the same notice and the same answers, on a page."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from recorder.cli import keys, output, passphrase
from recorder.cli.consent import give, given_words, keeper_of, require_key_place, say_no
from recorder.cli.page import open_page
from recorder.cli.unlock import unlock_consent
from recorder.consent.gate import GIVE
from recorder.consent.keeper import VaultKeeper
from recorder.consent.notice import SELF
from recorder.consent.record import Choices
from recorder.consent.web.app import consent_app
from recorder.errors import NoConsentError
from recorder.page.server import Life
from recorder.store.lock import PageLock
from recorder.store.vault import Vault


def ask_on_page(home: Path, *, with_passphrase: bool) -> None:
    """Serve the notice until it is answered. What needs a passphrase asks for it first, at the terminal: a page takes
    none.

    Raises: NoConsentError when it ends without an answer, or without a person: the address is never piped.
    """
    if not keys.at_a_terminal():
        raise NoConsentError("the page's address is told at a terminal, and piped nowhere", hint=f"{GIVE} --web")
    keeper = _beforehand(home, with_passphrase=with_passphrase)
    life, said = Life(), list[str]()

    def agree(choices: Choices) -> str:
        standing = give(home, keeper(), choices)
        said.append(given_words(standing, choices))
        return said[-1]

    def refuse() -> str:
        said.append(say_no(home))
        return said[-1]

    with PageLock(home) if home.is_dir() else contextlib.nullcontext():
        open_page(home, lambda page_keys: consent_app(page_keys, SELF, agree, refuse, life.close), life, browser=True)
    if not said:
        raise NoConsentError("the page was closed without an answer, so nothing was changed", hint=f"{GIVE} --web")
    output.answer(said[-1])


def _beforehand(home: Path, *, with_passphrase: bool) -> Callable[[], VaultKeeper]:
    """How the vault will be had once the person agreed; nothing is made before."""
    if Vault.exists(home):
        kept = unlock_consent(home)
        return lambda: kept
    require_key_place(with_passphrase=with_passphrase)
    if not with_passphrase:
        return lambda: keeper_of(home, None)
    chosen = passphrase.ask_new()
    return lambda: keeper_of(home, lambda: chosen)
