"""What is looked at, unit by unit: calls the student's definitions and returns named arrays.

These files run in the sandbox beside the student's code, and in the student's own kernel. They
hold no answer and no expected value.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any


def present(**values: Any) -> dict[str, Any]:
    """The values that are there: a None is left out, so that the judge calls it missing."""
    return {name: value for name, value in values.items() if value is not None}


def pair(value: Any) -> tuple[Any, Any]:
    """Two returned values; anything else counts as the first one, with the second missing."""
    if isinstance(value, tuple | list) and len(value) == 2:
        return value[0], value[1]
    return value, None


def entries(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The named entries of a returned dict; what is not there is missing."""
    if not isinstance(value, Mapping):
        return {}
    return present(**{name: value.get(name) for name in names})


def observer(check: str) -> Any:
    """The observing function of a check id such as "gru.one_step"; KeyError if there is none."""
    unit, name = check.split(".", 1)
    module = importlib.import_module(f"{__name__}.{unit}")
    function = vars(module).get(name)
    if not callable(function) or name.startswith("_"):
        raise KeyError(f"no observation {check!r}")
    return function
