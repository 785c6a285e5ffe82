"""`recorder allow`, `recorder disallow`: the apps that are recorded, by exact identity. Takes effect at once."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import click

from recorder.cli import output
from recorder.cli.app_identity import OpenApp, identify, open_apps
from recorder.cli.history import note
from recorder.cli.levels import NOT_PRIVATE, Levels, read_levels, tell
from recorder.cli.standing import unasked
from recorder.errors import PolicyError, UsageError
from recorder.guard.prompts import is_prompt
from recorder.model.policy import AppRule, PictureMode, Policy, TextLevel
from recorder.store.audit import Action, Actor
from recorder.store.home import ensure, recorder_home
from recorder.store.policy_file import load_policy, save_policy

IDENTITIES = ("executable", "wm_class", "desktop_id", "bundle_id")


@click.command(epilog="Example:  recorder allow /usr/bin/mousepad")
@click.argument("apps", nargs=-1, metavar="APP...")
@click.option("--list", "as_list", is_flag=True, help="Show the apps that are recorded.")
@click.option("--running", is_flag=True, help="Show the apps that have a window now, with their identity.")
@click.option(
    "--text", type=click.Choice([level.value for level in TextLevel]), help="How much of what you type there is kept."
)
@click.option(
    "--pictures", type=click.Choice([mode.value for mode in PictureMode]), help="Whether harmless words stay readable."
)
@click.option("--site", "sites", multiple=True, metavar="HOST", help="Only windows on this site; may be repeated.")
@click.option("--any-site", is_flag=True, help="Windows on any site again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def allow(
    apps: tuple[str, ...],
    as_list: bool,
    running: bool,
    text: str | None,
    pictures: str | None,
    sites: tuple[str, ...],
    any_site: bool,
    as_json: bool,
) -> None:
    """Put apps on the list of those that are recorded, or change how closely they are.

    APP is the path of a program, the name of its .desktop file, its window class, or what the list calls it. HOST is
    example.org for that host alone, or *.example.org for all below it. What is not named stays as it is.
    """
    levels = read_levels(text, pictures, sites, any_site=any_site)
    if sum((bool(apps), as_list, running)) != 1 or (levels.named and not apps):
        raise UsageError("name the apps, or --list, or --running", hint="recorder allow --running")
    home = recorder_home()
    if as_list:
        _print_rules(load_policy(home).apps, as_json=as_json)
    elif running:
        rules = load_policy(home).apps
        _print_open(open_apps(rules, unasked(home).standing.blocked_apps), as_json=as_json)
    else:
        _add(home, apps, levels, as_json=as_json)


@click.command(epilog="Example:  recorder disallow mousepad")
@click.argument("apps", nargs=-1, required=True, metavar="APP...")
def disallow(apps: tuple[str, ...]) -> None:
    """Take apps off the list, by the name or identity that `recorder allow --list` shows."""
    home = recorder_home()
    policy = load_policy(home)
    out = [rule for app in apps for rule in _called(policy.apps, app)]
    _save(home, policy, tuple(rule for rule in policy.apps if rule not in out))
    for rule in out:
        output.answer(f"no longer recorded: {_describe(rule)}")


def _add(home: Path, typed: Sequence[str], levels: Levels, *, as_json: bool) -> None:
    policy = load_policy(home)
    apps = list(policy.apps)
    wanted = [rule for app in typed for rule in _meant(policy.apps, app, levels)]
    _refuse_prompts(wanted)
    stored = [_merge(apps, rule, levels) for rule in wanted]
    _save(home, policy, tuple(apps))
    if as_json:
        _print_rules(stored, as_json=True)
        return
    for rule in stored:
        output.answer(f"recorded from now on: {_describe(rule)}")
        tell(rule, levels, unasked(home).standing.categories)
        if rule.executable is None:
            output.note("the program behind it is not pinned: any program that gives itself that class is recorded")
    blocked = unasked(home).standing.blocked_apps
    for rule in stored:
        if blocked & {getattr(rule, key) for key in ("name", *IDENTITIES)}:
            output.note(
                f"{rule.name} stays off: you took it out of your consent. To agree again: recorder consent --self"
            )


def _refuse_prompts(rules: Sequence[AppRule]) -> None:
    """Raises: PolicyError. The guard withholds them whatever the list says; who asks for one should be told."""
    for rule in rules:
        if is_prompt(rule.executable, rule.wm_class, rule.desktop_id):
            raise PolicyError(f"{rule.name} asks for passwords, so it is never recorded", hint="name another app")


def _meant(rules: Sequence[AppRule], typed: str, levels: Levels) -> list[AppRule]:
    """To change how closely an app is recorded needs no new look at what it is."""
    if levels.named and _names(rules, typed):
        return _names(rules, typed)
    return [identify(typed)]


def _merge(apps: list[AppRule], rule: AppRule, levels: Levels) -> AppRule:
    """Put `rule` into the list, in the place of one that has its name or its identity. Returns what is stored."""
    for index, old in enumerate(apps):
        if old.name == rule.name or _identity(old) == _identity(rule):
            kept = dataclasses.replace(rule, name=old.name, text=old.text, pictures=old.pictures, sites=old.sites)
            apps[index] = levels.applied(kept)
            return apps[index]
    apps.append(levels.applied(rule))
    return apps[-1]


def _save(home: Path, before: Policy, apps: tuple[AppRule, ...]) -> None:
    if apps == before.apps:
        return
    save_policy(ensure(home), dataclasses.replace(before, apps=apps))
    note(home, Actor.POLICY, Action.POLICY_CHANGED, count=len(apps))


def _called(apps: Sequence[AppRule], typed: str) -> list[AppRule]:
    """The rules that `typed` names. Raises: UsageError when there is none."""
    found = _names(apps, typed)
    if not found:
        raise UsageError(f"{typed} is not on the list", hint="recorder allow --list")
    return found


def _names(apps: Sequence[AppRule], typed: str) -> list[AppRule]:
    names = {typed}
    if "/" in typed:
        names.add(str(Path(typed).expanduser().resolve()))
    if typed.endswith(".desktop"):
        names.add(Path(typed).stem)
    return [rule for rule in apps if names & {getattr(rule, key) for key in ("name", *IDENTITIES)}]


def _identity(rule: AppRule) -> tuple[str | None, ...]:
    return tuple(getattr(rule, key) for key in IDENTITIES)


def _describe(rule: AppRule) -> str:
    given = [f"{key} {value}" for key in IDENTITIES if (value := getattr(rule, key)) is not None]
    return f"{rule.name} ({', '.join(given)})"


def _print_rules(rules: Sequence[AppRule], *, as_json: bool) -> None:
    if as_json:
        keys = ("name", *IDENTITIES, "text", "pictures")
        output.answer_json([{key: getattr(rule, key) for key in keys} | {"sites": list(rule.sites)} for rule in rules])
    elif not rules:
        output.answer("No app is on the list, so nothing is recorded. To see what is open: recorder allow --running")
    else:
        columns = ("name", "executable", "window class", "desktop id", "text", "pictures", "sites")
        output.answer_table(columns, [_line(rule) for rule in rules])


def _line(rule: AppRule) -> tuple[str, ...]:
    identity = (rule.executable or "any", rule.wm_class or "any", rule.desktop_id or "any")
    return rule.name, *identity, rule.text, rule.pictures, ", ".join(rule.sites) or "any"


def _print_open(apps: Sequence[OpenApp], *, as_json: bool) -> None:
    if as_json:
        output.answer_json([dataclasses.asdict(app) for app in apps])
    elif not apps:
        output.answer("No window is open whose app is known.")
    else:
        rows = [
            (app.wm_class or "unknown", app.executable or "unknown", "yes" if app.allowed else "no", app.kind)
            for app in apps
        ]
        output.answer_table(("window class", "executable", "recorded", "kind"), rows)
        if any(app.browser for app in apps):
            output.note(NOT_PRIVATE)
