"""What the README's commands run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def would_run(*arguments: str) -> str:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    return subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_bench_hands_its_variables_to_the_command_line() -> None:
    command = would_run("bench", "LOSS=LS GAN", "SEEDS=12", "DATASET=cifar10", "BUDGET=paper", "DEVICE=cuda", "COMPILE=no")
    for part in (
        '--loss "LS GAN"',
        '--seeds "12"',
        '--dataset "cifar10"',
        '--budget "paper"',
        '--device "cuda"',
        "--no-compile",
    ):
        assert part in command
    assert "--hyperparameters" not in command


def test_hyperparameters_are_handed_on_when_named() -> None:
    assert '--hyperparameters "paper"' in would_run("bench", "HYPERPARAMETERS=paper")


def test_the_set_up_says_what_it_does_and_how_long_it_takes_before_it_goes_silent() -> None:
    lines = would_run("bench", "VENV=absent").splitlines()
    (said,) = [i for i, line in enumerate(lines) if "5.8 GB" in line]
    (installs,) = [i for i, line in enumerate(lines) if "--require-hashes" in line]
    assert said < installs and "90 seconds to 5 minutes" in lines[said]
    assert any("environment is ready" in line for line in lines[installs:])


def test_the_lock_pins_every_dependency_with_hashes() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert sum("--hash=sha256:" in line for line in lines) >= len(pins)
    for name in ("torch", "torchvision", "torch-fidelity", "pytest", "gdown"):
        assert any(pin.startswith(f"{name}==") for pin in pins)


def test_what_times_the_program_is_started_by_make() -> None:
    for name in ("speed", "scale"):
        assert f"python -m measurements.{name} --trials 5" in would_run(name, "OPTIONS=--trials 5")
        assert (ROOT / "measurements" / f"{name}.py").is_file()
