"""One recording from its first grant to its seal: the supervisor that watches consent, threads, badge and policy.

It stops loudly: whatever ends a recording is named in `Ended`, and the badge never outlives what it says.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from recorder.capture.contract import Backend, Indicator, IndicatorSignal, IndicatorState
from recorder.control import ControlServer, Request
from recorder.errors import NoConsentError, PlatformError, PolicyError, RecorderError
from recorder.guard import Guard
from recorder.model.consent import Category, ConsentGrant
from recorder.model.policy import Policy
from recorder.pipeline.inbox import Inbox
from recorder.pipeline.lease import SYSTEM, Clocks, Lease
from recorder.pipeline.sources import OPEN_TIMEOUT_S, Sources
from recorder.pipeline.worker import Worker
from recorder.store import ends
from recorder.store.audit import Action, Actor, AuditLog
from recorder.store.home import disk_errors
from recorder.store.writer import Writer

RECHECK_S = 0.4
FLUSH_S = 0.3
STOP_TIMEOUT_S = 30.0
BADGE_POLL_S = 0.1
SILENT_S = 2.2  # a thread that has not come round for so long: nothing is recorded
HUNG_S = 10.0  # and after this the recording ends
WORKER_HUNG_S = 20.0  # which may have to seal a full segment on a slow disk
HUNG_JOIN_S = 2.0
LOOK_ANEW_S = 60.0  # all sources are opened again; whoever takes longer hangs
LONGEST_FORGET_S = 10 * 366 * 86_400.0


class State(StrEnum):
    """What a recording is doing, in the words of the badge and of `recorder status`."""

    STARTING = "starting"
    RECORDING = "recording"
    WITHHOLDING = "withholding"
    PAUSED = "paused"
    STOPPING = "stopping"


class Why(StrEnum):
    """What ended a recording."""

    ASKED = "asked"
    TIME_UP = "time_up"
    CONSENT_ENDED = "consent_ended"
    POLICY_INVALID = "policy_invalid"
    INDICATOR_GONE = "indicator_gone"
    CAPTURE_DIED = "capture_died"
    CAPTURE_HUNG = "capture_hung"
    CONTROL_DIED = "control_died"
    CONTROL_HUNG = "control_hung"
    WORKER_DIED = "worker_died"
    WORKER_HUNG = "worker_hung"
    SUPERVISOR_FAILED = "supervisor_failed"
    SUPERVISOR_HUNG = "supervisor_hung"
    STORE_FAILED = "store_failed"


@dataclass(frozen=True, slots=True)
class Ended:
    """Why it ended, and the error a person should read (None when they asked for it)."""

    why: Why
    error: RecorderError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """The outside that the supervisor asks again and again: each returns the present answer or raises.

    `grant` raises NoConsentError; `policy` returns None while the file is unchanged and raises PolicyError.
    """

    grant: Callable[[], ConsentGrant]
    policy: Callable[[], Policy | None]


class Recording:
    """Threads: `run` is the supervisor and blocks in the main thread; the other methods come from any."""

    def __init__(
        self,
        *,
        home: Path,
        session_id: str,
        t0_ns: int,
        backend: Backend,
        guard: Guard,
        writer: Writer,
        grant: ConsentGrant,
        policy: Policy,
        checks: Checks,
        troubles: tuple[str, ...] = (),
        clocks: Clocks = SYSTEM,
        lease: Lease | None = None,
    ) -> None:
        """`troubles`: sentences about what is withheld because a part of the recorder is missing; for the person.
        `lease` goes by `clocks`, too, unless it is given."""
        self.session_id = session_id
        self.troubles = troubles
        self._t0_ns = t0_ns
        self._home, self._clocks = home, clocks
        self._backend = backend
        self._guard = guard
        self._writer = writer
        self._grant = grant
        self._checks = checks
        self._inbox = Inbox(clock_ns=clocks.monotonic_ns)
        self._lease = lease or Lease(clocks, grant)
        self._looking: threading.Thread | None = None
        self._looking_since = 0.0
        self._sources = Sources(
            backend,
            self._inbox,
            guard.keep_plan,
            min_gap_s=policy.pacing.min_gap_ms / 1000,
            frames=Category.SCREENSHOTS in grant.categories,
        )
        self._policy = policy
        self._sources.follow(policy, grant.categories, grant.blocked_apps)
        self._worker = Worker(
            self._inbox,
            guard,
            writer,
            self._lease,
            frame_taken=self._sources.frame_taken,
            clocks=clocks,
            orphaned=self._orphaned,
        )
        self.when_orphaned: Callable[[RecorderError], None] = _nothing
        # Without the vault's secrets: its lines are chained, and anchored by the next command that has them.
        self._history = AuditLog(home)
        self._shown: IndicatorState | None = None
        self._indicator: Indicator | None = None
        self._showing = threading.Lock()
        self._state = State.STARTING
        self._switching = threading.Lock()
        # Plain values: a signal handler may interrupt itself, and would wait for its own lock for ever.
        self._stop_asked = False
        self._failed: Ended | None = None
        self._started = time.monotonic()
        self._checked = 0.0
        self._control = ControlServer(home, self._answer)  # last: it is there for others to see from here on
        self._listener = threading.Thread(target=self._control.serve, name="control", daemon=True)

    # The life of a recording

    def run(self, *, seconds: float | None, watch: Callable[[dict[str, Any]], None]) -> Ended:
        """Record until something ends it. `watch` is given `status()` a few times a second, for a live display.

        Raises: PlatformError when it can't start; nothing is left running or half-recorded then.
        """
        indicator = self._backend.indicator()
        try:
            self._start(indicator)
            ended = self._watch_over(indicator, seconds, watch)
        finally:
            self._close(indicator)
        if ended.error is not None:
            return self._explained(ended)
        # The worker and the history may also fail at the very end, while the session is sealed.
        return self._worker_ended() if self._worker.broken else self._failed or ended

    def _start(self, indicator: Indicator) -> None:
        indicator.open(IndicatorState.WITHHOLDING)
        self._indicator = indicator
        self._sources.open()
        self._follow_grant(self._checks.grant())  # opening all this may have taken longer than a grant is good for
        self._tell_what_is_missing()
        self._history_line(Action.RECORDING_STARTED)
        boot_ns = self._clocks.boot_ns()
        ends.began(self._home, self.session_id, boot_ns, boot_ns - self._clocks.monotonic_ns())
        self._lease.renew()
        self._worker.start()
        self._started = time.monotonic()
        self._state = State.RECORDING  # before anybody can ask for a pause
        self._listener.start()

    def _tell_what_is_missing(self) -> None:
        fault = self._sources.without_oracle()
        if fault is not None:
            self._inbox.put(fault)

    def _watch_over(
        self, indicator: Indicator, seconds: float | None, watch: Callable[[dict[str, Any]], None]
    ) -> Ended:
        """What nobody expected ends a recording as loudly as what was; of it only the type's name leaves."""
        try:
            return self._supervise(indicator, seconds, watch)
        except RecorderError as error:
            return Ended(Why.SUPERVISOR_FAILED, error)
        except Exception as failure:  # noqa: BLE001 - the boundary
            if isinstance(failure, OSError) and failure.errno is not None:
                what = f"this machine refuses: {os.strerror(failure.errno)}; recording stopped"
                return Ended(Why.SUPERVISOR_FAILED, PlatformError(what, hint="look with: recorder doctor --deep"))
            what = f"the supervisor failed ({type(failure).__name__}), so recording stopped"
            return Ended(Why.SUPERVISOR_FAILED, RecorderError(what))

    def _supervise(self, indicator: Indicator, seconds: float | None, watch: Callable[[dict[str, Any]], None]) -> Ended:
        while True:
            signal = indicator.wait(BADGE_POLL_S)
            if signal is IndicatorSignal.TOGGLE_PAUSE:  # before all that takes time
                self.toggle_pause()
            if self._inbox.overflowed.is_set():
                self._recover_overflow()
            # Consent first: where it ended, nothing else matters.
            ended = self._recheck() or self._ending(signal, seconds) or self._mind_threads() or self._mind_lease()
            if ended is not None:
                return ended
            self._show_state()
            watch(self.status())

    def _ending(self, signal: IndicatorSignal | None, seconds: float | None) -> Ended | None:
        if self._failed is not None:
            return self._failed
        if self._stop_asked:
            return Ended(Why.ASKED)
        if seconds is not None and time.monotonic() - self._started >= seconds:
            return Ended(Why.TIME_UP)
        if signal is IndicatorSignal.GONE:
            return Ended(Why.INDICATOR_GONE, PlatformError("the badge is gone, so recording stopped"))
        if not self._worker.alive:
            return self._worker_ended()
        if self._sources.died is not None:
            what = f"a capture thread ended ({self._sources.died}), so recording stopped"
            return Ended(Why.CAPTURE_DIED, PlatformError(what, hint="look with: recorder doctor"))
        return None

    def _explained(self, ended: Ended) -> Ended:
        """A display that went took badge and capture with it: that is what a person should read."""
        if ended.why not in (Why.INDICATOR_GONE, Why.CAPTURE_DIED):
            return ended
        trouble = self._backend.trouble()
        return ended if trouble is None else Ended(ended.why, PlatformError(f"{trouble}, so recording stopped"))

    def _mind_threads(self) -> Ended | None:
        """Threads that hang: first nothing is recorded any more, then it ends. The worker's lease is in this hand."""
        if not self._listener.is_alive():
            return Ended(Why.CONTROL_DIED, RecorderError("nobody answers commands any more, so recording stopped"))
        if self._worker.busy_s > WORKER_HUNG_S:
            what = "the worker hangs, so recording stopped; what its journal holds is recovered at the next start"
            return Ended(Why.WORKER_HUNG, RecorderError(what))
        if self._control.busy_s > HUNG_S:
            return Ended(Why.CONTROL_HUNG, RecorderError("a command hangs, so recording stopped"))
        name, silent_s = self._silent()
        if silent_s > HUNG_S:
            what = f"a capture thread hangs ({name}), so recording stopped"
            return Ended(Why.CAPTURE_HUNG, PlatformError(what, hint="look with: recorder doctor"))
        if max(silent_s, self._control.busy_s) > SILENT_S:
            self._lease.end()
        return None

    def _silent(self) -> tuple[str, float]:
        """The capture thread that hangs for longest; none while they are not meant to run, or are being opened."""
        if self._state is not State.RECORDING or self._switching.locked():
            return "", 0.0
        return self._sources.silent() or ("", 0.0)

    def _mind_lease(self) -> Ended | None:
        """All is well: the worker may go on. Where nobody knows what was missed, everything is looked at anew first."""
        self._lease.extend()
        if self._looking is not None and self._looking.is_alive():
            return self._looks_too_long()
        if not self._lease.lapsed or max(self._silent()[1], self._control.busy_s) > SILENT_S:
            return None
        self._checked = 0.0
        ended = self._recheck()
        if ended is None:
            # Apart: on a busy machine it takes longer than a grant holds, which the supervisor has to renew meanwhile.
            self._looking = threading.Thread(target=self._look_anew, name="looking", daemon=True)
            self._looking_since = time.monotonic()
            self._looking.start()
        return ended

    def _looks_too_long(self) -> Ended | None:
        if time.monotonic() - self._looking_since < LOOK_ANEW_S:
            return None
        what = "what the screen shows can't be looked at anew, so recording stopped"
        return Ended(Why.CAPTURE_HUNG, PlatformError(what, hint="look with: recorder doctor"))

    def _look_anew(self) -> None:
        """Thread: looking. Nothing of before counts: all sources are opened again."""
        try:
            with self._switching:
                self._sources.close()
                self._lose(self._inbox.reopen())
                lapses = self._lease.renew(more_ns=round(OPEN_TIMEOUT_S * 1e9))
                self._inbox.command(lambda t_ns: self._worker.regain(t_ns, lapses))
                if self._state is State.RECORDING:
                    self._reopen()
                self._lease.extend()
        except Exception as failure:  # noqa: BLE001 - the boundary of a thread: what it says may have been captured
            what = f"looking anew failed ({type(failure).__name__}), so recording stopped"
            self._fail(Why.CAPTURE_DIED, RecorderError(what))

    def _lose(self, lost: dict[str, int]) -> None:
        if lost:
            self._inbox.command(lambda t_ns: self._worker.overflow(t_ns, lost))

    def _orphaned(self) -> None:
        """Thread: worker. All is sealed, and the supervisor hangs: it will never say so, nor end anything."""
        self.when_orphaned(RecorderError("the supervisor hangs, so recording stopped; what was safe is sealed"))

    def _worker_ended(self) -> Ended:
        if isinstance(self._worker.error, NoConsentError):
            return Ended(Why.CONSENT_ENDED, self._worker.error)
        if self._worker.error is not None:
            return Ended(Why.STORE_FAILED, self._worker.error)
        return Ended(
            Why.WORKER_DIED, RecorderError(f"the worker failed ({self._worker.failure}), so recording stopped")
        )

    def _recheck(self) -> Ended | None:
        """Ask consent and policy again; whatever is not clearly still allowed ends the recording."""
        if time.monotonic() - self._checked < RECHECK_S:
            return None
        self._checked = time.monotonic()
        try:
            self._follow_grant(self._checks.grant())
            policy = self._checks.policy()
        except NoConsentError as error:
            return Ended(Why.CONSENT_ENDED, error)
        except PolicyError as error:
            return Ended(Why.POLICY_INVALID, error)
        if policy is not None:
            self._sources.min_gap_s = policy.pacing.min_gap_ms / 1000
            self._policy = policy
            self._sources.follow(policy, self._grant.categories, self._grant.blocked_apps)
            self._inbox.command(lambda t_ns: self._worker.set_policy(policy, t_ns))
        return None

    def _follow_grant(self, grant: ConsentGrant) -> None:
        before, self._grant = self._grant, grant
        if grant.consent_id != before.consent_id:
            raise NoConsentError("the consent was replaced, so recording stopped", hint="start again: recorder record")
        if (grant.categories, grant.blocked_apps) != (before.categories, before.blocked_apps):
            self._sources.follow(self._policy, grant.categories, grant.blocked_apps)
        self._lease.follow(grant)

    def _recover_overflow(self) -> None:
        """What was lost includes window changes, so everything is read anew."""
        with self._switching:
            self._sources.close()
            lost = self._inbox.reopen()
            self._inbox.command(lambda t_ns: self._worker.overflow(t_ns, lost))
            if self._state is State.RECORDING:
                self._reopen()

    def _reopen(self) -> bool:
        """Whether the sources listen again; where they can't, the recording ends with what they said."""
        try:
            self._sources.open()
        except RecorderError as error:
            self._fail(Why.CAPTURE_DIED, error)
            return False
        self._tell_what_is_missing()
        return True

    def _fail(self, why: Why, error: RecorderError) -> None:
        """End the recording from any thread: the supervisor looks at it next."""
        self._failed = self._failed or Ended(why, error)

    def _close(self, indicator: Indicator) -> None:
        self._sources.flush(FLUSH_S)
        # Whoever is resuming has done so, and nobody resumes any more; unless that hangs.
        is_mine = self._switching.acquire(timeout=OPEN_TIMEOUT_S)
        self._state = State.STOPPING
        self._sources.close()
        if is_mine:
            self._switching.release()
        if self._worker.alive:
            self._worker.stop()
        with self._showing:
            self._indicator = None
        indicator.close()
        try:
            self._seal()
        finally:
            self._control.close()  # last: whoever asked it to stop takes the socket's end for the end of the sealing

    def _seal(self) -> None:
        if not self._worker.started:
            self._writer.discard()
            return
        hangs = self._worker.busy_s > WORKER_HUNG_S
        if not self._worker.join(HUNG_JOIN_S if hangs else STOP_TIMEOUT_S) and not hangs:
            raise RecorderError("sealing does not end; what the journal holds is recovered at the next start")
        self._note(Action.RECORDING_STOPPED)
        with contextlib.suppress(RecorderError):  # then it counts as one that was killed
            ends.ended(self._home, self.session_id, self._clocks.boot_ns())

    # Pause

    def stop(self) -> None:
        """Any thread, and from a signal handler."""
        self._stop_asked = True

    def toggle_pause(self) -> None:
        if self._state is State.PAUSED:
            self.resume()
        else:
            self.pause()

    def pause(self) -> None:
        """Nothing from now on is stored. Returns once the sources are closed and the guard knows."""
        # At once: whoever holds the lock may take seconds. A guard that is paused already takes no notice.
        command = self._inbox.command(self._worker.pause)
        with self._switching:
            if self._state is not State.RECORDING:
                return
            self._state = State.PAUSED
            # Once more: a resume may have come in between.
            command = self._inbox.command(self._worker.pause)
            self._show_state()
            self._sources.close()
            command.done.wait(1.0)
            self._note(Action.RECORDING_PAUSED)

    def resume(self) -> None:
        """Listen again. Where the desktop is gone meanwhile, the recording ends."""
        with self._switching:
            if self._state is not State.PAUSED:
                return
            self._inbox.command(self._worker.resume).done.wait(1.0)
            self._state = State.RECORDING
            self._show_state()  # before anything is heard: the badge never says paused while it is recorded
            if self._reopen():
                self._note(Action.RECORDING_RESUMED)

    def _note(self, action: Action) -> None:
        """A line that can't be written ends the recording: the history would not be true."""
        try:
            self._history_line(action)
        except RecorderError as error:
            self._fail(Why.STORE_FAILED, error)

    def _history_line(self, action: Action) -> None:
        with disk_errors():
            self._history.append(Actor.RECORD, action, at_us=time.time_ns() // 1000, object_id=self.session_id)

    # What is shown

    def _present(self) -> State:
        if self._state is State.RECORDING and (self._guard.withholding or self._worker.stuck or self._lease.lapsed):
            return State.WITHHOLDING
        return self._state

    def _show_state(self) -> None:
        """Make the badge say what is so now. Any thread."""
        with self._showing:
            state = self._present()
            if self._indicator is None or state is State.STOPPING:
                return
            shown = IndicatorState(state)
            if shown is not self._shown:
                self._shown = shown
                self._indicator.show(shown)

    def status(self) -> dict[str, Any]:
        """Counts and states, no content; also the answer to `recorder status --json`."""
        counters = dict(self._worker.counters())
        return {
            "state": str(self._present()),
            "session": self.session_id,
            "duration_s": round(time.monotonic() - self._started, 3),
            "events": sum(tally.stored for kind, tally in counters.items() if kind != "frame"),
            "frames": counters["frame"].stored if "frame" in counters else 0,
            "withheld": sum(sum((tally.withheld or {}).values()) for tally in counters.values()),
            "bytes": self._writer.size_bytes,
        }

    def _answer(self, request: Request, fields: dict[str, Any]) -> dict[str, Any]:
        match request:
            case Request.STATUS:
                pass
            case Request.PAUSE:
                self.pause()
            case Request.RESUME:
                self.resume()
            case Request.STOP:
                self.stop()
            case Request.FORGET:
                return self._forget(float(fields["seconds"]))
        if request is not Request.STATUS and self._failed is not None and self._failed.error is not None:
            return {"ok": False, "error": self._failed.error.message}
        return {"ok": True, **self.status()}

    def _span_us(self, seconds: float, t_ns: int) -> tuple[int, int]:
        """The last seconds before `t_ns` in the session's time; the moment itself is included."""
        until_us = (t_ns - self._t0_ns) // 1000 + 1
        return max(0, until_us - round(seconds * 1_000_000)), until_us

    def _forget(self, seconds: float) -> dict[str, Any]:
        """Raises: ValueError for what is no length of time: it must not reach the worker."""
        if not 0 < seconds <= LONGEST_FORGET_S:
            raise ValueError("not a length of time")
        forgotten: dict[str, Any] = {}
        command = self._inbox.command(lambda t_ns: forgotten.update(self._worker.forget(self._span_us(seconds, t_ns))))
        if not command.done.wait(4.0):
            return {"ok": False, "error": "the recorder is busy; nothing is confirmed as forgotten"}
        return {"ok": True, **forgotten}


def _nothing(_error: RecorderError) -> None:
    """Where nobody has to be told."""
