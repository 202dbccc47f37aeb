"""Compile all kernels that are not: `python -m detectors.kernels`."""

import pkgutil
import shutil
import sys
from importlib import import_module

import detectors.kernels as here
from detectors.kernels.kernel import Kernel, directory


def kernels() -> list[Kernel[object]]:
    """Those of every module here."""
    modules = [
        import_module(f"{here.__name__}.{m.name}") for m in pkgutil.iter_modules(here.__path__)
    ]
    found = [told for module in modules for told in vars(module).values()]
    return list({id(told): told for told in found if isinstance(told, Kernel)}.values())


def main() -> None:
    """Compile them one by one, and throw away what was compiled of other versions."""
    for other in directory().parent.glob("kernels-*"):
        if other != directory():
            shutil.rmtree(other, ignore_errors=True)
    waiting = kernels()
    for done, kernel in enumerate(waiting, 1):
        print(f"\rcompiling kernels: {done} of {len(waiting)}", end="", file=sys.stderr)
        _ = kernel.compiled
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
