"""Every kernel there is: found, and made ready before it is needed."""

import pkgutil
from importlib import import_module

import detectors.kernels as here
from detectors.kernels.kernel import Kernel


def kernels(*others: str) -> list[Kernel[object]]:
    """Those of every module here, and in other packages."""
    packages = [here, *map(import_module, others)]
    modules = [
        import_module(f"{package.__name__}.{m.name}")
        for package in packages
        for m in pkgutil.iter_modules(package.__path__)
    ]
    found = [told for module in modules for told in vars(module).values()]
    return list({id(told): told for told in found if isinstance(told, Kernel)}.values())


def outermost(found: list[Kernel[object]]) -> list[Kernel[object]]:
    """Those that no other calls: with them all are compiled."""
    called = {id(told) for kernel in found for told in kernel.names().values()}
    return [kernel for kernel in found if id(kernel) not in called]


def load(*others: str) -> None:
    """Have those at hand that no other calls: a second, or as long as compiling them takes."""
    for kernel in outermost(kernels(*others)):
        _ = kernel.compiled
