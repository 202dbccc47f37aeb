"""Compile all kernels that are not: `python -m detectors.kernels [PACKAGE ...]`.

Those of detectors, and of other packages that have some.
"""

import shutil
import sys

from detectors.kernels.kernel import directory
from detectors.kernels.loading import kernels


def main() -> None:
    """Compile them one by one, and throw away what was compiled of other versions."""
    for other in directory().parent.glob("kernels-*"):
        if other != directory():
            shutil.rmtree(other, ignore_errors=True)
    waiting = kernels(*sys.argv[1:])
    for done, kernel in enumerate(waiting, 1):
        print(f"\rcompiling kernels: {done} of {len(waiting)}", end="", file=sys.stderr)
        _ = kernel.compiled
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
