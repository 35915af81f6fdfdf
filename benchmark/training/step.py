"""The training step: written once for one model, vmapped over a population, and compiled where that is faster."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache, partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.utils._pytree import tree_map

from benchmark.hyperparameters import STRUCTURAL, Setting
from benchmark.losses.base import Context, Loss, Objective
from benchmark.models.infogan import Architecture
from benchmark.models.layers import initialise, mover
from benchmark.plugins import UserError, one_line
from benchmark.training.optimisers import IN_PLACE, OPTIMISERS, Moments, Optimiser, Weights, initial_moments, of_each_member


class State(NamedTuple):
    """Everything that a step changes. In a population each tensor has a leading dimension K.

    Attributes:
        parameters: the weights, by network and parameter name.
        averages: batch norm's moving averages, and the vectors of spectral normalisation, by network and buffer name.
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
    # The generator comes first, so that it is the same for every loss with the same seed.
    for name, network in sorted(loss.networks(architecture).items(), key=lambda item: item[0] != "generator"):
        initialise(network, generator, truncate_transposed=loss.truncates_transposed)
        weights = {k: w.detach() for k, w in network.named_parameters()}
        state.parameters[name] = weights
        state.averages[name] = dict(network.named_buffers())
        state.moments[name] = initial_moments(weights, optimiser)
        state.updates[name] = torch.zeros(())
    return state


def make_update(
    loss: Loss,
    objective: Objective,
    networks: Mapping[str, nn.Module],
    optimiser: Optimiser,
    precision: str = "float32",
    *,
    batched: Callable[[Callable[..., Any]], Callable[..., Any]] = lambda f: f,
    compiled: bool = False,
    graphs: bool = False,
) -> Update:
    """A function that updates one model's networks to minimise one objective; with ``batched=vmap``, those of a population.

    With ``bfloat16`` the networks compute under autocast; weights, losses and the optimiser stay in float32.
    """
    kept: Callable[[Any], Any] = partial(tree_map, Tensor.clone) if graphs else lambda tree: tree  # a graph reuses its memory
    one_pass = frozenset(n for n, network in networks.items() if "batches" in inspect.signature(network.forward).parameters)

    def context(parameters: Any, averages: Any, state: State, real: Any, z: Any, noise: Any, h: Any) -> Context:
        def call(name: str, *inputs: Any) -> Tensor:
            merged = {**parameters[name], **averages[name]}
            with torch.autocast(real.device.type, torch.bfloat16) if precision == "bfloat16" else nullcontext():
                output: Tensor = functional_call(networks[name], merged, inputs)
            averages[name] = {k: merged[k] for k in averages[name]}  # functional_call returns new averages here
            return output.float() if precision == "bfloat16" else output

        calls = {name: partial(call, name) for name in networks}
        return Context(calls, real, z, noise, h, dict(state.loss), parameters, one_pass=one_pass)

    def minimised(trained: dict[str, Weights], state: State, *draws: Any) -> tuple[Tensor, Any]:
        averages = dict(state.averages)
        c = context({**state.parameters, **trained}, averages, state, *draws)
        return objective.minimises(c), (averages, c.state, c.logged)

    def after(state: State, *draws: Any) -> tuple[dict[str, Weights], dict[str, Tensor]]:
        c = context(dict(state.parameters), dict(state.averages), state, *draws)
        if objective.after is not None:
            objective.after(c)
        return c.parameters, c.state

    value_of, constrained = batched(minimised), batched(after)
    moving = {n: batched(move) for n in objective.trains if (move := mover(networks[n])) is not None}
    if compiled:
        value_of = compile_step(value_of, graphs)
        moving = {n: compile_step(move, graphs) for n, move in moving.items()}

    def update(
        state: State, real: Tensor, z: Tensor, noise: Mapping[str, Tensor], h: Hyperparameters
    ) -> tuple[State, dict[str, Tensor]]:
        draws = (real, z, noise, h)
        # PyTorch's own autograd: torch.func.grad takes a tenth longer on a CPU.
        with torch.enable_grad():
            trained = {n: {k: w.detach().requires_grad_() for k, w in state.parameters[n].items()} for n in objective.trains}
            value, others = value_of(trained, state._replace(moments={}, updates={}), *draws)
            leaves = [w for weights in trained.values() for w in weights.values()]
            found = iter(torch.autograd.grad(value.sum(), leaves, materialize_grads=True))
            gradients = {n: {k: next(found) for k in weights} for n, weights in trained.items()}
        averages, loss_state, logged = kept(tree_map(Tensor.detach, others))
        parameters, moments, updates = dict(state.parameters), dict(state.moments), dict(state.updates)
        for name in objective.trains:
            updates[name] = updates[name] + 1
            new_weights = optimiser(parameters[name], gradients[name], moments[name], updates[name], h)
            parameters[name], moments[name] = kept(new_weights)
        new = State(parameters, averages, moments, updates, loss_state)
        if objective.after is not None:
            parameters, loss_state = constrained(new, *draws)
            new = new._replace(parameters=parameters, loss=loss_state)
        for name, move in moving.items():
            new.averages[name] = kept(move(new.parameters[name], new.averages[name]))
        return new, {objective.name: kept(value.detach()), **logged}

    return update


