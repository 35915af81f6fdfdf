"""Extractors whose network is trained on the data set itself."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from benchmark.data import DataSet, Split
from benchmark.data.base import content_hash, joined
from benchmark.files import keep_for_later, npy_bytes, read_npy, read_plain, require_file, write_atomically
from benchmark.guest import guest
from benchmark.metrics.extractors.base import Extractor, Learnt, require_classes
from benchmark.metrics.extractors.training import Progress, accuracy, train_classifier
from benchmark.plugins import UserError, one_line

SHIPPED = Path(__file__).parent.parent / "weights"
CHUNK = 1000  # images at once, for the accuracy


class SmallClassifier(nn.Module):
    """Class scores [n, classes] of images [n, C, H, W] in [0, 1], by convolutions with batch norm and a linear head."""

    convolutions: nn.ModuleList
    norms: nn.ModuleList

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()

    def features(self, x: Tensor) -> Tensor:
        """Features [n, d] of images [n, C, H, W] in [0, 1]."""
        raise NotImplementedError

    def standardise(self, images: Tensor) -> None:
        """Called after training with real images uint8 [n, C, H, W], to set the features' scale; does nothing by default."""

    def saved(self) -> bytes:
        """The content of its weights file."""
        return save({name: value.contiguous() for name, value in self.state_dict().items()})

    def fold(self) -> None:
        """Merges batch norm into the convolutions, which is faster; the network can no longer be trained."""
        self.eval()
        for i, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
            self.convolutions[i], self.norms[i] = fuse_conv_bn_eval(convolution, norm), nn.Identity()


class TrainedExtractor(Extractor):
    """Features from a small classifier trained on the data set.

    Its weights ship with the package for some data sets. For all others they are trained on first use and kept in the
    data folder.

    Attributes:
        network_class: the classifier.
        prefix: the beginning of the names of its weights files.
    """

    needs_classes = True
    network_class: ClassVar[type[SmallClassifier]]
    prefix: ClassVar[str]

    def __init__(self, dataset: DataSet, device: torch.device, report: Progress = print) -> None:
        path = self.weights_path(dataset)
        if not path.exists():
            require_classes(dataset, self.key)
            require_file(path, 1_000_000, "the weights")
            report(f"The extractor {self.key!r} has no weights for {dataset.name} yet: training them once, into {path}.")
            self.make_weights(dataset, path, report)
        self.shipped = path.parent == SHIPPED
        content = read_plain(path)
        self.fingerprint = hashlib.sha256(content).hexdigest()[:12]
        network = self.network_class(dataset.image_shape[0], dataset.classes)
        try:
            network.load_state_dict(load(content))
        except Exception as error:
            raise UserError(
                f"{path} does not hold the weights of {self.key!r} for {dataset.name}: {one_line(error)}\n"
                "Delete the file to train them again."
            ) from error
        network.fold()
        # On a CPU pooling, and convolutions of few channels, are far faster with channels last.
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.device = device

    def features(self, images: Tensor) -> Tensor:
        return self.network.features(images.to(self.device).float() / 255).double()

    def class_scores(self, images: Tensor) -> Tensor:
        scores: Tensor = self.network(images.to(self.device).float() / 255)
        return scores.double()

    def learnt(self, dataset: DataSet) -> Learnt | None:
        if self.shipped:
            return None
        test = dataset.load("test")
        content = f"{content_hash(test.images)}-{content_hash(test.labels)}"
        cache = dataset.folder / "cache" / f"accuracy-{self.key}-{self.fingerprint}-{content}.npy"
        known = read_npy(cache)
        if known is None:
            with torch.inference_mode():
                chunks = torch.from_numpy(test.images).split(CHUNK)
                predicted = torch.cat([self.class_scores(chunk).argmax(1).cpu() for chunk in chunks]).numpy()
            known = np.asarray((predicted == test.labels).mean())
            keep_for_later(cache, npy_bytes(known))
        return Learnt(float(known), chance(test))

    @classmethod
    def own_path(cls, dataset: DataSet) -> Path:
        """The file for weights that are trained on this machine."""
        return dataset.folder / "classifiers" / f"{cls.prefix}{dataset.key}.safetensors"

    @classmethod
    def weights_path(cls, dataset: DataSet) -> Path:
        """The file of the data set's weights: shipped with the package, or in the data folder."""
        own = cls.own_path(dataset)
        return SHIPPED / own.name if (SHIPPED / own.name).exists() else own

    @classmethod
    @guest(threads=1)  # sums depend on the number of threads in the last bit, and weights must not
    def make_weights(cls, dataset: DataSet, path: Path, report: Progress = print) -> float:
        """Trains the network on the data set, writes its weights and returns its test accuracy in [0, 1].

        The same data give the same weights on the same type of machine, for any number of threads.
        """
        require_classes(dataset, cls.key)
        # Validation images choose nothing here, so the extractor may learn from every image that is not in the test split.
        images = joined(dataset.load(split) for split in dataset.splits if split != "test")
        network = train_classifier(lambda: cls.network_class(dataset.image_shape[0], dataset.classes), images, report=report)
        network.standardise(torch.from_numpy(images.images))
        test = dataset.load("test")
        share = accuracy(network, test)
        report(f"test accuracy {share:.2%}; the largest class has {chance(test):.2%} of the {len(test):,} test images")
        write_atomically(path, network.saved())
        return share


def chance(split: Split) -> float:
    """The share, in [0, 1], of the split's largest class: the accuracy of always guessing that class."""
    return float(np.bincount(split.labels).max() / len(split))
