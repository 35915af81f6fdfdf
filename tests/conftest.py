"""What several tests share."""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # its threads spin while they wait; set before numpy reads it

import numpy as np
import pytest
import torch

from benchmark.data.base import Split


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Sums depend on the number of threads in the last bit, and tensors this small are fastest on one."""
    torch.set_num_threads(1)


@pytest.fixture
def pixels() -> Split:
    """Sixty random images, uint8 [60, 1, 28, 28], of two classes."""
    rng = np.random.default_rng(0)
    return Split(rng.integers(0, 256, (60, 1, 28, 28), dtype=np.uint8), np.arange(60) % 2)
