"""This package computes with its own settings of the process, and restores the caller's settings afterwards."""

from __future__ import annotations

import logging
import os
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

PRECISIONS = ("", "cuda.matmul", "cudnn", "cudnn.conv", "cudnn.rnn", "mkldnn", "mkldnn.matmul", "mkldnn.conv")
"""The names in ``torch.backends`` that have a float32 precision; each comes after the one that it is part of."""
COMPILING = "torch.utils.cpp_extension"  # warns about a CUDA toolkit without a GPU, which does not matter on a CPU
SET_BY_LIBRARIES = ("TORCH", "TRITON", "KMP_DUPLICATE_LIB_OK")
"""Beginnings of the names of environment variables that torch's compilers and threadpoolctl set."""

_at_work = threading.RLock()  # the settings are the whole process's: two threads that change them take turns


@contextmanager
def guest(threads: int | None = None) -> Iterator[None]:
    """A context with the default settings of torch and numpy. Afterwards the caller's are restored, random states too.

    Threads that enter it take turns.

    Args:
        threads: the number of threads that torch uses meanwhile; None leaves it unchanged.
    """
    with _at_work, ExitStack() as stack:
        stack.callback(random.setstate, random.getstate())
        stack.enter_context(warnings.catch_warnings())
        stack.callback(sys.setrecursionlimit, sys.getrecursionlimit())
        stack.callback(_drop_libraries_paths, set(sys.path))
        stack.callback(_drop_libraries_variables, set(os.environ))
        log = logging.getLogger(COMPILING)
        stack.callback(log.setLevel, log.level)
        log.setLevel(logging.ERROR)
        # If they are not loaded, nobody has changed their settings.
        if "numpy" in sys.modules:
            stack.enter_context(_usual_numpy(sys.modules["numpy"]))
        if "torch" in sys.modules:
            stack.enter_context(_usual_torch(sys.modules["torch"], threads))
        yield


@contextmanager
def _usual_numpy(np: Any) -> Iterator[None]:
    before = np.random.get_state()
    try:
        with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
            yield
    finally:
        np.random.set_state(before)


@contextmanager
def _usual_torch(torch: Any, threads: int | None) -> Iterator[None]:
    gpus = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(devices=gpus))
        stack.callback(torch.set_num_threads, torch.get_num_threads())
        if threads is not None:
            torch.set_num_threads(threads)
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(torch.float32)
        deterministic = (torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled())
        stack.callback(lambda: torch.use_deterministic_algorithms(deterministic[0], warn_only=deterministic[1]))
        torch.use_deterministic_algorithms(False)
        stack.callback(_restore_precisions(torch))
        _reset_precisions(torch)
        # Only if it is another device: this context slows down every operation.
        elsewhere = torch.get_default_device().type != "cpu"
        stack.enter_context(torch.device("cpu") if elsewhere else nullcontext())
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        yield


def _restore_precisions(torch: Any) -> Callable[[], None]:
    """A function that restores torch's present precisions, which torch keeps twice: under old names and new ones."""
    new = {name: _backend(torch, name).fp32_precision for name in PRECISIONS}
    old: dict[str, Any] = {}
    for name in ("cuda.matmul", "cudnn"):
        try:
            old[name] = _backend(torch, name).allow_tf32
        except RuntimeError:  # it was set under its new name, so torch refuses to read the old one
            continue
    try:
        products = torch.get_float32_matmul_precision()
    except RuntimeError:
        products = None

    def restore() -> None:
        _reset_precisions(torch)
        for name, allowed in old.items():
            _backend(torch, name).allow_tf32 = allowed
        if products is not None:  # after the others: one of them changes it
            torch.set_float32_matmul_precision(products)
        for name, precision in new.items():
            if _backend(torch, name).fp32_precision != precision:
                _backend(torch, name).fp32_precision = precision

    return restore


def _reset_precisions(torch: Any) -> None:
    """Sets full precision everywhere."""
    for name in PRECISIONS:
        _backend(torch, name).fp32_precision = "none"
    torch.set_float32_matmul_precision("highest")
    for name in ("cuda.matmul", "cudnn"):
        _backend(torch, name).allow_tf32 = False


def _backend(torch: Any, name: str) -> Any:
    found = torch.backends
    for part in filter(None, name.split(".")):
        found = getattr(found, part)
    return found


def _drop_libraries_paths(before: set[str]) -> None:
    """Keeps the paths that a user's own file has added: modules next to it may be imported later."""
    sys.path[:] = [path for path in sys.path if path in before or "site-packages" not in path]


def _drop_libraries_variables(before: set[str]) -> None:
    for name in os.environ.keys() - before:
        if name.lstrip("_").startswith(SET_BY_LIBRARIES):
            del os.environ[name]
