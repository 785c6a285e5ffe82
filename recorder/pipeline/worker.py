"""The one thread that takes from the inbox, asks the guard, and hands what passed to the writer.

The trust boundary for errors: Python messages carry captured data, so of an exception only its type's name leaves.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from recorder.errors import NoConsentError, RecorderError
from recorder.guard import Guard
from recorder.model.consent import ConsentGrant
from recorder.model.policy import Policy
from recorder.model.raw import Fault, RawDamage, RawEvent, RawFault, RawFrame
from recorder.model.redacted import Redacted, Tally
from recorder.pipeline.inbox import Command, Inbox
from recorder.pipeline.lease import SYSTEM, Clocks, Lease
from recorder.store.writer import Writer

TICK_S = 0.1
STUCK_S = 1.0  # sealing a full segment takes less
# Input arrives within a few milliseconds; a frame older than this can't be overtaken by an event from before it.
FRAME_SETTLE_NS = 50_000_000
ORPHANED_S = 20.0  # without a supervisor; it ends the recording much sooner for any other thread


class Worker:
    """Owns guard and writer while a recording runs; nobody else calls them, but for `Guard.keep_plan`.

    `failed` is set (and the thread ends) when the guard or the store can't go on; `error` is what may be said about it.
    While the lease has lapsed nothing passes, and what was waiting is withheld; `regain` ends that.
    """

    def __init__(
        self,
        inbox: Inbox,
        guard: Guard,
        writer: Writer,
        lease: Lease,
        *,
        frame_taken: Callable[[], None],
        clocks: Clocks = SYSTEM,
        orphaned: Callable[[], None] = lambda: None,
    ) -> None:
        """`orphaned` is called, once all is sealed, when the supervisor has said nothing for so long that it hangs."""
        self._inbox = inbox
        self._guard = guard
        self._writer = writer
        self._lease = lease
        self._grant = lease.grant
        self._frame_taken = frame_taken
        self._clocks = clocks
        self._orphaned = orphaned
        self._frames: deque[RawFrame] = deque()
        self._stopping = False
        self._ticked_ns = 0
        self._turned = time.monotonic()
        self._seen_ns = clocks.monotonic_ns()  # until then nothing was amiss
        self._settled = lease.lapses
        self._lapsed_at: float | None = None
        self._late: list[Redacted] = []  # rows about a lapse wait for its end: the grant of before may have run out
        self.error: RecorderError | None = None
        self.failure: str | None = None
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Whether the thread has ended within the time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def stuck(self) -> bool:
        """Whether it has been busy with one thing for so long that nothing is being recorded now."""
        return self.busy_s > STUCK_S

    @property
    def busy_s(self) -> float:
        """For how long it has been busy with one thing."""
        return time.monotonic() - self._turned if self._thread.is_alive() else 0.0

    @property
    def broken(self) -> bool:
        """Whether it ended by a failure of the guard or the store."""
        return self.error is not None or self.failure is not None

    @property
    def started(self) -> bool:
        return self._thread.ident is not None

    def stop(self) -> None:
        """Let it finish what is enqueued, close the guard's open runs and gaps, and seal. Any thread."""
        self._inbox.command(self._finish)

    def _finish(self, t_ns: int) -> None:
        if self._lapsed_at is None:
            self._take_frames(before_ns=t_ns)
        self._write(self._guard.close(t_ns))
        self._write_late()
        self._writer.close(self.counters())
        self._stopping = True

    def counters(self) -> dict[str, Tally]:
        return self._guard.counters

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._turned = time.monotonic()
                self._turn()
                if self._is_orphaned():
                    self.failure = "nobody watches it"
                    self._abandon()
                    self._orphaned()
                    return
        except RecorderError as error:
            self.error = error
            self._abandon()
        except BaseException as failure:  # noqa: BLE001 - the boundary named above; a thread has nobody to leave it to
            self.failure = type(failure).__name__
            self._abandon()

    def _is_orphaned(self) -> bool:
        return self._lapsed_at is not None and time.monotonic() - self._lapsed_at > ORPHANED_S and not self._stopping

    def _abandon(self) -> None:
        """Keep what is already safe; a writer that can't even close leaves its journal to recovery."""
        for act in (self._fail_guard, self._write_late, lambda: self._writer.close(self.counters())):
            try:
                act()
            except Exception as failure:  # noqa: BLE001 - already stopping; the journal on disk is whole
                self.failure = self.failure or type(failure).__name__

    def _fail_guard(self) -> None:
        self._write(self._guard.fail(self._clocks.monotonic_ns()))

    def _turn(self) -> None:
        item = self._inbox.get(TICK_S)
        self._mind_lease()
        match item:
            case None:
                pass
            case Command():
                item.act(item.t_ns)
                item.done.set()
            case RawFrame():
                self._frames.append(item)
                if self._lapsed_at is not None:
                    self._drop_frames()
            case _:
                self._step(item)
        now_ns = self._clocks.monotonic_ns()
        if now_ns - self._ticked_ns >= TICK_S * 1e9 and not self._stopping:
            self._ticked_ns = now_ns
            self._tick(now_ns)

    def _mind_lease(self) -> None:
        """Before anything else: is it still ours to write, and on which consent?"""
        if self._lapsed_at is None and not (self._is_ours() and self._keep_up()):
            self._lapse()

    def _is_ours(self) -> bool:
        return not self._lease.lapsed and self._lease.lapses == self._settled

    def _keep_up(self) -> bool:
        """Go on under the newest grant; whether it still holds."""
        self._seen_ns, grant = self._clocks.monotonic_ns(), self._lease.grant
        try:
            if grant is not self._grant:
                self.follow(grant, self._seen_ns)
        except NoConsentError:
            if not self._lease.lapsed:
                raise
            return False
        return True

    def _lapse(self) -> None:
        """From the last moment on at which all was well nothing is kept, nor what was still held then."""
        self._lapsed_at = time.monotonic()
        self._drop_frames()
        self._write(self._guard.step(RawFault(t_ns=self._seen_ns, fault=Fault.INPUT_LOST)))

    def _write_late(self) -> None:
        late, self._late = self._late, []
        self._lapsed_at = None
        with contextlib.suppress(NoConsentError):  # they say that something is missing: nothing that may not be said
            self._write(late)

    def _step(self, raw: RawEvent) -> None:
        if not isinstance(raw, RawDamage):  # a change on the screen says nothing about earlier frames being complete
            self._take_frames(before_ns=raw.t_ns)
        self._write(self._guard.step(raw))

    def _tick(self, now_ns: int) -> None:
        if self._inbox.empty() and self._lapsed_at is None and self._is_ours():
            self._take_frames(before_ns=now_ns - FRAME_SETTLE_NS)
            self._write(self._guard.tick(now_ns))
        self._writer.tick()

    def _take_frames(self, *, before_ns: int) -> None:
        """Show the guard the frames that ended before this time: an action's frame is never one from after it."""
        while self._frames and self._frames[0].t_end_ns < before_ns:
            frame = self._frames.popleft()
            self._frame_taken()
            self._write(self._guard.see_frame(frame))

    def _write(self, passed: Iterable[Redacted]) -> None:
        if self._lapsed_at is not None:
            self._late.extend(passed)
            return
        for value in passed:
            self._writer.append(value)

    # What the supervisor asks for, each as a command so that it stands in order with the events.

    def pause(self, t_ns: int) -> None:
        """Nothing from `t_ns` on is stored; frames that wait are dropped unseen."""
        self._drop_frames()
        self._write(self._guard.pause(t_ns))

    def resume(self, t_ns: int) -> None:
        self._drop_frames()
        self._write(self._guard.resume(t_ns))

    def follow(self, grant: ConsentGrant, t_ns: int) -> None:
        """Go on under the newer grant. The guard narrows first: the writer is never handed what it may not have."""
        before, self._grant = self._grant, grant
        if (grant.categories, grant.blocked_apps) != (before.categories, before.blocked_apps):
            self._write(self._guard.narrow(categories=grant.categories, blocked_apps=grant.blocked_apps, t_ns=t_ns))
        self._writer.renew(grant)

    def regain(self, t_ns: int, lapses: int) -> None:
        """The supervisor has looked anew: what happens from now on passes again, once the windows are known."""
        if self._lease.lapsed:
            return  # again; this will be called again
        self._drop_frames()
        self.follow(self._lease.grant, t_ns)
        self._write(self._guard.step(RawFault(t_ns=t_ns, fault=Fault.INPUT_LOST, over=True)))
        self._settled = lapses
        self._write_late()

    def set_policy(self, policy: Policy, t_ns: int) -> None:
        self._write(self._guard.set_policy(policy, t_ns))

    def forget(self, span_us: tuple[int, int]) -> dict[str, int]:
        """Delete this part of the session, late rows of it included. Returns counts."""
        self._drop_frames()
        self._guard.forget()
        return self._writer.forget(*span_us)

    def overflow(self, t_ns: int, lost: dict[str, int]) -> None:
        """Account for what found no room, between a closed gate and its reopening."""
        self._drop_frames()
        self._write(self._guard.step(RawFault(t_ns=t_ns, fault=Fault.OVERFLOW)))
        for kind, count in lost.items():
            self._guard.lost(kind, count)
        self._write(self._guard.step(RawFault(t_ns=self._clocks.monotonic_ns(), fault=Fault.OVERFLOW, over=True)))

    def _drop_frames(self) -> None:
        while self._frames:
            self._frames.popleft()
            self._frame_taken()
