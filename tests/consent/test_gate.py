"""The gate grants only what was given, and nothing from the first moment on that anything about it is odd."""

import base64
import errno
import json
import os
import shutil
import time
from pathlib import Path

import pytest

from recorder.consent import act, files
from recorder.consent.gate import GRANT_NS, ConsentGate
from recorder.errors import ExitCode, NoConsentError, PolicyError, UsageError
from recorder.model.consent import Category, ConsentState, Purpose
from tests.consent.people import CLICKS_AND_PICTURES, DAY_US, Person, SetClock


def refused(gate: ConsentGate, words: str) -> None:
    with pytest.raises(NoConsentError, match=words) as no:
        gate.grant()
    assert no.value.exit_code == ExitCode.NO_CONSENT
    assert no.value.hint


def test_a_fresh_home_grants_nothing(person: Person) -> None:
    refused(ConsentGate.open(person.home, None), "not agreed")
    assert not person.home.exists()


def test_what_was_given_is_granted_for_five_seconds(person: Person) -> None:
    person.give()

    grant = person.gate().grant("hci_research")

    assert grant.categories == CLICKS_AND_PICTURES
    assert grant.purposes == {Purpose.HCI_RESEARCH}
    assert (grant.study_id, grant.revision) == ("self", 1)
    assert grant.valid_until_ns == person.clock.boot + GRANT_NS


def test_a_grant_ends_with_the_consent(person: Person) -> None:
    person.give()
    gate = person.gate()
    end_us = gate.standing().expires_at_us
    person.clock.wall = end_us - 2_000_000

    assert gate.grant().valid_until_ns == person.clock.boot + 2_000_000_000


def test_a_purpose_that_was_not_given_is_refused(person: Person) -> None:
    person.give(purposes=frozenset())

    with pytest.raises(PolicyError):
        person.gate().grant("hci_research")
    with pytest.raises(UsageError):
        person.gate().grant("world_domination")


def test_a_purpose_that_was_taken_back_is_no_consent(person: Person) -> None:
    person.give()
    person.narrow(purposes=frozenset({Purpose.HCI_RESEARCH}))

    with pytest.raises(NoConsentError, match="taken back"):
        person.gate().grant("hci_research")


def test_narrowing_reaches_a_gate_that_is_open(person: Person) -> None:
    person.give()
    gate = person.gate()
    gate.grant()

    person.narrow(categories=frozenset({Category.SCREENSHOTS}), apps=frozenset({"/usr/bin/mail"}))

    grant = gate.grant()
    assert grant.categories == {Category.POINTER_CLICKS}
    assert grant.blocked_apps == {"/usr/bin/mail"}
    assert grant.revision == 2


def test_switching_everything_off_ends_the_grants(person: Person) -> None:
    person.give()
    gate = person.gate()
    person.narrow(categories=CLICKS_AND_PICTURES)

    refused(gate, "switched off")


def test_renewing_reaches_a_gate_that_is_open(person: Person) -> None:
    person.give(days=1)
    gate = person.gate()
    act.renew(person.home, person.device, 30, person.clock)
    person.clock.let_pass(2 * DAY_US)

    assert gate.grant().revision == 2


def test_withdrawing_reaches_a_gate_that_is_open(person: Person) -> None:
    person.give()
    gate = person.gate()
    act.end(person.home, person.device, person.clock)

    refused(gate, "withdrawn")
    refused(person.gate(), "withdrawn")


def test_an_unsigned_no_ends_the_grants(person: Person) -> None:
    person.give()
    gate = person.gate()
    files.write_answer(person.home, ConsentState.WITHDRAWN)

    refused(gate, "withdrawn")


def test_a_new_consent_does_not_carry_on_an_old_gate(person: Person) -> None:
    person.give()
    gate = person.gate()
    person.give(categories=frozenset(Category))

    refused(gate, "verified")
    assert person.gate().grant().categories == frozenset(Category)


# Files that somebody touched


def test_an_event_that_was_edited_is_noticed(person: Person) -> None:
    person.give()
    gate = person.gate()
    envelope = json.loads(person.events.read_text())
    payload = json.loads(base64.b64decode(envelope["payload"]))
    payload["categories"] = sorted(Category)
    envelope["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()
    person.events.write_text(json.dumps(envelope) + "\n")

    refused(gate, "verified")
    refused(person.gate(), "verified")


def test_every_byte_of_the_events_counts(person: Person) -> None:
    person.give()
    person.narrow(categories=frozenset({Category.SCREENSHOTS}))
    whole = person.events.read_bytes()
    for at in range(0, len(whole), 97):
        person.events.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])

        try:
            grant = person.gate().grant()
        except NoConsentError:
            continue
        # A flip in what is not signed (the hint which key signed) changes nothing that counts.
        assert grant.categories == {Category.POINTER_CLICKS}


@pytest.mark.parametrize("keep", [0, 1])
def test_events_that_were_cut_off_are_missed(person: Person, keep: int) -> None:
    person.give()
    person.narrow(categories=frozenset({Category.SCREENSHOTS}))
    gate = person.gate()
    person.events.write_bytes(b"".join(person.events.read_bytes().splitlines(keepends=True)[:keep]))

    refused(gate, "verified")
    refused(person.gate(), "verified")


def test_removing_the_events_ends_the_grants(person: Person) -> None:
    person.give()
    gate = person.gate()
    gate.grant()
    person.events.unlink()

    refused(gate, "verified")


