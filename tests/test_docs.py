"""docs/new-loss.md and CONTRIBUTING.md are true: what they show loads and computes what it says, and is what is printed.

It mirrors no module.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from support.command_line import ganbench
from torch.nn.functional import softplus

from benchmark.data.mnist import MNIST
from benchmark.losses import AdversarialLoss, Context, RelativisticLoss, find_loss
from benchmark.normalisations import find_normalisation
from benchmark.penalties import find_penalty
from benchmark.study.running.rehearsal import rehearse_loss

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


def code(name: str, folder: Path) -> str:
    """The file that CONTRIBUTING.md shows of what has this key."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (shown,) = [c for c in re.findall(r"```python\n(.*?)```", text, re.S) if f'key = "{name}"' in c]
    (folder / f"{name}.py").write_text(shown)
    return str(folder / f"{name}.py")


def test_the_penalty_and_the_normalisation_of_ten_lines(tmp_path: Path) -> None:
    drift, instance = find_penalty(code("drift", tmp_path))(), find_normalisation(code("instance", tmp_path))()
    for name in ("drift.py", "instance.py"):
        lines = (tmp_path / name).read_text().strip().splitlines()
        assert sum(bool(line.strip()) for line in lines[lines.index(next(x for x in lines if x.startswith("class"))) :]) <= 10
    images = torch.tensor([[1.0], [3.0]])
    value = drift.value(lambda x: x.squeeze(1), images, images, {}, {"drift": torch.tensor(0.5)})
    assert value == pytest.approx(0.5 * (1 + 9) / 2)
    normal = instance.layer((2, 4, 4))(torch.rand(3, 2, 4, 4)).detach()
    assert normal.mean((2, 3)) == pytest.approx(torch.zeros(3, 2), abs=1e-6)
    loss = find_loss("hinge")("paper", drift, instance)
    rehearse_loss(loss, MNIST, [type(drift), type(instance)])
