"""How often something may happen: a bucket that fills evenly."""

from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass
class Rate:
    """At most `per_second` in a second, and at once. Times are seconds of a clock that goes forward."""

    per_second: float
    _level: float | None = field(default=None)
    _at: float = field(default=0.0)

    def admits(self, now: float) -> bool:
        """Take one from the bucket; False where it is empty."""
        level = self.per_second if self._level is None else self._level
        level = min(self.per_second, level + max(0.0, now - self._at) * self.per_second)
        self._at = now
        self._level = level - 1 if level >= 1 else level
        return level >= 1


@dataclass
class Rates:
    """A rate for each of many keys; the keys used longest ago are forgotten beyond `most_keys`."""

    per_second: float
    most_keys: int = 1000
    _rates: "OrderedDict[str, Rate]" = field(default_factory=OrderedDict[str, Rate])

    def admits(self, key: str, now: float) -> bool:
        """Take one from a key's bucket; False where it is empty."""
        rate = self._rates.setdefault(key, Rate(self.per_second))
        self._rates.move_to_end(key)
        if len(self._rates) > self.most_keys:
            self._rates.popitem(last=False)
        return rate.admits(now)
