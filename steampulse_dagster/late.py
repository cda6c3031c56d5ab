"""Imports that wait until something is asked of the module."""

import importlib
import sys
from threading import RLock
from types import ModuleType
from typing import Any

_LOADING = RLock()
_loaded: dict[str, ModuleType] = {}


class _LateModule(ModuleType):
    """Stands for a module until something is asked of it, and hands on to it from then on. The standard library's
    LazyLoader shows a half loaded module to other threads before Python 3.12, and ticks of sensors run in threads."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by the import system and by inspection, of every module there is
            raise AttributeError(name)
        return getattr(_load(self.__name__), name)

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            setattr(_load(self.__name__), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_load(self.__name__), name)


def import_late(name: str) -> None:
    """Let every later `import` of this module hand out one that loads at the first use of anything in it.

    For modules that only put other parts together: whoever lists what is deployed should not have to load all of that.
    Does nothing for a module that is loaded.
    """
    if name in sys.modules:
        return
    late = _LateModule(name)
    sys.modules[name] = late
    parent, _, child = name.rpartition(".")
    setattr(sys.modules[parent], child, late)


def _load(name: str) -> ModuleType:
    with _LOADING:
        if name not in _loaded:
            late = sys.modules.pop(name)
            try:
                _loaded[name] = importlib.import_module(name)
            except BaseException:
                sys.modules[name] = late
                raise
        return _loaded[name]
