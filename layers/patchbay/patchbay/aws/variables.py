"""Fields of an object that are read from variables of the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, overload


class Variable[T]:
    """A field that is read from the variable `name` by `read`, which raises ValueError for what it cannot be.

    Without a default the variable must be there.
    """

    def __init__(self, name: str, read: Callable[[str], T], default: T | None = None) -> None:
        self.name = name
        self.field = ""
        self._read = read
        self._default = default

    def __set_name__(self, owner: type[Variables], field: str) -> None:
        self.field = field

    @overload
    def __get__(self, variables: None, owner: type[Variables]) -> Variable[T]: ...
    @overload
    def __get__(self, variables: Variables, owner: type[Variables]) -> T: ...
    def __get__(self, variables: Variables | None, owner: type[Variables]) -> T | Variable[T]:
        if variables is None:
            return self
        value: T = variables.values[self.field]
        return value

    def __set__(self, variables: Variables, value: object) -> None:
        raise AttributeError(f"{self.field} is not changed after it was read")

    def read_from(self, process: Mapping[str, str]) -> T:
        """Raises ValueError for a variable that is missing, or has a value that cannot be."""
        if self.name in process:
            return self._read(process[self.name])
        return self.default

    @property
    def default(self) -> T:
        if self._default is None:
            raise ValueError(self.name)
        return self._default


def name_of(value: str) -> str:
    """What must not be empty."""
    if not value:
        raise ValueError
    return value


def whole(least: int) -> Callable[[str], int]:
    """A whole number, `least` or more."""

    def read(value: str) -> int:
        number = int(value)
        if number < least:
            raise ValueError
        return number

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """One of these and nothing else."""

    def read(value: str) -> str:
        if value not in words:
            raise ValueError
        return value

    return read


class Variables:
    """Values by field; what has a default may be left out. They do not change."""

    def __init__(self, **values: object) -> None:
        declared = self.declared()
        unknown = set(values) - {one.field for one in declared}
        if unknown:
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        defaults = {one.field: one.default for one in declared if one.field not in values}
        self.values: Mapping[str, Any] = {**defaults, **values}

    @classmethod
    def declared(cls) -> list[Variable[Any]]:
        return [one for kind in reversed(cls.__mro__) for one in vars(kind).values() if isinstance(one, Variable)]
