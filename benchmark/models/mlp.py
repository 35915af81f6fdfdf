"""Multilayer perceptrons for points in the plane."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional as F

from benchmark.models.infogan import LATENT, Architecture
from benchmark.models.layers import LEAKY_SLOPE, Linear, normalise_weights
from benchmark.normalisations.batch import BatchNorm

UNITS = 128
CODE = 1  # smaller than the two coordinates, so that BEGAN's auto-encoder cannot simply copy its input


class MLP(Architecture):
    """The study's networks for points: two hidden layers of 128 units, with batch norm in the same places.

    A point is treated as an image of one pixel with two channels, [2, 1, 1]; its coordinates lie in [0, 1].

    Source of the size: Srivastava et al. 2017, section 4.1, who train on the same rings and grids.
    """

    key: ClassVar[str] = "mlp"

    def __post_init__(self) -> None:
        if self.image_shape[1:] != (1, 1):
            raise ValueError(f"shape {self.image_shape}: a point is [coordinates, 1, 1]")
        if self.width <= 0:
            raise ValueError(f"width {self.width}: must be greater than 0")

    def generator(self, *, leaky: bool = True) -> nn.Module:
        return PointGenerator(self, leaky=leaky)

    def discriminator(self, *, outputs: int = 1) -> nn.Module:
        return PointDiscriminator(self, outputs=outputs)

    def auto_encoder(self) -> nn.Module:
        return PointAutoEncoder(self)


class PointGenerator(nn.Module):
    """Points [n, 2, 1, 1] in [0, 1] from latents [n, 64]. Also the VAE's decoder, with ``leaky=False``."""

    def __init__(self, a: Architecture, *, leaky: bool = True) -> None:
        super().__init__()
        units = a.hidden(UNITS)
        self.slope = LEAKY_SLOPE if leaky else 0.0
        self.fc1 = nn.Linear(LATENT, units)
        self.bn1 = BatchNorm(units, averages=True)
        self.fc2 = nn.Linear(units, units)
        self.bn2 = BatchNorm(units, averages=True)
        self.fc3 = nn.Linear(units, a.channels)

    def forward(self, z: Tensor) -> Tensor:
        x = F.leaky_relu(self.bn1(self.fc1(z)), self.slope)
        x = F.leaky_relu(self.bn2(self.fc2(x)), self.slope)
        points: Tensor = self.fc3(x).sigmoid()
        return points[..., None, None]


class PointDiscriminator(nn.Module):
    """Logits [n] of points [n, 2, 1, 1]; with ``outputs`` > 1 (the VAE's encoder) [n, outputs]."""

    def __init__(self, a: Architecture, *, outputs: int = 1) -> None:
        super().__init__()
        units = a.hidden(UNITS)
        self.fc1 = Linear(a.channels, units)
        self.fc2 = Linear(units, units)
        self.bn2 = a.normalisation.layer((units,))
        self.fc3 = Linear(units, outputs)
        normalise_weights(self, a.normalisation)

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.fc1(x.flatten(1)), LEAKY_SLOPE)
        x = F.leaky_relu(self.bn2(self.fc2(x)), LEAKY_SLOPE)
        x = self.fc3(x)
        return x.squeeze(1) if x.shape[1] == 1 else x


class PointAutoEncoder(nn.Module):
    """BEGAN's discriminator: reconstructions [n, 2, 1, 1] in [0, 1] of points [n, 2, 1, 1]."""

    def __init__(self, a: Architecture) -> None:
        super().__init__()
        units = a.hidden(UNITS)
        layer = a.normalisation.layer
        self.fc1 = nn.Linear(a.channels, units)
        self.fc2 = nn.Linear(units, CODE)
        self.bn2 = layer((CODE,))
        self.fc3 = nn.Linear(CODE, units)
        self.bn3 = layer((units,))
        self.fc4 = nn.Linear(units, a.channels)

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.fc1(x.flatten(1)), LEAKY_SLOPE)
        x = F.leaky_relu(self.bn2(self.fc2(x)), LEAKY_SLOPE)
        x = F.leaky_relu(self.bn3(self.fc3(x)), LEAKY_SLOPE)
        points: Tensor = self.fc4(x).sigmoid()
        return points[..., None, None]
