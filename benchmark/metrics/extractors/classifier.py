"""The embedded classifier: a small CNN trained on the data set itself, whose last hidden layer serves as features."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from benchmark.data import DataSet, Split
from benchmark.data.base import joined
from benchmark.files import write_atomically
from benchmark.metrics.extractors.base import Extractor, require_classes
from benchmark.plugins import UserError, one_line

SHIPPED = Path(__file__).parent.parent / "weights"
EPOCHS, BATCH, PEAK_LEARNING_RATE, WEIGHT_DECAY, SHIFT = 10, 128, 6e-3, 2e-2, 1
WIDTHS, POOLED = (32, 48, 64, 96), (0, 2)  # channels of the convolutions, and those followed by max pooling
Progress = Callable[[str], None]


class Classifier(nn.Module):
    """Class scores [n, classes] of images [n, C, H, W] in [0, 1]; ``features`` gives its last hidden layer [n, 96]."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(i, o, 3, padding=1, bias=False) for i, o in zip((channels, *WIDTHS), WIDTHS, strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(w) for w in WIDTHS)
        self.head = nn.Linear(WIDTHS[-1], classes)

    def features(self, x: Tensor) -> Tensor:
        for i, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            x = F.relu(norm(convolution(x)))
            x = F.max_pool2d(x, 2) if i in POOLED else x
        return x.mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.head(self.features(x))
        return scores


def train_classifier(
    train: Split, classes: int, *, seed: int = 0, epochs: int = EPOCHS, report: Progress = print
) -> Classifier:
    """A classifier trained on the split with AdamW and a one-cycle schedule; images are shifted by up to one pixel."""
    generator = torch.Generator().manual_seed(seed)
    images, labels = torch.from_numpy(train.images), torch.from_numpy(train.labels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Classifier(images.shape[1], classes)
    optimiser = torch.optim.AdamW(network.parameters(), lr=PEAK_LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    batch = min(BATCH, len(images))
    batches = len(images) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_LEARNING_RATE, total_steps=epochs * batches)
    height, width = images.shape[2:]
    for epoch in range(1, epochs + 1):
        total = 0.0
        for rows in torch.randperm(len(images), generator=generator)[: batches * batch].view(batches, batch):
            dy, dx = torch.randint(0, 2 * SHIFT + 1, (2,), generator=generator).tolist()
            padded = F.pad(images[rows].float() / 255, (SHIFT,) * 4, mode="replicate")
            loss = F.cross_entropy(network(padded[..., dy : dy + height, dx : dx + width]), labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        report(f"epoch {epoch} of {epochs}: cross-entropy {total / batches:.4f}")
    return network.eval()


def accuracy(network: Classifier, split: Split) -> float:
    """The share, in [0, 1], of the split's images whose class has the highest score."""
    network.eval()
    with torch.inference_mode():
        chunks = torch.from_numpy(split.images).split(1000)
        predicted = torch.cat([network(c.float() / 255).argmax(1) for c in chunks])
    return (predicted == torch.from_numpy(split.labels)).float().mean().item()


class ClassifierExtractor(Extractor):
    """Features [n, 96] from the classifier trained on the data set.

    Its weights ship with the package for some data sets; for another one they are trained on first use and kept in the
    data folder.
    """

    key = "classifier"

    def __init__(self, dataset: DataSet, device: torch.device, report: Progress = print) -> None:
        path = weights_path(dataset)
        if not path.exists():
            require_classes(dataset, self.key)
            report(f"No classifier weights for {dataset.name} yet: training it once (a few minutes), to {path}.")
            make_weights(dataset, path, report)
        content = path.read_bytes()
        self.fingerprint = hashlib.sha256(content).hexdigest()[:12]
        network = Classifier(dataset.image_shape[0], dataset.classes).eval()
        try:
            network.load_state_dict(load(content))
        except Exception as error:
            raise UserError(
                f"{path} is not a classifier's weights for {dataset.name}: {one_line(error)}\nDelete it to train them again."
            ) from error
        # Folded into the convolutions, batch norm costs nothing.
        for i, (convolution, norm) in enumerate(zip(network.convolutions, network.norms, strict=True)):
            assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
            network.convolutions[i], network.norms[i] = fuse_conv_bn_eval(convolution, norm), nn.Identity()
        # Pooling on a CPU is far faster with channels last.
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.device = device

    def features(self, images: Tensor) -> Tensor:
        return self.network.features(images.to(self.device).float() / 255).double()

    def class_scores(self, images: Tensor) -> Tensor:
        scores: Tensor = self.network(images.to(self.device).float() / 255)
        return scores.double()


def weights_path(dataset: DataSet) -> Path:
    """Where the data set's classifier weights are: shipped with the package, or in the data folder."""
    shipped = SHIPPED / f"{dataset.key}.safetensors"
    return shipped if shipped.exists() else dataset.folder / "classifiers" / shipped.name


def make_weights(dataset: DataSet, path: Path, report: Progress = print) -> float:
    """Trains the data set's classifier, writes its weights and returns its test accuracy in [0, 1]."""
    require_classes(dataset, ClassifierExtractor.key)
    # A classifier judges no generator's choice: it may learn from every image that is not in the test split.
    images = joined(dataset.load(split) for split in dataset.splits if split != "test")
    network = train_classifier(images, dataset.classes, report=report)
    share = accuracy(network, dataset.load("test"))
    report(f"test accuracy {share:.2%}")
    write_atomically(path, save(network.state_dict()))
    return share
