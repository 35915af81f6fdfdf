"""What a trial keeps of its best generator: a picture of samples, and the weights that drew them."""

from __future__ import annotations

import io

from PIL import Image
from safetensors.torch import save
from torch import Tensor
from torchvision.utils import make_grid

from benchmark.files import write_atomically
from benchmark.study.storage.store import Store
from benchmark.study.trial import Trial
from benchmark.training.trainer import Snapshot

SAMPLES = 64


def write_samples(store: Store, trial: Trial, images: Tensor, generator: Snapshot) -> None:
    """Keeps the first samples uint8 [n, C, H, W] as a picture, and the weights that drew them."""
    picture = io.BytesIO()
    Image.fromarray(grid(images).permute(1, 2, 0).numpy()).save(picture, "PNG")
    write_atomically(store.samples(trial), picture.getvalue())
    write_atomically(store.folder(trial) / "generator.safetensors", save(generator))


def grid(images: Tensor) -> Tensor:
    """The first 64 of the images uint8 [n, C, H, W] side by side, uint8 [3, h, w]."""
    side_by_side: Tensor = make_grid(images[:SAMPLES].cpu(), nrow=8, padding=1, pad_value=128)  # repeats one channel to three
    return side_by_side
