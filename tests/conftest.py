"""What several tests share."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.data.base import Split


@pytest.fixture(autouse=True)
def two_threads() -> None:
    """The same number of threads everywhere, since sums depend on it in the last bit."""
    torch.set_num_threads(2)


@pytest.fixture
def pixels() -> Split:
    """Sixty random images, uint8 [60, 1, 28, 28], of two classes."""
    rng = np.random.default_rng(0)
    return Split(rng.integers(0, 256, (60, 1, 28, 28), dtype=np.uint8), np.arange(60) % 2)
