"""Training loops written the ordinary way, for every loss: modules, ``backward`` and an optimiser of ``torch.optim``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from support.plain_gan import plain
from torch import Tensor
from torch.nn import functional as F

from benchmark.losses import find_loss
from benchmark.models.infogan import Architecture
from benchmark.models.layers import initialise
from benchmark.training.draws import stream

Networks = dict[str, Any]


def bce(logits: Tensor, target: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def penalty(critic: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    images = images.detach().requires_grad_()
    gradients = torch.autograd.grad(critic(images).sum(), images, create_graph=True)[0]
    distance: Tensor = gradients.flatten(1).norm(dim=1) - 1
    return 10 * (distance**2).mean()


def towards_generated(n: Networks, real: Tensor, fake: Tensor) -> Tensor:
    u = torch.rand(len(real), 1, 1, 1)
    return penalty(n["twice"], u * real + (1 - u) * fake)


def around_real(n: Networks, real: Tensor, fake: Tensor) -> Tensor:
    noisy = real + 0.5 * real.std(correction=0) * torch.randn_like(real)
    return penalty(lambda x: n["twice"](x).sigmoid(), noisy)


def of_logits(of_real: Callable[[Tensor], Tensor], of_fake: Callable[[Tensor], Tensor], beside: Any = None) -> Any:
    def discriminator_loss(n: Networks, real: Tensor, fake: Tensor) -> Tensor:
        loss = of_real(n["discriminator"](real)) + of_fake(n["discriminator"](fake))
        return loss if beside is None else loss + beside(n, real, fake)

    return discriminator_loss


def reconstruction_loss(n: Networks, images: Tensor) -> Tensor:
    reconstructed: Tensor = n["discriminator"](images)
    return (images - reconstructed).abs().mean()


CROSS_ENTROPY = (lambda real: bce(real, 1.0), lambda fake: bce(fake, 0.0))
CRITIC = (lambda real: -real.mean(), lambda fake: fake.mean())
DISCRIMINATOR: dict[str, Callable[[Networks, Tensor, Tensor], Tensor]] = {
    "mmgan": of_logits(*CROSS_ENTROPY),
    "nsgan": of_logits(*CROSS_ENTROPY),
    "lsgan": of_logits(lambda real: ((real - 1) ** 2).mean() / 2, lambda fake: (fake**2).mean() / 2),
    "wgan": of_logits(*CRITIC),
    "wgangp": of_logits(*CRITIC, towards_generated),
    "dragan": of_logits(*CROSS_ENTROPY, around_real),
}
GENERATOR: dict[str, Callable[[Tensor], Tensor]] = {
    "mmgan": lambda fake: -bce(fake, 0.0),
    "nsgan": lambda fake: bce(fake, 1.0),
    "lsgan": lambda fake: ((fake - 1) ** 2).mean() / 2,
    "wgan": lambda fake: -fake.mean(),
    "wgangp": lambda fake: -fake.mean(),
    "dragan": lambda fake: bce(fake, 1.0),
}


def plain_loop(
    key: str,
    images: Tensor,
    width: float,
    *,
    batch: int = 64,
    fused: bool = False,
    compiled: bool = False,
    only_needed: bool = False,
) -> Callable[[int], None]:
    """A loop that trains a loss so many steps, both networks at each.

    Args:
        fused: whether Adam runs as one kernel.
        compiled: whether the networks are compiled; a penalty's pass is not, as PyTorch differentiates no compiled code twice.
        only_needed: whether the generator's ``backward`` leaves the discriminator's gradients out, which tutorials do not.
    """
    loss = find_loss(key)()
    _, channels, height, columns = images.shape
    architecture = Architecture((channels, height, columns), width, loss.normalised_by(loss.defaults))
    own = {name: plain(network) for name, network in loss.networks(architecture).items()}
    for network in own.values():
        initialise(network, stream(0, "weights"))
    groups = {name: [name] for name in own} if "discriminator" in own else {"both": list(own)}
    optimisers = {
        name: torch.optim.Adam([p for m in members for p in own[m].parameters()], lr=1e-4, betas=(0.5, 0.999), fused=fused)
        for name, members in groups.items()
    }
    n: Networks = {name: torch.compile(network, dynamic=False) if compiled else network for name, network in own.items()}
    n["twice"] = own.get("discriminator")
    k = 0.0

    def update(name: str, value: Tensor) -> None:
        optimisers[name].zero_grad()
        value.backward(inputs=[p for m in groups[name] for p in own[m].parameters()] if only_needed else None)
        optimisers[name].step()

    def latents() -> Tensor:
        return torch.rand(batch, 64) * 2 - 1

    def adversarial(real: Tensor) -> None:
        update("discriminator", DISCRIMINATOR[key](n, real, n["generator"](latents()).detach()))
        update("generator", GENERATOR[key](n["discriminator"](n["generator"](latents()))))

    def began(real: Tensor) -> None:
        nonlocal k
        of_real, of_fake = reconstruction_loss(n, real), reconstruction_loss(n, n["generator"](latents()).detach())
        update("discriminator", of_real - k * of_fake)
        k = min(1.0, max(0.0, k + 0.001 * (0.75 * of_real - of_fake).item()))
        update("generator", reconstruction_loss(n, n["generator"](latents())))

    def vae(real: Tensor) -> None:
        mean, raw = n["encoder"](real).chunk(2, dim=1)
        scale = F.softplus(raw) + 1e-6
        decoded = n["generator"](mean + scale * torch.randn_like(mean)).clamp(1e-7, 1 - 1e-7)
        likelihood = F.binary_cross_entropy(decoded, real, reduction="sum") / batch
        divergence = (mean.square() + scale.square() - 1 - 2 * scale.log()).sum(1).mean() / 2
        update("both", likelihood + divergence)

    step = {"began": began, "vae": vae}.get(key, adversarial)

    def clip() -> None:
        for p in own["discriminator"].parameters():
            p.data.clamp_(-0.01, 0.01)

    def train(steps: int) -> None:
        for _ in range(steps):
            step(images[torch.randint(len(images), (batch,))].float() / 255)
            if key == "wgan":
                clip()

    return train