class TrainStep:
    """A training step of one model, or of a population: one update per objective that is due.

    Args:
        optimiser: the optimiser of the model or of the population; it may overwrite weights and moments.
        population: whether each tensor has a leading dimension K.
        compiled: whether to compile the objectives and their gradients with ``torch.compile``.
        graphs: whether a GPU records the compiled step as CUDA graphs and replays them.

    Raises (when first called):
        UserError: compilation failed, for example because there is no compiler.
    """

    def __init__(
        self,
        loss: Loss,
        architecture: Architecture,
        optimiser: Optimiser,
        *,
        population: bool,
        compiled: bool,
        graphs: bool = False,
        precision: str = "float32",
    ) -> None:
        with torch.device("meta"):  # templates: their weights are never read
            networks = loss.networks(architecture)
        self.objectives = loss.objectives()
        self.compiled, self.graphs = compiled, graphs
        options: dict[str, Any] = {"compiled": compiled, "graphs": graphs} | ({"batched": vmap} if population else {})
        self.updates = {o.name: make_update(loss, o, networks, optimiser, precision, **options) for o in self.objectives}

    def __call__(
        self,
        due: list[Objective],
        state: State,
        real: Tensor,
        z: Mapping[str, Tensor],
        noise: Mapping[str, Tensor],
        h: Hyperparameters,
    ) -> tuple[State, dict[str, Tensor]]:
        """The new state and the logged scalars after one step in which the objectives ``due`` are minimised.

        The given state may be overwritten.
        """
        logged: dict[str, Tensor] = {}
        if self.graphs:
            torch.compiler.cudagraph_mark_step_begin()
        with torch.no_grad():
            for objective in due:
                state, values = self._guarded(self.updates[objective.name], state, real, z[objective.name], noise, h)
                logged |= values
        return state, logged

    def _guarded(self, update: Update, *args: Any) -> tuple[State, dict[str, Tensor]]:
        if not self.compiled:
            return update(*args)
        import torch._dynamo.exc  # takes a second, which only a compiled step needs
        import torch._inductor.exc

        try:
            return update(*args)
        except (torch._dynamo.exc.TorchDynamoException, torch._inductor.exc.InductorError) as error:
            raise UserError(
                f"Compiling the training step failed: {one_line(error)}\n"
                "It needs a C++ compiler and Python's headers (g++ and python3-dev on Debian); --no-compile trains without."
            ) from error


def compile_step(function: Callable[..., Any], graphs: bool) -> Callable[..., Any]:
    """The function compiled by ``torch.compile`` for tensors of fixed shapes; with ``graphs``, as CUDA graphs on a GPU."""

    def own(*args: Any) -> Any:
        return function(*args)

    # torch limits compilations per code object, so each compiled step gets its own code object.
    own.__code__ = own.__code__.replace()
    return torch.compile(own, fullgraph=True, dynamic=False, mode="reduce-overhead" if graphs else None)


@lru_cache(maxsize=1)
def train_step(
    loss: Loss,
    architecture: Architecture,
    optimiser: str,
    precision: str,
    device: str,
    *,
    population: bool,
    compiled: bool,
    graphs: bool = False,
) -> TrainStep:
    """The step for these networks. The last one is cached, so that consecutive populations compile it only once."""
    if device == "cpu" and optimiser in IN_PLACE:
        updated = of_each_member(IN_PLACE[optimiser]) if population else IN_PLACE[optimiser]
    else:
        updated = vmap(OPTIMISERS[optimiser]) if population else OPTIMISERS[optimiser]
        updated = compile_step(updated, graphs) if compiled else updated
    return TrainStep(loss, architecture, updated, population=population, compiled=compiled, graphs=graphs, precision=precision)


def due(objectives: Sequence[Objective], step: int, disc_iters: int) -> list[Objective]:
    """The objectives to minimise in step number ``step``, counted from 1."""
    return [o for o in objectives if o.every == "step" or step % disc_iters == 0]


def hyperparameter_tensors(settings: list[Setting], device: torch.device) -> dict[str, Tensor]:
    """The hyperparameters of a population's members as tensors [K], by name; structural ones are left out."""
    names = [n for n in settings[0] if n not in STRUCTURAL]
    return {n: torch.tensor([float(s[n]) for s in settings], device=device) for n in names}
