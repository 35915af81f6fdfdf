"""Names become classes, or are refused before anything is planned."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from support.own_files import HINGE, STRIPES

from benchmark.factors import USUAL
from benchmark.plugins import UserError
from benchmark.study.planning.own_files import own_files
from benchmark.study.planning.resolution import changed_files, content_hash, resolve
from benchmark.study.study import Study

SMALL = Study(name="small", losses=("lsgan", "wgan"), datasets=("mnist",))
OWN_VARIANTS = """from benchmark.losses.nsgan import NSGAN
class Soft(NSGAN):
    key = "soft"
    variants = ("paper", "softer")
"""


def test_a_metric_s_score_has_a_name_that_a_file_can_have(tmp_path: Path) -> None:
    code = "from benchmark.metrics.fid import FID\nclass Mine(FID):\n    key = 'mine'\n    "
    code += "@classmethod\n    def named(cls, extractor):\n        return '../mine'\n"
    (tmp_path / "mine.py").write_text(code)
    with pytest.raises(UserError, match=r"Mine\.named gives '\.\./mine': letters, digits and _ are needed"):
        _ = resolve(replace(SMALL, metrics=(str(tmp_path / "mine.py"),))).scores


def test_images_for_which_there_are_no_networks_are_refused(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(STRIPES.replace("(1, 28, 28)", "(1, 30, 30)"))
    with pytest.raises(UserError, match="Stripes: image size 30x30: both sides must be multiples of 4"):
        resolve(replace(SMALL, datasets=(str(tmp_path / "own.py"),)))


def test_a_variant_that_a_loss_does_not_have_is_refused_with_those_it_has(tmp_path: Path) -> None:
    (tmp_path / "soft.py").write_text(OWN_VARIANTS)
    own = Study(name="own", losses=(str(tmp_path / "soft.py"),), variants=("paper", "softer"))
    assert [choices.variant for _, choices in resolve(own).losses] == ["paper", "softer"]
    with pytest.raises(UserError, match="Unknown variant of soft 'v1'") as raised:
        resolve(replace(own, variants=("paper", "v1")))
    assert str(raised.value).splitlines()[1] == "Known: paper, softer."
    with pytest.raises(UserError, match=r"Unknown variant of lsgan 'softer'.*\nKnown: paper, v1"):
        resolve(replace(own, losses=(*own.losses, "lsgan")))


def test_the_key_of_a_user_s_loss_has_the_content_of_what_its_file_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "hinge.py"
    path.write_text(HINGE)
    assert content_hash(str(path)) == hashlib.sha256(HINGE.encode()).hexdigest()[:12]

    own = tmp_path / "my_terms"
    own.mkdir()
    (own / "__init__.py").write_text("from .margin import MARGIN\n")
    (own / "margin.py").write_text("from . import scale\nMARGIN = scale.SCALE\n")
    (own / "scale.py").write_text("SCALE = 1.0\n")
    path.write_text("import math, torch\nfrom my_terms import MARGIN\nfrom benchmark.losses.nsgan import NSGAN\n" + HINGE)
    assert own_files(path) == [path, own / "__init__.py", own / "margin.py", own / "scale.py"]
    before = content_hash(str(path))
    resolved = resolve(Study(name="own", losses=(str(path),), datasets=("mnist",)))
    assert list(resolved.losses) == [(f"hinge@{before}", USUAL)] and not changed_files(resolved)
    (own / "scale.py").write_text("SCALE = 2.0\n")
    assert content_hash(str(path)) != before and changed_files(resolved) == [str(path)]
    (own / "scale.py").write_text("SCALE = 1.0\n")
    assert not changed_files(resolved)
    path.unlink()
    assert changed_files(resolved) == [str(path)]
