"""Spectral normalisation."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmark.normalisations.base import Normalisation, WeightNormalisation


class SpectralNorm(WeightNormalisation):
    """The weight divided by an estimate of its largest singular value, sigma = u^T W v.

    W is the weight as a matrix [out, everything else]. u [out] and v [everything else] are state, and constants of the
    derivative. One power iteration updates them, starting from a random u:

        v = W^T u / |W^T u|,   u = W v / |W v|.

    It runs once before the first update and after each update, which is equivalent to the authors' code.

    Source: Miyato et al. 2018, section 2.1, equations 10 to 12, and appendix A, algorithm 1.
    """

    u: Tensor
    v: Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("u", torch.zeros(shape[0]))
        self.register_buffer("v", torch.zeros(math.prod(shape[1:])))

    def forward(self, weight: Tensor) -> Tensor:
        return weight / self.sigma(weight)

    def sigma(self, weight: Tensor) -> Tensor:
        """The estimate of the weight's largest singular value, a tensor of shape []."""
        # Element by element: autocast would compute a matrix product in bfloat16.
        return ((weight.flatten(1) * self.v).sum(1) * self.u).sum()

    def start(self, weight: Tensor, generator: torch.Generator) -> None:
        u = torch.randn(self.u.shape, generator=generator, dtype=weight.dtype)
        self.load_state_dict(self.moved(weight.detach(), {"u": u}))

    def moved(self, weight: Tensor, buffers: Mapping[str, Tensor]) -> dict[str, Tensor]:
        matrix = weight.flatten(1)
        v = F.normalize(matrix.T @ buffers["u"], dim=0)
        return {"u": F.normalize(matrix @ v, dim=0), "v": v}


class SpectralNormalisation(Normalisation):
    """Divides every weight of the discriminator by its largest singular value, which bounds how fast the output changes.

    As in the authors' code, a convolution's kernel is treated as a matrix [out, in * height * width]. Biases are unchanged, and
    no layers are added.

    Source: Miyato et al. 2018.
    """

    key = "spectral"
    name = "spectral norm"
    aliases = ("spectral norm", "spectral normalisation", "spectral normalization", "sn")
    mixes_images = False

    def weight(self, shape: tuple[int, ...]) -> WeightNormalisation:
        return SpectralNorm(shape)
