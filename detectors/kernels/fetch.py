"""Fetching from memory ahead of time what a loop comes to a few rows later.

Cells of scattered rows miss the cache, and a loop that waits for each in turn waits half its time.
"""

from functools import cached_property
from typing import Any

import numpy.typing as npt

from detectors.kernels.kernel import Kernel, are_compiled

AHEAD = 24  # rows


class Fetch(Kernel[None]):
    """A kernel that is an instruction of the processor, and nothing where Python calls it."""

    def __call__(self, *args: Any) -> None:
        """Nothing: there is nothing to be early for."""
        self.plain(*args)

    @cached_property
    def compiled(self) -> Any:
        """That instruction, for an array of any shape that lies in one piece."""
        if not are_compiled():
            return self.plain
        from numba.core.registry import cpu_target
        from numba.extending import intrinsic

        instruction = intrinsic(_typed)
        cpu_target.typing_context.refresh()  # a loop that is half compiled asks for it
        return instruction


def _nothing(array: npt.NDArray[Any], place: int) -> None:
    """Fetch what has this place in the flattened array; nothing else is done to it."""


def _typed(_: Any, array: Any, place: Any) -> Any:
    from llvmlite.ir import FunctionType, IntType, VoidType
    from numba.core import types
    from numba.core.cgutils import get_or_insert_function, voidptr_t

    def code(context: Any, builder: Any, _: Any, told: Any) -> Any:
        """The instruction, where a kernel calls for it."""
        data, word = context.make_array(array)(context, builder, told[0]).data, IntType(32)
        where = builder.bitcast(builder.gep(data, [told[1]]), voidptr_t)
        kind = FunctionType(VoidType(), [voidptr_t, word, word, word])
        name = "llvm.prefetch.p0i8"
        instruction = get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]
        builder.call(instruction, [where, word(0), word(3), word(1)])  # to read, near, data
        return context.get_dummy_value()

    return types.void(array, place), code


fetch = Fetch("", _nothing)
