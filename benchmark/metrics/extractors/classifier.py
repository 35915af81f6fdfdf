"""The last hidden layer of a small CNN trained on the data set. Earlier studies used it. It is nearly blind to grey levels."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from benchmark.metrics.extractors.trained import SmallClassifier, TrainedExtractor

WIDTHS, POOLED = (32, 48, 64, 96), (0, 2)  # channels of the convolutions, and those followed by max pooling


class Classifier(SmallClassifier):
    """Four 3x3 convolutions; ``features`` gives the spatial means [n, 96] of the last one's channels."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__(channels, classes)
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


class ClassifierExtractor(TrainedExtractor):
    """The features [n, 96] of a classifier's last hidden layer."""

    key = "classifier"
    network_class = Classifier
    prefix = ""
