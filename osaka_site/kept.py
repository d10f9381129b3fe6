"""A dictionary of bounded size."""

from collections import OrderedDict
from threading import Lock


class Kept:
    """The most recently used of what was worked out; the rest is forgotten."""

    def __init__(self, most):
        self._most = most
        self._values = OrderedDict()
        self._lock = Lock()

    def __len__(self):
        return len(self._values)

    def get(self, key):
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def once(self, key, make):
        """The value of ``key``, made if it is not here."""
        if (value := self.get(key)) is None:
            value = make()
            self.put(key, value)
        return value

    def put(self, key, value):
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._most:
                self._values.popitem(last=False)

    def without(self, is_stale):
        """The same, but for the values of those keys."""
        others = Kept(self._most)
        with self._lock:
            found = list(self._values.items())
        others._values.update((key, value) for key, value in found if not is_stale(key))
        return others
