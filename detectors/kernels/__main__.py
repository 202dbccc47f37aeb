"""Compile all kernels that are not: `python -m detectors.kernels [PACKAGE ...]`.

Those of detectors, and of other packages that have some.
"""

import shutil
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed

from detectors.kernels.kernel import directory
from detectors.kernels.loading import kernels, outermost


def main(packages: list[str]) -> None:
    """Compile them on all cores, and throw away what was compiled of other versions."""
    for other in directory().parent.glob("kernels-*"):
        if other != directory():
            shutil.rmtree(other, ignore_errors=True)
    waiting = len(outermost(kernels(*packages)))
    with ProcessPoolExecutor() as processes:
        started = [processes.submit(_compile, packages, i) for i in range(waiting)]
        for done, each in enumerate(as_completed(started), 1):
            each.result()
            print(f"\rcompiling kernels: {done} of {waiting}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def _compile(packages: list[str], i: int) -> None:
    _ = outermost(kernels(*packages))[i].compiled


if __name__ == "__main__":
    main(sys.argv[1:])
