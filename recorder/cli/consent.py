"""`recorder consent`: agree at a terminal or on a page, and see, narrow, renew, copy or refuse what was agreed to."""

from collections.abc import Callable
from pathlib import Path

import click

from recorder.cli import keys, output, passphrase
from recorder.cli.history import note
from recorder.cli.standing import unasked
from recorder.cli.unlock import unlock_consent
from recorder.consent import act, dsse, files
from recorder.consent.gate import GIVE, ConsentGate, refusal
from recorder.consent.keeper import VaultKeeper
from recorder.consent.notice import DEFAULT_DAYS, LONGEST_DAYS, SELF
from recorder.consent.record import Choices
from recorder.consent.state import Standing
from recorder.consent.words import CATEGORY_WORDS, PURPOSE_WORDS, SENTENCE
from recorder.errors import NoConsentError, PlatformError, UsageError
from recorder.model.consent import Category, ConsentState, Purpose
from recorder.model.policy import AppRule
from recorder.store.audit import Action, Actor
from recorder.store.home import recorder_home
from recorder.store.policy_file import load_policy
from recorder.store.vault import Vault

AT_A_TERMINAL = "agreeing needs you at a terminal, and it is typed there: nothing can be piped in"


class ConsentGroup(click.Group):
    """Takes a study's file where a command could stand."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and ("." in args[0] or "/" in args[0]):
            raise UsageError("study invitations are not supported yet", hint=f"record for yourself: {GIVE}")
        return super().resolve_command(ctx, args)


@click.group(cls=ConsentGroup, invoke_without_command=True, epilog="Example:  recorder consent --self")
@click.option("--self", "for_self", is_flag=True, help="Agree to record for yourself.")
@click.option(
    "--key-file",
    type=click.Choice(["passphrase"]),
    help="Keep the key in a file under a passphrase, where the machine has no keyring.",
)
@click.option("--web", is_flag=True, help="Read and answer on a page in the browser, on this machine.")
@click.pass_context
def consent(ctx: click.Context, for_self: bool, key_file: str | None, web: bool) -> None:
    """Choose what is recorded. Nothing is chosen for you, and one key says no."""
    if ctx.invoked_subcommand is not None:
        return
    if not for_self:
        raise UsageError("say for whom you want to record", hint=GIVE)
    if web:
        from recorder.cli.consent_page import ask_on_page

        ask_on_page(recorder_home(), with_passphrase=key_file is not None)
        return
    _agree(recorder_home(), with_passphrase=key_file is not None)


def _agree(home: Path, *, with_passphrase: bool) -> None:
    if not keys.at_a_terminal():
        raise NoConsentError(AT_A_TERMINAL, hint=f"open a terminal and run: {GIVE}")
    if not Vault.exists(home):
        require_key_place(with_passphrase=with_passphrase)
    from recorder.cli.dialogue import converse

    choices = converse(SELF)
    if choices is None:
        output.answer(say_no(home))
        return
    standing = give(home, keeper_of(home, passphrase.ask_new if with_passphrase else None), choices)
    output.answer(given_words(standing, choices))


def give(home: Path, keeper: VaultKeeper, choices: Choices) -> Standing:
    """Carry out a yes. Raises: NoConsentError when it was written and does not verify; as `act.give`."""
    standing = act.give(home, keeper, SELF, choices)
    if not standing.state.permits:
        raise refusal(standing.state)
    _note(home, Action.CONSENT_GIVEN, standing, keeper)
    return standing


def keeper_of(home: Path, new_passphrase: Callable[[], str] | None) -> VaultKeeper:
    """The home's vault, made now if there is none. Asks for a passphrase where it needs one; for a new vault by
    `new_passphrase`, without which its key goes into the keyring."""
    if Vault.exists(home):
        return unlock_consent(home)
    chosen = None if new_passphrase is None else new_passphrase()
    vault = Vault.create(home, passphrase=chosen)
    keeper = VaultKeeper(vault.unlock_heads(None if chosen is None else lambda: chosen))
    note(home, Actor.VAULT, Action.VAULT_MADE, heads=keeper.heads)
    return keeper


def _note(home: Path, action: Action, standing: Standing, keeper: VaultKeeper) -> None:
    note(home, Actor.CONSENT, action, heads=keeper.heads, object_id=standing.consent_id, count=standing.revision)


def require_key_place(*, with_passphrase: bool) -> None:
    """Find out before the conversation whether the key has a place. Raises: PlatformError that offers the file."""
    if with_passphrase:
        return
    from recorder.store.keyholder import KeyringHolder

    try:
        KeyringHolder("probe").get("probe")
    except PlatformError as error:
        raise PlatformError(
            f"the key of your recordings has no safe place: {error.message}",
            hint=f"start or unlock the desktop's keyring; or keep the key in a file under a passphrase: "
            f"{GIVE} --key-file passphrase",
        ) from None


def given_words(standing: Standing, choices: Choices) -> str:
    return (
        f"You agreed to {len(choices.categories)} of {len(Category)} kinds of data, for {choices.days} days.\n"
        f"It ends by itself: {output.iso(standing.expires_at_us)}. To end it now: recorder withdraw\n"
        "Nothing is recorded yet. Next, choose an app: recorder allow APP"
    )


def say_no(home: Path) -> str:
    """Carry out a no; what the person is told."""
    if _unasked(home).state.permits:
        return "Nothing was changed: what you agreed to earlier stands. To end it: recorder withdraw"
    # Only where there is a home already: saying no on a fresh machine leaves nothing at all.
    if home.exists():
        with files.exclusive(home):
            files.write_answer(home, ConsentState.REFUSED)
    return "You said no. Nothing is recorded, and nobody is told."


@consent.command(epilog="Example:  recorder consent refuse")
def refuse() -> None:
    """Say no. Nothing happens, and nobody is told."""
    home = recorder_home()
    if _unasked(home).state.permits:
        raise UsageError("you have agreed earlier, and that stands", hint="to end it: recorder withdraw")
    output.answer(say_no(home))


@consent.command(epilog="Example:  recorder consent show --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def show(as_json: bool) -> None:
    """Show what you agreed to, and whether it is in force."""
    home = recorder_home()
    standing = _verified(home)
    if as_json:
        output.answer_json(_as_json(home, standing))
    else:
        output.answer(_as_text(standing))


@consent.command(epilog="Example:  recorder consent off screenshots")
@click.argument("name", metavar="CATEGORY|PURPOSE|APP")
def off(name: str) -> None:
    """Take one thing out, at once. A running recorder follows."""
    home = recorder_home()
    what = _narrowing(home, name)
    if not Vault.exists(home):
        raise refusal(_unasked(home).state)
    keeper = unlock_consent(home)
    standing = act.narrow(home, keeper, what)
    _note(home, Action.CONSENT_NARROWED, standing, keeper)
    output.answer(f"{name} is off.")
    if not standing.categories:
        output.answer("Nothing is left that could be recorded.")


@consent.command(epilog="Example:  recorder consent renew --days 30")
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), default=DEFAULT_DAYS, show_default=True)
def renew(days: int) -> None:
    """Agree to the same again, for more days."""
    home = recorder_home()
    if not keys.at_a_terminal():
        raise NoConsentError(AT_A_TERMINAL, hint="open a terminal and run: recorder consent renew")
    standing = _verified(home)
    if not standing.state.permits:
        raise refusal(standing.state)
    output.answer(_as_text(standing))
    output.answer(f"For {days} days from now. To agree, type this sentence and press Enter. n: say no.\n  {SENTENCE}")
    try:
        with keys.key_by_key():
            typed = keys.read_line("> ")
    except keys.SaidNoError:
        typed = ""
    if typed.strip() != SENTENCE:
        output.answer(f"Nothing was changed: it ends {output.iso(standing.expires_at_us)}.")
        return
    keeper = unlock_consent(home)
    renewed = act.renew(home, keeper, days)
    _note(home, Action.CONSENT_RENEWED, renewed, keeper)
    output.answer(f"It ends by itself: {output.iso(renewed.expires_at_us)}")


@consent.command(epilog="Example:  recorder consent receipt > my-consent.txt")
@click.option("--json", "as_json", is_flag=True, help="The signed record as one JSON value.")
def receipt(as_json: bool) -> None:
    """Print a copy of what you agreed to: the record, its signature, and the text that you read."""
    import json

    home = recorder_home()
    standing = _unasked(home)
    place = files.record_folder(home, standing.consent_id) if standing.consent_id else None
    record = files.read(place / "record.json") if place else None
    if place is None or record is None:
        raise refusal(ConsentState.NONE)
    envelope = files.read(place / "record.dsse.json") or b"{}"
    notice = (files.read(place / "notice.en.md") or b"").decode(errors="replace")
    if as_json:
        output.answer_json({"record": json.loads(record), "envelope": json.loads(envelope), "notice": notice})
        return
    output.answer(_as_text(standing))
    output.answer(f"\nTHE SIGNED RECORD (key {dsse.key_id(Vault.open(home).device_public)[:16]})\n{envelope.decode()}")
    output.answer(f"\nWHAT YOU READ\n\n{notice}")


def _verified(home: Path) -> Standing:
    """The standing that the vault vouches for; a passphrase is asked where the vault has one."""
    head = act.note_time(home, unlock_consent(home)) if Vault.exists(home) else None
    return ConsentGate.open(home, head).standing()


def _unasked(home: Path) -> Standing:
    return unasked(home).standing


def _narrowing(home: Path, name: str) -> act.Narrowing:
    """What `off NAME` takes out. Raises: UsageError for a name that is nothing."""
    if name in list(Category):
        return act.Narrowing(categories=frozenset({Category(name)}))
    if name in list(Purpose):
        return act.Narrowing(purposes=frozenset({Purpose(name)}))
    rules = [rule for rule in load_policy(home).apps if name in _identities(rule)]
    if rules:
        return act.Narrowing(apps=frozenset().union(*(_identities(rule) for rule in rules)))
    if name.startswith("/"):
        return act.Narrowing(apps=frozenset({name}))
    raise UsageError(
        f"'{name}' is no category, no purpose and none of your apps",
        hint=f"categories: {', '.join(Category)}; purposes: {', '.join(Purpose)}; apps: recorder allow --list",
    )


def _identities(rule: AppRule) -> frozenset[str]:
    named = (rule.name, rule.executable, rule.wm_class, rule.desktop_id, rule.bundle_id)
    return frozenset(one for one in named if one is not None)


def _as_json(home: Path, standing: Standing) -> dict[str, output.Json]:
    apps = [rule.name for rule in load_policy(home).apps if not _identities(rule) & standing.blocked_apps]
    return {
        "state": str(standing.state),
        "consent_id": standing.consent_id or None,
        "revision": standing.revision,
        "study": standing.study_id or None,
        "categories": {str(one): one in standing.categories for one in Category},
        "purposes": sorted(map(str, standing.purposes)),
        "apps": list(apps),
        "blocked_apps": sorted(standing.blocked_apps),
        "given_at": output.iso(standing.given_at_us) if standing.consent_id else None,
        "expires_at": output.iso(standing.expires_at_us) if standing.consent_id else None,
    }


def _as_text(standing: Standing) -> str:
    if not standing.consent_id:
        return f"consent: {standing.state}"
    marks = [f"  [{'x' if one in standing.categories else ' '}] {one}: {CATEGORY_WORDS[one]}" for one in Category]
    marks += ["what for:"]
    marks += [f"  [{'x' if one in standing.purposes else ' '}] {one}: {PURPOSE_WORDS[one]}" for one in Purpose]
    out = [f"taken out: {app}" for app in sorted(standing.blocked_apps)]
    head = f"consent {standing.consent_id}, revision {standing.revision}: {standing.state}"
    dates = f"given {output.iso(standing.given_at_us)}, ends {output.iso(standing.expires_at_us)}"
    return "\n".join([head, dates, "recorded:", *marks, *out])
