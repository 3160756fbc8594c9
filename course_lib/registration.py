"""Keras finds the package's classes in a saved model as soon as `course_lib` is imported.

Keras looks a class of a `.keras` file up in a table, into which a class enters when its module is
imported. `import course_lib` imports none of them, and is not to start TensorFlow; so the modules
are imported right after Keras is, or at once where Keras is there already. Where it is one of the
package's own modules that imports Keras, they wait until that one is complete.
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
        sys.meta_path.insert(0, _AfterKeras(package, names))


def _import(names: Sequence[str]) -> None:
    for name in names:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            ours = name.partition(".")[0] + "."
            if not (error.name or "").startswith(ours):  # else: a file that a course left out
                raise


class _AfterKeras(MetaPathFinder):
    """Finds Keras and the package's modules where everybody finds them, and looks on."""

    def __init__(self, package: str, names: Sequence[str]) -> None:
        self.package, self.names = package, names
        self.ours = 0
        """How many of the package's modules are being imported."""
        self.keras = False

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != "keras" and not name.startswith(f"{self.package}."):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Then(spec.loader, self)
        return spec

    def begin(self, name: str) -> None:
        self.ours += name != "keras"

    def end(self, name: str, well: bool) -> None:
        self.ours -= name != "keras"
        self.keras |= name == "keras" and well
        if well and self.keras and not self.ours and self in sys.meta_path:
            sys.meta_path.remove(self)
            _import(self.names)


class _Then(Loader):
    """Another loader, and a word to `_AfterKeras` before and after."""

    def __init__(self, loader: Loader, after: _AfterKeras) -> None:
        self.loader, self.after = loader, after

    def __getattr__(self, name: str) -> Any:  # get_code, get_source, ...
        return getattr(self.loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = module.__spec__.loader = self.loader  # what everybody expects there
        self.after.begin(module.__name__)
        well = False
        try:
            self.loader.exec_module(module)
            well = True
        finally:
            self.after.end(module.__name__, well)
