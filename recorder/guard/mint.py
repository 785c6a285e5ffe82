"""The one place where redacted values are made: session times from monotonic ones, and the guard's seal."""

from recorder.model.geometry import Monitor, Rect
from recorder.model.redacted import (
    Channel,
    EventKind,
    FrameSeen,
    GapReason,
    RedactedContext,
    RedactedEvent,
    RedactedFrame,
    Redaction,
    RedactionMethod,
    Trigger,
)
from recorder.model.seals.guard import SEAL

SECOND_US = 1_000_000
TENTH_US = 100_000


def floor_to(value_us: int, grid_us: int) -> int:
    """The grid point at or before `value_us`."""
    return value_us - value_us % grid_us


def ceil_to(value_us: int, grid_us: int) -> int:
    """The grid point at or after `value_us`."""
    return -floor_to(-value_us, grid_us)


class Mint:
    """Counts frame and context ids and turns nanoseconds into microseconds since the session's start."""

    seal = SEAL

    def __init__(self, t0_ns: int) -> None:
        self._t0_ns = t0_ns
        self._next_frame_id = 1
        self._next_context_id = 1

    def t_us(self, t_ns: int) -> int:
        """Microseconds since the session's start; what began before it counts from the start."""
        return max(0, (t_ns - self._t0_ns) // 1000)

    def gap(self, channel: Channel, reason: GapReason, start_ns: int, end_ns: int) -> RedactedEvent:
        """A withheld stretch. On the key channel its ends are rounded outwards to whole seconds: the exact ends would
        tell more about typing in a window that is not recorded than a text run tells about one that is."""
        start_us, end_us = self.t_us(start_ns), self.t_us(end_ns)
        if channel is Channel.KEYS:
            start_us, end_us = floor_to(start_us, SECOND_US), ceil_to(end_us, SECOND_US)
        return RedactedEvent(
            t_us=start_us, t_end_us=end_us, kind=EventKind.GAP, channel=channel, reason=reason, seal=SEAL
        )

    def paused(self, start_ns: int, end_ns: int) -> RedactedEvent:
        """The stretch in which the person had paused the recording."""
        return RedactedEvent(
            t_us=self.t_us(start_ns),
            t_end_us=self.t_us(end_ns),
            kind=EventKind.PAUSE,
            channel=Channel.ALL,
            reason=GapReason.PAUSED,
            seal=SEAL,
        )

    def secret_entry(self, t_ns: int, context_id: int | None, app: str | None) -> RedactedEvent:
        """That something secret was typed: when, to the second, and nothing else."""
        return RedactedEvent(
            t_us=floor_to(self.t_us(t_ns), SECOND_US),
            kind=EventKind.SECRET_ENTRY,
            reason=GapReason.SECRET_INPUT,
            channel=Channel.KEYS,
            context_id=context_id,
            app=app,
            seal=SEAL,
        )

    def context(
        self,
        t_ns: int,
        *,
        app: str | None,
        title: str | None,
        host: str | None,
        path: str | None,
        rect: Rect | None,
        screen: int | None,
        source: str,
    ) -> RedactedContext:
        """A stretch in which one allowed window has the keyboard. `title`, `host` and `path` are masked."""
        context_id, self._next_context_id = self._next_context_id, self._next_context_id + 1
        return RedactedContext(
            context_id=context_id,
            t_us=self.t_us(t_ns),
            app=app,
            window_title=title,
            url_host=host,
            url_path=path,
            window_rect=rect,
            screen=screen,
            source=source,
            seal=SEAL,
        )

    def frame(
        self,
        t_ns: int,
        monitor: Monitor,
        *,
        trigger: Trigger,
        context_id: int | None,
        n_redactions: int,
        masked_px: int,
        withheld_px: int,
        apps: tuple[str, ...] | None,
        rgb: bytes,
    ) -> RedactedFrame:
        """One masked picture; `rgb` as `RedactedFrame` wants it."""
        frame_id, self._next_frame_id = self._next_frame_id, self._next_frame_id + 1
        return RedactedFrame(
            frame_id=frame_id,
            t_us=self.t_us(t_ns),
            screen=monitor.index,
            width=monitor.rect.width,
            height=monitor.rect.height,
            scale=monitor.scale,
            trigger=trigger,
            context_id=context_id,
            n_redactions=n_redactions,
            masked_px=masked_px,
            withheld_px=withheld_px,
            apps=apps,
            rgb=rgb,
            seal=SEAL,
        )

    def frame_seen(self, t_ns: int, frame_id: int) -> FrameSeen:
        """The screen still looked like that frame."""
        return FrameSeen(frame_id=frame_id, t_us=self.t_us(t_ns), seal=SEAL)

    def redaction(
        self,
        t_ns: int,
        target: str,
        ref_id: int | None,
        field: str,
        *,
        category: str,
        detector: str,
        method: RedactionMethod,
        count: int,
    ) -> Redaction:
        """That `count` things were taken out of one field, by one rule."""
        return Redaction(
            t_us=self.t_us(t_ns),
            target=target,
            ref_id=ref_id,
            field=field,
            rect=None,
            category=category,
            detector=detector,
            method=method,
            count=count,
            seal=SEAL,
        )
