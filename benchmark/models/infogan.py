"""The fixed architecture of the study, after InfoGAN (Chen et al. 2016, appendix C; Lucic et al. 2018, section 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional as F

from benchmark.models.layers import LEAKY_SLOPE, Down, Linear, Up, by_batch, normalise_weights
from benchmark.normalisations.base import Normalisation
from benchmark.normalisations.batch import BatchNorm, BatchNormalisation

LATENT = 64
CODE = 64


@dataclass(frozen=True)
class Architecture:
    """Makes all networks of a trial and fixes their shapes. This class makes the study's networks, for images.

    ``width`` multiplies each hidden layer; the latent, BEGAN's code and the image keep their size. Data sets that are not
    images name the key of another architecture, derived from this class (``benchmark/models/mlp.py``).

    Attributes:
        key: the name that a data set declares as its ``architecture``.
        image_shape: (C, H, W); H and W must be multiples of 4.
        width: greater than 0; the study's networks have 1.
        normalisation: the discriminator's; batch norm by default.

    Examples:
        >>> import torch
        >>> from benchmark import Architecture
        >>> generator = Architecture((1, 28, 28), width=0.25).generator()
        >>> generator(torch.rand(2, 64)).shape
        torch.Size([2, 1, 28, 28])
    """

    key: ClassVar[str] = "infogan"
    image_shape: tuple[int, int, int]
    width: float = 1.0
    normalisation: Normalisation = field(default_factory=BatchNormalisation)

    def __post_init__(self) -> None:
        _, height, width = self.image_shape
        if height % 4 or width % 4:
            raise ValueError(f"image size {height}x{width}: both sides must be multiples of 4")
        if self.width <= 0:
            raise ValueError(f"width {self.width}: must be greater than 0")

    def generator(self, *, leaky: bool = True) -> nn.Module:
        """A network from latents [n, 64] to samples [n, C, H, W] in [0, 1]; with ``leaky=False`` the VAE's decoder."""
        return Generator(self, leaky=leaky)

    def discriminator(self, *, outputs: int = 1) -> nn.Module:
        """A network from samples [n, C, H, W] to logits [n], or [n, outputs] if ``outputs`` > 1 (the VAE's encoder)."""
        return Discriminator(self, outputs=outputs)

    def auto_encoder(self) -> nn.Module:
        """BEGAN's discriminator, from samples [n, C, H, W] to reconstructions [n, C, H, W] in [0, 1].

        Its weights are not normalised; it has only the layers of a normalisation.
        """
        return AutoEncoder(self)

    def hidden(self, units: int) -> int:
        return max(1, round(units * self.width))

    @property
    def channels(self) -> int:
        return self.image_shape[0]

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width of the innermost feature maps."""
        return self.image_shape[1] // 4, self.image_shape[2] // 4


class Generator(nn.Module):
    """Images [n, C, H, W] in [0, 1] from latents [n, 64]. Also the VAE's decoder, with ``leaky=False``."""

    def __init__(self, a: Architecture, *, leaky: bool = True) -> None:
        super().__init__()
        rows, columns = a.grid
        self.maps = (a.hidden(128), rows, columns)
        flat = self.maps[0] * rows * columns
        self.slope = LEAKY_SLOPE if leaky else 0.0
        self.fc1 = nn.Linear(LATENT, a.hidden(1024))
        self.bn1 = BatchNorm(a.hidden(1024), averages=True)
        self.fc2 = nn.Linear(a.hidden(1024), flat)
        self.bn2 = BatchNorm(flat, averages=True)
        self.deconv1 = Up(self.maps[0], a.hidden(64))
        self.bn3 = BatchNorm(a.hidden(64), averages=True)
        self.deconv2 = Up(a.hidden(64), a.channels)

    def forward(self, z: Tensor) -> Tensor:
        x = F.leaky_relu(self.bn1(self.fc1(z)), self.slope)
        x = F.leaky_relu(self.bn2(self.fc2(x)), self.slope)
        x = F.leaky_relu(self.bn3(self.deconv1(x.view(-1, *self.maps))), self.slope)
        images: Tensor = self.deconv2(x).sigmoid()
        return images


class Discriminator(nn.Module):
    """Logits [n] of images [n, C, H, W]; with ``outputs`` > 1 (the VAE's encoder) [n, outputs].

    Several batches of equal size can pass together, one after the other in x; each is normalised separately.
    """

    def __init__(self, a: Architecture, *, outputs: int = 1) -> None:
        super().__init__()
        rows, columns = a.grid
        self.mixes_images = a.normalisation.mixes_images
        self.conv1 = Down(a.channels, a.hidden(64))
        self.conv2 = Down(a.hidden(64), a.hidden(128))
        self.bn2 = a.normalisation.layer((a.hidden(128), rows, columns))  # stored states use this name for any normalisation
        self.fc1 = Linear(a.hidden(128) * rows * columns, a.hidden(1024))
        self.bn3 = a.normalisation.layer((a.hidden(1024),))
        self.fc2 = Linear(a.hidden(1024), outputs)
        normalise_weights(self, a.normalisation)

    def forward(self, x: Tensor, batches: int = 1) -> Tensor:
        batches = batches if self.mixes_images else 1
        x = F.leaky_relu(self.conv1(x), LEAKY_SLOPE)
        x = F.leaky_relu(by_batch(self.bn2, self.conv2(x).contiguous(), batches), LEAKY_SLOPE)
        x = F.leaky_relu(by_batch(self.bn3, self.fc1(x.flatten(1)), batches), LEAKY_SLOPE)
        x = self.fc2(x)
        return x.squeeze(1) if x.shape[1] == 1 else x


class AutoEncoder(nn.Module):
    """BEGAN's discriminator (Berthelot et al. 2017): reconstructions [n, C, H, W] in [0, 1] of images [n, C, H, W].

    Several batches can pass together, as in ``Discriminator``.
    """

    def __init__(self, a: Architecture) -> None:
        super().__init__()
        rows, columns = a.grid
        self.maps = (a.hidden(128), rows, columns)
        flat = self.maps[0] * rows * columns
        layer = a.normalisation.layer
        self.mixes_images = a.normalisation.mixes_images
        self.conv1 = Down(a.channels, a.hidden(64))
        self.conv2 = Down(a.hidden(64), self.maps[0])
        self.fc1 = nn.Linear(flat, CODE)
        self.bn1 = layer((CODE,))
        self.fc2 = nn.Linear(CODE, flat)
        self.bn2 = layer((flat,))
        self.deconv1 = Up(self.maps[0], a.hidden(64))
        self.bn3 = layer((a.hidden(64), 2 * rows, 2 * columns))
        self.deconv2 = Up(a.hidden(64), a.channels)

    def forward(self, x: Tensor, batches: int = 1) -> Tensor:
        batches = batches if self.mixes_images else 1
        x = F.leaky_relu(self.conv1(x), LEAKY_SLOPE)
        # No activation before the code layer: see docs/protocol.md.
        x = self.conv2(x).flatten(1)
        x = F.leaky_relu(by_batch(self.bn1, self.fc1(x), batches), LEAKY_SLOPE)
        x = F.leaky_relu(by_batch(self.bn2, self.fc2(x), batches), LEAKY_SLOPE)
        x = F.leaky_relu(by_batch(self.bn3, self.deconv1(x.view(-1, *self.maps)), batches), LEAKY_SLOPE)
        images: Tensor = self.deconv2(x).sigmoid()
        return images
