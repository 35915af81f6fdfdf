"""docs/new-loss.md is true: its losses load and compute what they say, its example is what the command prints.

It mirrors no module.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from support.command_line import ganbench
from torch.nn.functional import softplus

from benchmark.losses import AdversarialLoss, Context, RelativisticLoss, find_loss

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "new-loss.md").read_text()


def loss(name: str, folder: Path) -> AdversarialLoss | RelativisticLoss:
    (code,) = [c for c in re.findall(r"```python\n(.*?)```", TEXT, re.S) if f'key = "{name}"' in c]
    (folder / f"{name}.py").write_text(code)
    found = find_loss(str(folder / f"{name}.py"))()
    assert isinstance(found, AdversarialLoss | RelativisticLoss)
    return found


def test_hinge_by_hand(tmp_path: Path) -> None:
    hinge = loss("hinge", tmp_path)
    assert isinstance(hinge, AdversarialLoss)
    real, fake = torch.tensor([2.0, 0.0]), torch.tensor([-2.0, 0.5])
    assert hinge.discriminator_loss(real, fake, {}) == pytest.approx((0 + 1) / 2 + (0 + 1.5) / 2)
    assert hinge.generator_loss(fake, {}) == pytest.approx(0.75)


def test_the_relativistic_generator_has_the_discriminators_loss_with_the_kinds_exchanged(tmp_path: Path) -> None:
    relativistic = loss("relativistic", tmp_path)
    real, fake = torch.tensor([[1.0], [3.0]]), torch.tensor([[0.0], [-1.0]])
    networks = {"generator": lambda z: z, "discriminator": lambda images: images.squeeze(1)}
    context = Context(networks, real=real, z=fake, noise={}, h={}, state={})
    d = relativistic.discriminator_loss(real.squeeze(1), fake.squeeze(1), {})
    assert d == pytest.approx(float(softplus(torch.tensor([-1.5, -3.5])).mean() + softplus(torch.tensor([-2.0, -3.0])).mean()))
    exchanged = relativistic.discriminator_loss(fake.squeeze(1), real.squeeze(1), {})
    assert relativistic.generator_objective(context) == pytest.approx(float(exchanged))


def test_the_example_is_what_the_command_prints() -> None:
    (command,) = re.findall(r"^ganbench (compare .* --margin 5)$", TEXT, re.M)
    arguments = command.replace("results/", f"{ROOT}/results/").split()
    code, printed, _ = ganbench(*arguments)
    assert code == 0
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    assert "\n".join(lines) in TEXT, f"docs/new-loss.md should show what 'ganbench {command}' prints now"
