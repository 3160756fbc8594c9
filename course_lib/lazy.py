"""Names of a package that are imported when first used (PEP 562)."""

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any


def attach(package: str, homes: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """The `__getattr__` of `package`: a name is read from the module that `homes` says.

    homes: module inside the package -> names that it gives. A module is a name, too.
    The function raises AttributeError for a name that is in no module, and is none, and
    ModuleNotFoundError, saying what is left out, where this copy of the package lacks a module
    that the name needs.
    """
    home_of = {name: f"{package}.{module}" for module, names in homes.items() for name in names}

    class Package(ModuleType):
        # Importing course_lib.perplexity makes Python set the attribute `perplexity` of the package
        # to that module. The function of the same name must stay what `from course_lib import
        # perplexity` gives, whatever was imported before.
        def __setattr__(self, name: str, value: object) -> None:
            if not (name in home_of and isinstance(value, ModuleType)):
                super().__setattr__(name, value)

    sys.modules[package].__class__ = Package

    def find(name: str) -> Any:
        if name not in home_of:
            if not name.startswith("_") and is_there(package, name):
                return importlib.import_module(f"{package}.{name}")
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            value = getattr(importlib.import_module(home_of[name]), name)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith(f"{package.partition('.')[0]}."):
                raise
            raise left_out(error.name, f"{package}.{name}") from None
        setattr(sys.modules[package], name, value)
        return value

    return find


def left_out(module: str | None, wanted: str) -> ModuleNotFoundError:
    """The error that a copy without some module of the package answers with."""
    return ModuleNotFoundError(
        f"No module named {module!r}, which {wanted} needs: it answers a task of the course, so "
        "students are given a copy of course_lib without it. Use what you wrote yourself for that "
        "task; the whole library has the module",
        name=module,
    )


def present(package: str, homes: Mapping[str, tuple[str, ...]], names: list[str]) -> list[str]:
    """Those of `names` whose module file is there, found without importing any of them.

    What `__all__` must hold, so that `from package import *` works where a course leaves files out.
    """
    absent = {name for home in homes if not is_there(package, home) for name in homes[home]}
    return [name for name in names if name not in absent]


def is_there(package: str, home: str) -> bool:
    """Whether the package has a module, as "cells.gru"; none of its own code is run to find out."""
    module = f"{package}.{home}"
    folder = home.split(".")[:-1]
    path = [os.path.join(place, *folder) for place in sys.modules[package].__path__]
    blocked = module in sys.modules and sys.modules[module] is None  # Python's own sign for it
    return not blocked and PathFinder.find_spec(module, path) is not None
