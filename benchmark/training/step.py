"""The training step: written once for one model, vmapped over a population, compiled where possible."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import torch
import torch._dynamo.exc
import torch._inductor.exc
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from benchmark.hyperparameters import STRUCTURAL, Setting
from benchmark.losses.base import Context, Loss, Objective
from benchmark.models.infogan import Architecture
from benchmark.models.layers import initialise
from benchmark.plugins import UserError, one_line
from benchmark.training.optimisers import OPTIMISERS, Moments, Optimiser, Weights, initial_moments


class State(NamedTuple):
    """All that a step changes. In a population each tensor has a leading dimension K.

    Attributes:
        parameters: the weights, by network and parameter name.
        averages: batch norm's moving averages, by network and buffer name.
        moments: the optimiser's first and second moments, by network, order and parameter name.
        updates: how often the optimiser has updated each network.
        loss: the loss's own state.
    """

    parameters: dict[str, Weights]
    averages: dict[str, Weights]
    moments: dict[str, Moments]
    updates: dict[str, Tensor]
    loss: dict[str, Tensor]


Hyperparameters = Mapping[str, Tensor]
Update = Callable[[State, Tensor, Tensor, Mapping[str, Tensor], Hyperparameters], tuple[State, dict[str, Tensor]]]
"""(state, real [n, C, H, W], z [n, 64], noise, hyperparameters) -> (state, logged scalars)."""


def initial_state(loss: Loss, architecture: Architecture, generator: torch.Generator, optimiser: str = "adam") -> State:
    """The state of one model before its first step; the weights are drawn from ``generator``.

    Args:
        optimiser: a key of ``OPTIMISERS``.
    """
    state = State({}, {}, {}, {}, loss.initial_state())
    # The generator network first: it is then the same for every loss that has the same seed.
    for name, network in sorted(loss.networks(architecture).items(), key=lambda item: item[0] != "generator"):
        initialise(network, generator, truncate_transposed=loss.variant != "v1")
        weights = {k: w.detach() for k, w in network.named_parameters()}
        state.parameters[name] = weights
        state.averages[name] = dict(network.named_buffers())
        state.moments[name] = initial_moments(weights, optimiser)
        state.updates[name] = torch.zeros(())
    return state


def make_update(
    loss: Loss, objective: Objective, networks: Mapping[str, nn.Module], optimiser: Optimiser, precision: str = "float32"
) -> Update:
    """The pure function that updates one model's networks to minimise one objective.

    In ``bfloat16`` the networks compute under autocast; weights, losses and the optimiser stay in float32.
    """

    def context(parameters: Any, averages: Any, state: State, real: Any, z: Any, noise: Any, h: Any) -> Context:
        def call(name: str, x: Tensor) -> Tensor:
            merged = {**parameters[name], **averages[name]}
            with torch.autocast(x.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
                output: Tensor = functional_call(networks[name], merged, (x,)).float()
            averages[name] = {k: merged[k] for k in averages[name]}  # functional_call hands new averages back here
            return output

        calls = {name: partial(call, name) for name in networks}
        return Context(calls, real, z, noise, h, dict(state.loss), parameters)

    def update(
        state: State, real: Tensor, z: Tensor, noise: Mapping[str, Tensor], h: Hyperparameters
    ) -> tuple[State, dict[str, Tensor]]:
        def minimised(trained: dict[str, dict[str, Tensor]]) -> tuple[Tensor, Any]:
            averages = dict(state.averages)
            c = context({**state.parameters, **trained}, averages, state, real, z, noise, h)
            value = objective.minimises(c)
            return value, (value, averages, c.state, c.logged)

        trained = {name: state.parameters[name] for name in objective.trains}
        gradients, (value, averages, loss_state, logged) = grad(minimised, has_aux=True)(trained)
        parameters, moments = dict(state.parameters), dict(state.moments)
        updates = dict(state.updates)
        for name in objective.trains:
            updates[name] = updates[name] + 1
            parameters[name], moments[name] = optimiser(parameters[name], gradients[name], moments[name], updates[name], h)
        new = State(parameters, averages, moments, updates, loss_state)
        if objective.after is not None:
            c = context(parameters, dict(averages), new, real, z, noise, h)
            objective.after(c)
            new = new._replace(loss=c.state)
        return new, {objective.name: value, **logged}

    return update


class PopulationStep:
    """A training step of a population: one update per objective that is due.

    Args:
        compiled: whether to compile the updates with ``torch.compile``.

    Raises (when first called):
        UserError: compiling failed, for want of a compiler for instance.
    """

    def __init__(
        self, loss: Loss, architecture: Architecture, optimiser: Optimiser, *, compiled: bool, precision: str = "float32"
    ) -> None:
        with torch.device("meta"):  # templates: their weights are never read
            networks = loss.networks(architecture)
        self.objectives = loss.objectives()
        self.compiled = compiled
        self.updates = {o.name: self._batched(make_update(loss, o, networks, optimiser, precision)) for o in self.objectives}

    def _batched(self, update: Update) -> Update:
        batched: Update = vmap(update)
        return torch.compile(batched, fullgraph=True, dynamic=False) if self.compiled else batched

    def __call__(
        self,
        due: list[Objective],
        state: State,
        real: Tensor,
        z: Mapping[str, Tensor],
        noise: Mapping[str, Tensor],
        h: Hyperparameters,
    ) -> tuple[State, dict[str, Tensor]]:
        """The new state and the logged scalars [K] after one step, in which these objectives are due."""
        logged: dict[str, Tensor] = {}
        with torch.no_grad():
            for objective in due:
                state, values = self._guarded(self.updates[objective.name], state, real, z[objective.name], noise, h)
                logged |= values
        return state, logged

    def _guarded(self, update: Update, *args: Any) -> tuple[State, dict[str, Tensor]]:
        if not self.compiled:
            return update(*args)
        try:
            return update(*args)
        except (torch._dynamo.exc.TorchDynamoException, torch._inductor.exc.InductorError) as error:
            raise UserError(
                f"Compiling the training step failed: {one_line(error)}\n"
                "It needs a C++ compiler and Python's headers (g++ and python3-dev on Debian); --no-compile trains without."
            ) from error


@lru_cache(maxsize=1)
def population_step(loss: Loss, architecture: Architecture, optimiser: str, compiled: bool, precision: str) -> PopulationStep:
    """The step for these networks; the last one is kept, so that populations that follow each other compile it once."""
    if compiled:
        # It warns of a CUDA toolkit without a GPU, which is no concern of a user who trains on the CPU.
        logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
        torch._dynamo.reset()  # what was compiled for other networks would count against its limit
    return PopulationStep(loss, architecture, OPTIMISERS[optimiser], compiled=compiled, precision=precision)


def due(objectives: Sequence[Objective], step: int, disc_iters: int) -> list[Objective]:
    """The objectives minimised in step number ``step``, counted from 1."""
    return [o for o in objectives if o.every == "step" or step % disc_iters == 0]


def hyperparameter_tensors(settings: list[Setting], device: torch.device) -> dict[str, Tensor]:
    """The settings of a population's members as tensors [K] by name; structural hyperparameters are left out."""
    names = [n for n in settings[0] if n not in STRUCTURAL]
    return {n: torch.tensor([float(s[n]) for s in settings], device=device) for n in names}
