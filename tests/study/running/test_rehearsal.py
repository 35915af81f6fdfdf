"""What users' own files define is tried before anything is trained, and named where it is not what is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from support.command_line import ganbench
from support.own_files import EXTRACTOR, HINGE, METRIC, STRIPES
from support.stripes import Stripes

from benchmark.data.gaussians import Ring
from benchmark.losses import find_loss, known_losses
from benchmark.metrics import Generated, find_metric
from benchmark.plugins import UserError
from benchmark.study.running.rehearsal import noise, rehearse_loss, rehearse_metric

LOSSES = {
    "one value for each image": (lambda t: t.replace("-fake.mean()", "-fake"), "'generator' gives a tensor [4]"),
    "a Python number": (lambda t: t.replace("-fake.mean()", "1.0"), "'generator' gives float"),
    "a hyperparameter that it has not": (
        lambda t: t.replace("-fake.mean()", "h['margin'] * fake.mean()"),
        "KeyError: 'margin'",
    ),
    "networks in a list": (
        lambda t: f"{t}\n    def networks(self, a):\n        return [a.generator()]\n",
        "networks returned list",
    ),
    "no generator": (
        lambda t: f"{t}\n    def networks(self, a):\n        return {{'critic': a.discriminator()}}\n",
        "networks has critic; one called generator",
    ),
    "an objective of an unknown network": (
        lambda t: (
            f"{t}\n    def objectives(self):\n        return (Objective('one', ('critic',), self.generator_objective),)\n"
        ),
        "the objective 'one' trains ('critic',); a tuple of these is needed: discriminator, generator",
    ),
    "objectives in a list": (lambda t: f"{t}\n    def objectives(self):\n        return []\n", "objectives returned list"),
    "images beyond 1": (
        lambda t: (
            f"{t}\n    def networks(self, a):\n        return super().networks(a) | {{'generator': Tens(a)}}\n"
            "\nclass Tens(torch.nn.Module):\n    def __init__(self, a):\n        super().__init__()\n"
            "        self.of = a.generator()\n    def forward(self, z):\n        return 10 * self.of(z)\n"
        ),
        "from 0 to 1 is needed",
    ),
}


@pytest.mark.parametrize("case", LOSSES)
def test_what_a_loss_defines_is_tried_in_a_step_on_noise(case: str, tmp_path: Path) -> None:
    change, said = LOSSES[case]
    header = "import torch\nfrom benchmark import Objective\n"
    (tmp_path / "hinge.py").write_text(header + change(HINGE))
    with pytest.raises(UserError) as raised:
        rehearse_loss(find_loss(str(tmp_path / "hinge.py"))(), Stripes)
    assert str(raised.value).startswith("Hinge") and said in str(raised.value)
    assert len(str(raised.value).splitlines()) <= 2


@pytest.mark.parametrize("dataset", [Stripes, Ring])
def test_losses_as_they_should_be_pass(dataset: type, tmp_path: Path) -> None:
    (tmp_path / "hinge.py").write_text(HINGE)
    for cls in (find_loss(str(tmp_path / "hinge.py")), *known_losses().values()):
        rehearse_loss(cls("v1" if cls.key == "began" else "paper"), dataset)


DECLARED = {
    "variants = 'paper'": "variants = 'paper': a tuple of names is needed",
    "variants = ('a/b',)": "variants has 'a/b': letters, digits",
    "prior = 'gauss'": "prior = 'gauss': Accepted: uniform, normal",
    "defaults = {**AdversarialLoss.defaults, 'beta1': 1.5}": "defaults: beta1 = 1.5: Hinge needs a number of 0 or more",
    "wide = {**AdversarialLoss.wide, 'margin': Uniform(0, 1)}": "wide has margin, which has no default",
    "narrow = {**AdversarialLoss.narrow, 'beta1': Uniform(0, 2)}": "narrow: beta1 = Uniform(low=0, high=2): a range of",
    "wide = {**AdversarialLoss.wide, 'beta1': 0.5}": "wide: beta1 = 0.5: a range of a number",
    "domains = {'margin': Domain(least=0)}": "domains has margin, which has no default",
    "domains = {'margin': (0, 1)}": "domains.margin",
}


@pytest.mark.parametrize("line", DECLARED)
def test_what_a_loss_declares_is_checked_when_it_is_found(line: str, tmp_path: Path) -> None:
    header = "from benchmark.hyperparameters import Domain, Uniform\n"
    (tmp_path / "hinge.py").write_text(header + HINGE.replace('    key = "hinge"\n', f'    key = "hinge"\n    {line}\n'))
    with pytest.raises(UserError) as raised:
        find_loss(str(tmp_path / "hinge.py"))
    assert str(raised.value).startswith("Hinge: ") and DECLARED[line] in str(raised.value)
    assert len(str(raised.value).splitlines()) <= 2


METRICS: dict[str, tuple[Callable[[str], str], str]] = {
    "a number alone": (lambda t: t.replace('{"mean": ', "(").replace("item()}", "item())"), "returned float"),
    "another name first": (lambda t: t.replace('{"mean": ', '{"other": '), "returned scores other"),
    "a tensor": (lambda t: t.replace(".item()", ""), "returned 'mean': Tensor"),
    "no fingerprint": (lambda t: t.replace("name = fingerprint =", "name ="), "fingerprint = None"),
    "an error": (lambda t: t.replace(".item()", ".items()"), "scoring noise ended in AttributeError"),
}


@pytest.mark.parametrize("case", METRICS)
def test_what_a_metric_returns_is_tried_on_noise(case: str, tmp_path: Path) -> None:
    change, said = METRICS[case]
    cpu = torch.device("cpu")
    for text, bad in ((METRIC, False), (change(METRIC), True)):
        (tmp_path / "mean.py").write_text(text)
        metric = find_metric(str(tmp_path / "mean.py")).on(Stripes(), None, cpu, print)  # type: ignore[arg-type]
        if not bad:
            rehearse_metric(metric, Stripes(), cpu)
            assert list(metric(Generated(torch.from_numpy(noise(Stripes, 2)), lambda z: z, "uniform"))) == ["mean"]
            continue
        with pytest.raises(UserError) as raised:
            rehearse_metric(metric, Stripes(), cpu)
        assert str(raised.value).startswith("Mean") and said in str(raised.value)
        assert len(str(raised.value).splitlines()) <= 2


@pytest.mark.parametrize(
    ("file", "text", "option", "said"),
    [
        ("loss.py", HINGE.replace("-fake.mean()", "-fake"), "losses", "Hinge: the objective 'generator' gives a tensor [4]"),
        ("metric.py", METRIC.replace(".item()", ""), "metrics", "Mean returned 'mean': Tensor"),
        (
            "data.py",
            STRIPES.replace(".astype(np.uint8)", ""),
            "datasets",
            "Stripes.load('train') returned images of type float64",
        ),
        ("rows.py", EXTRACTOR.replace("mean((1, 2))", "mean()"), "extractor", "Rows.features returned torch.float64 []"),
        ("rows.py", EXTRACTOR.replace(".double()", ".long()").replace("mean", "sum"), "extractor", "returned torch.int64"),
        ("rows.py", EXTRACTOR.replace(".double()", ".double().log()"), "extractor", "'fid' cannot be computed on Stripes: "),
        (
            "metric.py",
            METRIC.replace('key = "mean"', 'key, least_images = "mean", "q"'),
            "metrics",
            "Mean: least_images = 'q': a whole",
        ),
        (
            "data.py",
            STRIPES.replace("-> Split:\n", "-> Split:\n        {}['foo']\n"),
            "datasets",
            "Stripes.load('train') ended in KeyError: 'foo'",
        ),
        (
            "rows.py",
            EXTRACTOR.replace("        return images", "        {}['foo']\n        return images"),
            "extractor",
            "Rows.features of 300 images ended in KeyError: 'foo'",
        ),
        ("rows.py", EXTRACTOR.replace('fingerprint = "1"', "fingerprint = 1"), "extractor", "Rows: fingerprint = 1"),
    ],
)
def test_a_study_says_so_before_it_trains(tmp_path: Path, file: str, text: str, option: str, said: str) -> None:
    (tmp_path / file).write_text(text)
    (tmp_path / "stripes.py").write_text(STRIPES)
    chosen = {"losses": "nsgan", "datasets": "stripes.py", "extractor": "pixels", option: file}
    if option == "extractor" and text:
        chosen["extractor"] = str(tmp_path / file)
    (tmp_path / "study.toml").write_text("".join(f'{k} = "{v}"\n' for k, v in chosen.items()) + 'budget = "smoke"\n')
    folders = ("--results", tmp_path / "results", "--data", tmp_path / "data")
    code, _, err = ganbench("run", tmp_path / "study.toml", "--executor", "inline", "--no-compile", *folders)
    assert code == 2 and said in err and len(err.splitlines()) <= 2
    assert not list((tmp_path / "results").rglob("*.json"))