def test_an_older_copy_that_is_put_back_revives_nothing(person: Person, tmp_path: Path) -> None:
    person.give()
    shutil.copytree(person.home, tmp_path / "copy")
    act.end(person.home, person.device, person.clock)
    shutil.rmtree(person.home)
    shutil.copytree(tmp_path / "copy", person.home)

    refused(person.gate(), "verified")


def test_a_copy_of_somebody_elses_consent_counts_for_nothing(person: Person, tmp_path: Path) -> None:
    other = Person(tmp_path / "other")
    other.give()
    shutil.copytree(other.home, person.home)

    refused(person.gate(), "verified")


def test_another_record_in_the_place_of_the_one_that_was_signed_is_refused(person: Person) -> None:
    standing = person.give()
    record = files.record_folder(person.home, standing.consent_id) / "record.json"
    record.write_bytes(record.read_bytes().replace(b'"chosen":false', b'"chosen":true'))

    refused(person.gate(), "verified")


def test_events_that_others_can_write_are_refused(person: Person) -> None:
    person.give()
    person.events.chmod(0o666)

    refused(person.gate(), "verified")


def test_a_home_of_another_user_grants_nothing(person: Person) -> None:
    person.give()
    head = act.read_head(person.device)
    os.chown(person.home, 65534, 65534)

    refused(ConsentGate.open(person.home, head, person.clock), "verified")


def test_events_of_another_user_grant_nothing(person: Person) -> None:
    person.give()
    os.chown(person.events, 65534, 65534)

    refused(person.gate(), "verified")


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS], ids=["fails", "read-only"])
@pytest.mark.parametrize("name", ["events.jsonl", "record.json", "record.dsse.json", "answer.json"])
def test_a_disk_that_refuses_is_no_consent_and_is_the_machines(
    person: Person, name: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.give()
    gate, opened = person.gate(), os.open

    def refusing(path: Path, *more: int, **named: int) -> int:
        if Path(path).name == name:
            raise OSError(number, os.strerror(number))
        return opened(path, *more, **named)

    monkeypatch.setattr(os, "open", refusing)
    with pytest.raises(NoConsentError, match=f"can't be read: {name}: {os.strerror(number)}") as no:
        gate.grant()
    monkeypatch.undo()

    assert no.value.exit_code == ExitCode.ENVIRONMENT
    assert gate.standing().state is ConsentState.UNKNOWN  # until the files change, or somebody looks again
    assert person.gate().grant().categories == CLICKS_AND_PICTURES


def test_giving_again_after_damage_starts_a_new_chain(person: Person) -> None:
    person.give()
    person.events.write_text("nonsense\n")

    assert person.give().state is ConsentState.GIVEN
    assert person.gate().grant().revision == 1
    assert list(person.events.parent.glob("events-ended-*.jsonl"))


def test_a_giving_that_the_vault_never_heard_of_is_void(person: Person) -> None:
    """As after a crash between the file and the vault, or a forged act."""
    person.give()
    before = person.device.get_head()
    person.give(categories=frozenset(Category))
    assert before is not None
    person.device.set_head(before)

    refused(person.gate(), "verified")


def test_a_narrowing_that_the_vault_never_heard_of_counts(person: Person) -> None:
    person.give()
    before = person.device.get_head()
    person.narrow(categories=frozenset({Category.SCREENSHOTS}))
    assert before is not None
    person.device.set_head(before)

    assert person.gate().grant().categories == {Category.POINTER_CLICKS}


# Time


def test_it_expires(person: Person) -> None:
    person.give(days=2)
    gate = person.gate()
    person.clock.let_pass(2 * DAY_US - 1)
    gate.grant()
    person.clock.let_pass(1)

    refused(gate, "expired")


def test_a_clock_set_back_does_not_stop_time_for_a_running_recorder(person: Person) -> None:
    person.give(days=2)
    gate = person.gate()
    person.clock.let_pass(DAY_US)
    person.clock.wall -= 30 * DAY_US
    person.clock.let_pass(DAY_US)

    refused(gate, "expired")


def test_a_clock_set_back_revives_nothing_at_the_next_start(person: Person) -> None:
    person.give(days=2)
    person.clock.let_pass(3 * DAY_US)
    refused(person.gate(), "expired")
    person.clock.wall -= 30 * DAY_US

    refused(person.gate(), "expired")


def test_a_clock_set_forward_and_back_ends_it_for_the_gate_that_saw_it(person: Person) -> None:
    person.give(days=2)
    gate = person.gate()
    person.clock.wall += 30 * DAY_US
    refused(gate, "expired")
    person.clock.wall -= 30 * DAY_US

    refused(gate, "expired")


def test_a_new_consent_is_not_held_down_by_the_clock_of_the_last(person: Person) -> None:
    person.clock.wall += 3000 * DAY_US
    person.give(days=2)
    person.clock.wall -= 3000 * DAY_US
    person.give(days=2)

    assert person.gate().grant()


# Cost


def test_looking_again_costs_microseconds(person: Person) -> None:
    person.give()
    gate = ConsentGate.open(person.home, act.read_head(person.device), SetClock())
    gate.grant()
    began = time.perf_counter()
    for _ in range(200):
        gate.grant()

    assert (time.perf_counter() - began) / 200 < 0.002


def test_an_edit_that_restores_size_and_time_still_shows(person: Person) -> None:
    person.give()
    gate = person.gate()
    gate.grant()
    before = person.events.stat()
    content = person.events.read_bytes()
    person.events.write_bytes(content[:50] + bytes([content[50] ^ 1]) + content[51:])
    os.utime(person.events, ns=(before.st_atime_ns, before.st_mtime_ns))

    refused(gate, "verified")
