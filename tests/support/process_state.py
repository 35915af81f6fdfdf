"""What a process looks like to whoever else works in it: every setting that a library could leave changed."""

from __future__ import annotations

import ctypes
import decimal
import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import torch
import torch._dynamo.config
import torch._inductor.config

LARGE = 31 << 20  # bytes: below the most that glibc's threshold grows to by itself, 32 MiB, and what keep_memory sets
OWN = "ganbench_"  # what the names of modules made of users' files begin with


def one_more(x: torch.Tensor) -> torch.Tensor:
    return x + 1


class Watched:
    """A handler of a log, and a compiled function, as a caller has them: used before and after, they must still work."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.compiled = 0
        watched = self

        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                watched.lines.append(record.getMessage())

            def close(self) -> None:
                watched.lines.append("closed")
                super().close()

        self.logger = logging.getLogger("a caller's")
        self.logger.setLevel(logging.INFO)
        self.logger.addHandler(Handler())
        self.function: Callable[..., Any] = torch.compile(one_more, backend=self.backend)

    def backend(self, graph: Any, inputs: Any) -> Any:
        self.compiled += 1
        return graph.forward

    def use(self) -> dict[str, object]:
        """What is seen of both after one more use of each."""
        self.lines.clear()
        self.logger.info("line")
        self.function(torch.zeros(3, dtype=torch.float32, device="cpu"))
        return {"log": list(self.lines), "compiled": self.compiled, "handlers": list(self.logger.handlers)}


def process_state(watched: Watched) -> dict[str, object]:
    """Every setting by its name; equal before and after a call that leaves the process as it was."""
    used = watched.use()
    return {
        "threads": torch.get_num_threads(),
        "threads of operations": torch.get_num_interop_threads(),
        "tf32": (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark),
        "products": torch.get_float32_matmul_precision(),
        "deterministic": (torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.deterministic),
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "gradients": (torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_autocast_enabled("cpu")),
        "denormals": torch.tensor([1e-310], dtype=torch.float64, device="cpu").add(0).item(),
        "torch's random state": torch.random.get_rng_state().tolist(),
        "dynamo": torch._dynamo.config.get_config_copy(),
        "inductor": torch._inductor.config.get_config_copy(),
        "compiled": used["compiled"],
        "numpy's random state": [part.tolist() if isinstance(part, np.ndarray) else part for part in np.random.get_state()],
        "random state": random.getstate(),
        "numpy": (np.geterr(), np.get_printoptions()),
        "pandas": {name: pd.get_option(name) for name in ("display.width", "display.max_rows", "mode.copy_on_write")},
        "matplotlib": {k: v for k, v in dict.items(matplotlib.rcParams)},
        "pyplot": "matplotlib.pyplot" in sys.modules,
        "warnings": list(warnings.filters),
        "showing of warnings": warnings.showwarning,
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "umask": current_umask(),
        "path": list(sys.path),
        "arguments": list(sys.argv),
        "streams": [(s, getattr(s, "errors", None), getattr(s, "encoding", None)) for s in (sys.stdin, sys.stdout, sys.stderr)],
        "hooks": (sys.excepthook, sys.displayhook, threading.excepthook, sys.unraisablehook),
        "recursion": sys.getrecursionlimit(),
        "signals": {number: signal.getsignal(number) for number in sorted(signal.valid_signals())},
        "blocked signals": signal.pthread_sigmask(signal.SIG_BLOCK, []),
        "log": used["log"],
        "logs": (logging.root.level, list(logging.root.handlers), used["handlers"], logging.root.manager.disable),
        "levels of logs": {
            name: logger.level
            for name in ("torch.utils.cpp_extension", "matplotlib", "PIL", "asyncio")
            if isinstance(logger := logging.getLogger(name), logging.Logger)
        },
        "locale": locale.setlocale(locale.LC_ALL),
        "decimals": decimal.getcontext().prec,
        "collection": (gc.isenabled(), gc.get_threshold()),
        "large blocks are mapped": large_blocks_are_mapped(),
    }


def current_umask() -> int:
    os.umask(mask := os.umask(0))
    return mask


def large_blocks_are_mapped() -> bool | None:
    """Whether malloc maps a large block, as glibc does unless it is told otherwise; None where that cannot be asked."""
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        libc.mallinfo2.restype, libc.malloc.restype = MallocInfo, ctypes.c_void_p
        before = libc.mallinfo2().hblks
        libc.malloc(ctypes.c_size_t(LARGE))  # never freed, which would change the threshold; nor touched, so it costs nothing
        return bool(libc.mallinfo2().hblks > before)
    return None


class MallocInfo(ctypes.Structure):
    """glibc's ``struct mallinfo2``."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    ]


def named(modules: set[str]) -> set[str]:
    """Of modules that a call loaded, those that are neither installed nor a user's file under a name of its own."""
    return {
        name
        for name in modules
        if not name.startswith((OWN, "benchmark", "_"))
        and "site-packages" not in str(getattr(sys.modules.get(name), "__file__", None) or "site-packages")
        and not str(getattr(sys.modules[name], "__file__", "")).startswith(os.path.dirname(os.__file__))
    }
