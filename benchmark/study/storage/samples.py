"""What a trial keeps from its best evaluation: a picture of samples, and the generator that made them."""

from __future__ import annotations

import io

import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from benchmark.files import read_plain, write_atomically
from benchmark.plugins import one_line
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial
from benchmark.training.trainer import Snapshot

SAMPLES = 64
SCATTER = 240  # pixels of a side of the picture of points


def write_samples(store: Store, trial: Trial, images: Tensor, generator: Snapshot) -> None:
    """Keeps the first samples uint8 [n, C, H, W], or all points float32 [n, 2, 1, 1], as a picture, and their generator."""
    picture = io.BytesIO()
    Image.fromarray(sample_picture(images).permute(1, 2, 0).numpy()).save(picture, "PNG")
    write_atomically(store.samples(trial), picture.getvalue())
    write_atomically(store.generator(trial), save(generator))


def read_generator(store: Store, trial: Trial) -> Snapshot:
    """The weights and moving averages that the trial keeps, read without executing code.

    Raises:
        ValueError: there is no such file, or it is damaged.
    """
    try:
        return load(read_plain(store.generator(trial)))
    except (OSError, SafetensorError) as error:
        raise ValueError(f"its generator cannot be read: {one_line(error)}") from error


def sample_picture(samples: Tensor) -> Tensor:
    """The picture uint8 [3, h, w] of images uint8 [n, C, H, W], or of points float32 [n, 2, 1, 1] in [0, 1]."""
    return scatter(samples) if samples.is_floating_point() else grid(samples)


def scatter(points: Tensor) -> Tensor:
    """The points [n, 2, 1, 1] in the unit square, x to the right and y up, uint8 [3, 240, 240], darker with more points."""
    column, row = (points.flatten(1).cpu() * SCATTER).long().clamp(0, SCATTER - 1).T
    counts = torch.zeros(SCATTER, SCATTER).index_put_((SCATTER - 1 - row, column), torch.ones(len(points)), accumulate=True)
    picture: Tensor = (255 * 0.5**counts).round().to(torch.uint8).expand(3, -1, -1)
    return picture


def grid(images: Tensor) -> Tensor:
    """The first 64 of the images uint8 [n, C, H, W] side by side, uint8 [3, h, w]."""
    from torchvision.utils import make_grid  # slow to load

    side_by_side: Tensor = make_grid(images[:SAMPLES].cpu(), nrow=8, padding=1, pad_value=128)  # repeats one channel to three
    return side_by_side
