"""CIFAR-10."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from benchmark.data.base import DataSet, Split, without_validation
from benchmark.files import open_plain, require_files_alone
from benchmark.plugins import UserError, one_line


class CIFAR10(DataSet):
    """45,000 + 5,000 + 10,000 small photographs of ten classes (Krizhevsky 2009)."""

    key = "cifar10"
    name = "CIFAR-10"
    aliases = ("cifar",)
    image_shape = (3, 32, 32)
    classes = 10
    held_out = True
    paper_steps = 78_125
    paper_evaluations = 20

    def load(self, split: str) -> Split:
        from torchvision import datasets  # which loads torch

        with suppress(FileNotFoundError):
            open_plain(self.folder / "cifar-10-python.tar.gz").close()
        require_files_alone(self.folder / "cifar-10-batches-py")
        try:
            # Its loader verifies the MD5 of every file each time.
            data = datasets.CIFAR10(str(self.folder), train=split != "test", download=True)
        except (OSError, RuntimeError, EOFError) as error:
            raise UserError(
                f"{self.name} is not available: {one_line(error)}.\n"
                f"Put the published cifar-10-python.tar.gz (its checksums are verified) into {self.folder}."
            ) from error
        published = Split(np.ascontiguousarray(data.data.transpose(0, 3, 1, 2)), np.array(data.targets, np.int64))
        return published if split == "test" else without_validation(published, split, share=10)
