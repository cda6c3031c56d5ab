"""Imports that wait until something is asked of the module."""

import sys
from importlib.util import LazyLoader, find_spec, module_from_spec


def import_late(name: str) -> None:
    """Let every later `import` of this module hand out a module that loads itself at the first use of anything in it.

    For modules that only put other parts together: whoever lists what is deployed should not have to load all of that.
    Does nothing for a module that is loaded.
    """
    if name in sys.modules:
        return
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(name)
    spec.loader = LazyLoader(spec.loader)
    module = module_from_spec(spec)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    setattr(sys.modules[parent], child, module)
    spec.loader.exec_module(module)
