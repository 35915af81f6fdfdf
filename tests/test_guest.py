"""A process in which the package was imported and called is as it was before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmark.guest import guest

pytestmark = pytest.mark.slow

CALLS = (
    "import",
    "import of the command line",
    "import of what is public",
    "lists",
    "bench",
    "bench with another type and device",
    "summarise",
    "plan",
    "rescore",
    "reproduce",
    "tables",
    "figures",
    "report",
    "ganbench list",
    "ganbench plan",
    "ganbench run",
    "ganbench status",
    "ganbench collect",
    "ganbench rescore",
    "ganbench analyse",
    "ganbench compare",
    "ganbench nonsense",
)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each call changed, by its name, in one process that makes them all."""
    here = Path(__file__).parent
    command = [sys.executable, str(here / "support" / "public_calls.py")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parent), str(here)])}
    folder = tmp_path_factory.mktemp("calls")
    ended = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, list[str]] = json.loads((folder / "changes.json").read_text())
    return found


@pytest.mark.parametrize("call", CALLS)
def test_a_public_call_leaves_the_process_as_it_was(calls: dict[str, list[str]], call: str) -> None:
    assert calls[call] == []


def test_no_call_is_left_out(calls: dict[str, list[str]]) -> None:
    assert tuple(calls) == CALLS


def test_settings_of_torch_and_numpy_are_the_usual_ones_meanwhile_and_come_back() -> None:
    precisions = ("medium", True, False)
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    try:
        torch.set_float32_matmul_precision("medium")
        torch.backends.cudnn.allow_tf32 = False
        torch.set_num_threads(2)
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.set_default_dtype(torch.float64)
        state = torch.random.get_rng_state()
        with torch.device("meta"), torch.inference_mode(), torch.autocast("cpu", torch.bfloat16), np.errstate(all="raise"):
            with pytest.raises(ValueError), guest(threads=1):
                x = torch.rand(4, 4, requires_grad=True)
                assert (x.dtype, x.device.type, (x @ x).dtype, x.is_inference()) == (torch.float32, "cpu", torch.float32, False)
                assert (x * 2).requires_grad and np.float32(1e30) * np.float32(1e30) == np.inf
                assert torch.get_num_threads() == 1 and not torch.are_deterministic_algorithms_enabled()
                assert torch.get_float32_matmul_precision() == "highest"
                torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
                raise ValueError
            assert torch.is_inference_mode_enabled() and torch.is_autocast_enabled("cpu")
            assert torch.empty(1).device.type == "meta" and np.geterr()["over"] == "raise"
        assert torch.equal(torch.random.get_rng_state(), state)
        assert torch.get_default_dtype() == torch.float64 and torch.get_num_threads() == 2
        assert torch.are_deterministic_algorithms_enabled() and torch.is_deterministic_algorithms_warn_only_enabled()
        allowed = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
        assert (torch.get_float32_matmul_precision(), *allowed) == precisions
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]
        torch.set_default_dtype(torch.float32)
        torch.use_deterministic_algorithms(False)


NEW_NAMES = """
import torch
from benchmark.guest import PRECISIONS, _backend, guest
torch.backends.cuda.matmul.fp32_precision = "tf32"  # of which the old names refuse to speak
torch.backends.cudnn.conv.fp32_precision = "ieee"
before = [_backend(torch, name).fp32_precision for name in PRECISIONS]
with guest():
    assert not torch.backends.cuda.matmul.allow_tf32 and not torch.backends.cudnn.allow_tf32
assert [_backend(torch, name).fp32_precision for name in PRECISIONS] == before
"""


def test_precisions_that_were_set_by_their_new_names_come_back() -> None:
    subprocess.run([sys.executable, "-c", NEW_NAMES], check=True, cwd=Path(__file__).parents[1])


def test_paths_of_users_files_stay_and_variables_of_libraries_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("TORCHINDUCTOR_TRIED", "KMP_DUPLICATE_LIB_OK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MINE_TRIED", "0")
    with guest():
        sys.path += ["/home/me/losses", "/usr/lib/site-packages/library/_vendor"]
        os.environ |= {"TORCHINDUCTOR_TRIED": "1", "KMP_DUPLICATE_LIB_OK": "True", "MINE_TRIED": "1"}
    assert "/home/me/losses" in sys.path and "/usr/lib/site-packages/library/_vendor" not in sys.path
    assert not {"TORCHINDUCTOR_TRIED", "KMP_DUPLICATE_LIB_OK"} & {*os.environ} and os.environ["MINE_TRIED"] == "1"
