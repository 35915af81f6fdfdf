"""How the process allocates memory."""

from __future__ import annotations

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # from glibc's malloc.h


def keep_memory() -> None:
    """Makes this process keep the memory that a training step frees, for the next step.

    Otherwise glibc returns large blocks to the system, which clears their pages before it gives them out again. With the quick
    budget that is a thousand pages, and a tenth of a step's time. Without ``mallopt`` this function does nothing.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return
    mallopt(M_TRIM_THRESHOLD, 1 << 30)
    mallopt(M_MMAP_THRESHOLD, 1 << 25)  # the largest value that it accepts
