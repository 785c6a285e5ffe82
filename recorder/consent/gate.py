"""The gate: `grant` either mints a proof that is good for five seconds, or says why there is none.

It needs no secret: the vault's trusted head comes in once, and the files are verified against it. It looks at the files
again on every call, and reads them again only when they changed.
"""

import dataclasses
from pathlib import Path

from recorder.consent import files
from recorder.consent.clock import Clock, SteadyTime, SystemClock
from recorder.consent.state import NONE, UNKNOWN, Standing, TrustedHead, expired
from recorder.consent.verify import verify
from recorder.errors import DamagedError, ExitCode, NoConsentError, PolicyError, UsageError
from recorder.model.consent import ConsentGrant, ConsentState, Purpose
from recorder.model.seals.consent import SEAL

GRANT_NS = 5_000_000_000
GIVE = "recorder consent --self"

# What a person reads for each state that does not permit, and what to do about it.
WHY_NOT = {
    ConsentState.NONE: ("you have not agreed to any recording", f"choose what is recorded: {GIVE}"),
    ConsentState.REFUSED: ("you said no to recording", f"if you changed your mind: {GIVE}"),
    ConsentState.WITHDRAWN: ("you have withdrawn your consent", f"if you changed your mind: {GIVE}"),
    ConsentState.EXPIRED: ("your consent has expired", f"choose again: {GIVE}"),
    ConsentState.UNKNOWN: (
        "the consent on this machine can't be verified, so nothing is recorded",
        f"its files were changed, cut, copied or restored; choose again: {GIVE}",
    ),
}


class UnreadableError(NoConsentError):
    """No consent is known, because the machine does not let its files be read: nothing has to be agreed to again."""

    exit_code = ExitCode.ENVIRONMENT


class ConsentGate:
    """Holds the trusted head and the last fold. Thread: any one at a time."""

    def __init__(self, home: Path, head: TrustedHead | None, clock: Clock) -> None:
        self._home = home
        self._head = head
        self._clock = clock
        self._time = SteadyTime(clock, head.high_water_us if head else 0)
        self._stamp: files.Stamp | None = None
        self._folded = UNKNOWN
        self._refused: str | None = None  # what the machine says when it does not let the files be read

    @classmethod
    def open(cls, home: Path, head: TrustedHead | None, clock: Clock | None = None) -> "ConsentGate":
        """`head` from the vault; None where there is no vault (then there is no consent either). Reads nothing yet."""
        return cls(home, head, clock or SystemClock())

    def standing(self) -> Standing:
        """Where the consent stands now. Whatever does not verify is `unknown`."""
        stamp = files.stamp(self._home)
        if stamp != self._stamp:
            self._folded = self._fold()
            self._stamp = stamp
        if expired(self._folded, self._time.now_us()):
            # Kept: no later call may find it alive again, whatever the clock says then.
            self._folded = dataclasses.replace(self._folded, state=ConsentState.EXPIRED)
        return self._folded

    def grant(self, purpose: str | None = None) -> ConsentGrant:
        """A proof for the next five seconds.

        Raises: NoConsentError with the reason (UnreadableError when it is the machine's); PolicyError for a purpose
        that was never agreed to; UsageError for one that does not exist.
        """
        standing = self.standing()
        if standing.state is ConsentState.UNKNOWN and self._refused is not None:
            raise UnreadableError(f"the consent can't be read: {self._refused}", hint="look with: recorder doctor")
        if not standing.state.permits:
            raise refusal(standing.state)
        if not standing.categories:
            raise NoConsentError(
                "you have switched off everything that could be recorded", hint=f"choose again: {GIVE}"
            )
        _check_purpose(standing, purpose)
        # Never longer than the consent itself.
        left_us = max(0, standing.expires_at_us - self._time.now_us())
        return ConsentGrant(
            study_id=standing.study_id,
            consent_id=standing.consent_id,
            revision=standing.revision,
            record_sha256=standing.record_sha256,
            categories=standing.categories,
            purposes=standing.purposes,
            blocked_apps=standing.blocked_apps,
            valid_until_ns=self._clock.boot_ns() + min(GRANT_NS, left_us * 1000),
            seal=SEAL,
        )

    def _fold(self) -> Standing:
        self._refused = None
        try:
            files.require_own_home(self._home)
            answer = files.read_answer(self._home)
        except DamagedError as error:
            return self._unknown(error)
        try:
            standing = self._fold_events()
        except DamagedError as error:
            standing = self._unknown(error)
        # A no needs no signature: it holds whatever the events say.
        return standing if answer is None else dataclasses.replace(standing, state=answer)

    def _unknown(self, error: DamagedError) -> Standing:
        self._refused = error.message if isinstance(error, files.RefusedError) else None
        return UNKNOWN

    def _fold_events(self) -> Standing:
        """Raises: DamagedError."""
        if self._head is None:
            return NONE if files.read(files.events_path(self._home)) is None else UNKNOWN
        verified = verify(self._home, self._head)
        self._time.raise_to(verified.latest_us)
        return verified.standing


def refusal(state: ConsentState) -> NoConsentError:
    """The error for a state that does not permit."""
    message, hint = WHY_NOT.get(state, WHY_NOT[ConsentState.UNKNOWN])
    return NoConsentError(message, hint=hint)


def _check_purpose(standing: Standing, purpose: str | None) -> None:
    if purpose is None or purpose in standing.purposes:
        return
    if purpose not in list(Purpose):
        raise UsageError(f"there is no purpose '{purpose}'", hint=f"one of: {', '.join(Purpose)}")
    if purpose in standing.offered_purposes:
        raise NoConsentError(f"you have taken back the purpose '{purpose}'", hint=f"to agree to it again: {GIVE}")
    raise PolicyError(f"you have not agreed to the purpose '{purpose}'", hint=f"choose again: {GIVE}")
