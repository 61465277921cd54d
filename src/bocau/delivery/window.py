"""How many mails one process may have permitted and unsettled: the most that can be in doubt when its host is lost."""

FLOOR = 32
ROUND = 0.1
"""Seconds of sending that the window covers (protocol/window.py)."""


class Window:
    """``size`` follows the rate: clamp(2 · connections, rate · 0.1 s, most)."""

    __slots__ = ("_count", "_since", "most", "rate", "size")

    def __init__(self, most: int, now: float) -> None:
        self.most, self.size, self.rate = most, min(FLOOR, most), 0.0
        self._count, self._since = 0, now

    def settled(self, count: int) -> None:
        self._count += count

    def measure(self, now: float, connections: int) -> int:
        """Called every tick; looks at the rate every 100 ms."""
        passed = now - self._since
        if passed >= ROUND:
            measured = self._count / passed
            self.rate = measured if measured > self.rate else 0.7 * self.rate + 0.3 * measured
            self._count, self._since = 0, now
        least = max(2 * connections, FLOOR)
        self.size = int(min(max(least, self.rate * ROUND * 1.5), self.most))
        return self.size
