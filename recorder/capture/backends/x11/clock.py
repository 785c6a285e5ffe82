"""X server milliseconds -> CLOCK_MONOTONIC nanoseconds, by the smallest delay ever seen between stamp and arrival."""

_WRAP = 1 << 32
_HALF = 1 << 31
_NS_PER_MS = 1_000_000
WINDOW_NS = 600 * 1_000_000_000  # samples older than two of these are forgotten, so that a drifting clock is followed


class ServerClock:
    """Maps the server's 32-bit millisecond stamps, which wrap every 49.7 days. Looks at no clock itself.

    The offset is the minimum of arrival - stamp: delays only ever add to it, so the minimum is the best guess, and no
    event is ever placed after its arrival. Results never decrease: the order of the stream wins over the stamps.
    """

    def __init__(self) -> None:
        self._latest_ms: int | None = None  # unwrapped
        self._since_ns = 0
        self._older_ns = self._newer_ns = 0  # minima of the last two windows
        self._last_ns = 0

    def arrived(self, stamp_ms: int, now_ns: int) -> None:
        """A message that the server stamped `stamp_ms` was read here at `now_ns`."""
        full_ms = self._unwrap(stamp_ms)
        first = self._latest_ms is None
        self._latest_ms = full_ms if first else max(full_ms, self._latest_ms or 0)
        offset_ns = now_ns - full_ms * _NS_PER_MS
        if first:
            self._older_ns = self._newer_ns = offset_ns
            self._since_ns = now_ns
        elif now_ns - self._since_ns > WINDOW_NS:
            self._older_ns, self._newer_ns, self._since_ns = self._newer_ns, offset_ns, now_ns
        else:
            self._newer_ns = min(self._newer_ns, offset_ns)

    def to_ns(self, stamp_ms: int) -> int:
        """When that was on CLOCK_MONOTONIC: never before an earlier answer."""
        return self.order(self._unwrap(stamp_ms) * _NS_PER_MS + min(self._older_ns, self._newer_ns))

    def order(self, t_ns: int) -> int:
        """`t_ns` of CLOCK_MONOTONIC, but never before an earlier answer: everything from here on is that or later."""
        self._last_ns = max(self._last_ns, t_ns)
        return self._last_ns

    def _unwrap(self, stamp_ms: int) -> int:
        if self._latest_ms is None:
            return stamp_ms
        ahead_ms = (stamp_ms - self._latest_ms + _HALF) % _WRAP - _HALF
        return self._latest_ms + ahead_ms
