"""What was computed for an object, kept as long as the object lives."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class Memo(Generic[T]):
    """Values that hang on an object that never changes, such as an atlas; equal objects share nothing.

    Examples
    --------
    >>> class Table: ...
    >>> table, sizes = Table(), Memo[int]()
    >>> sizes.of(table, "rows", lambda: 3), sizes.of(table, "rows", lambda: 4)
    (3, 3)
    """

    def __init__(self) -> None:
        self._found: WeakKeyDictionary[object, dict[Hashable, T]] = WeakKeyDictionary()

    def of(self, owner: object, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key` for `owner`; made the first time that it is asked for."""
        known = self._found.setdefault(owner, {})
        if key not in known:
            known[key] = make()
        return known[key]
