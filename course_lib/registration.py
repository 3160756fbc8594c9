"""Keras finds the package's classes in a saved model as soon as `course_lib` is imported.

Keras looks a class of a `.keras` file up in a table, into which a class enters when its module is
imported. `import course_lib` imports none of them, and is not to start TensorFlow; so the modules
are imported right after Keras is, or at once where Keras is there already.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

__all__ = ["register_with_keras"]


def register_with_keras(package: str, modules: Sequence[str]) -> None:
    """Import the package's modules once Keras has been imported; those left out are no error."""
    names = [f"{package}.{module}" for module in modules]
    if "keras" in sys.modules:
        _import(names)
    else:
        sys.meta_path.insert(0, _AfterKeras(names))


def _import(names: Sequence[str]) -> None:
    for name in names:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:  # something else is missing than the file a course left out
                raise


class _AfterKeras(MetaPathFinder):
    """Finds nothing but Keras, once, and then where everybody finds it."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != "keras":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Then(spec.loader, self.names)
        return spec


class _Then(Loader):
    """Keras's own loader, and the imports behind it."""

    def __init__(self, loader: Loader, names: Sequence[str]) -> None:
        self.loader, self.names = loader, names

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = module.__spec__.loader = self.loader  # what everybody expects there
        self.loader.exec_module(module)
        _import(self.names)
