"""The main job as a study: one loss, or several, under a number of seeds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.data import find_dataset
from benchmark.data.image_folder import folder_of
from benchmark.files import require_file_name
from benchmark.guest import guest
from benchmark.plugins import UserError, declared, declared_as, naming_exits, spelling
from benchmark.study.planning.names import TUNED, require_names, require_names_of
from benchmark.study.study import Study

if TYPE_CHECKING:
    import pandas as pd


def bench_study(
    losses: Sequence[str],
    dataset: str = "fashion-mnist",
    budget: str = "quick",
    *,
    seeds: int = 10,
    hyperparameters: str | None = None,
    variant: str | Sequence[str] = "paper",
    extractor: str = "layers",
) -> Study:
    """The study that trains each loss's default setting under the seeds 0 ... seeds - 1.

    Args:
        hyperparameters: ``paper``, ``tuned``, or the path of a table of trials whose best settings are taken; by default
            ``tuned`` at the budgets that have them (quick and standard) and ``paper`` elsewhere.
        variant: one variant of the losses, or several, each of which is trained.

    Raises:
        UserError: an unknown loss or data set, or an argument that is no name or number where one is needed.
    """
    for name, value in {"dataset": dataset, "budget": budget, **{f"losses[{i}]": v for i, v in enumerate(losses)}}.items():
        if not isinstance(value, str):
            raise UserError(f"{name} is {value!r}; a name is needed.")
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise UserError(f"seeds is {seeds!r}; a whole number of 1 or more is needed.")
    variants = (variant,) if isinstance(variant, str) else tuple(variant)
    require_names(losses=losses, datasets=[dataset], extractor=extractor)
    if folder_of(dataset) is not None:
        from benchmark.metrics.extractors import find_extractor, require_learnable  # load torch

        require_learnable([dataset], find_extractor(extractor))  # before any image is read
    found, dataset_class, preset = loss_keys(losses), find_dataset(dataset), spelling(budget)
    if hyperparameters == "none":
        raise UserError(
            "hyperparameters is 'none': a bench trains one setting. Known: paper, tuned, or the trials.csv of a study."
        )
    usual = "tuned" if preset in TUNED else "paper"
    defaults = hyperparameters or usual
    parts = [named(found), dataset_class.key, preset, *(variants if variants != ("paper",) else ())]
    # Beside what is usual: benches of different options have tables in different folders.
    parts += [in_a_name(value) for value, unless in ((defaults, usual), (extractor, "layers")) if value != unless]
    name = "-".join(parts)
    remedy = "Give the loss or the data set a shorter name, or bench fewer losses at once"
    require_file_name(f"{name}.json", "The study", remedy)
    study = Study(
        name=name,
        losses=tuple(dict.fromkeys(losses)),
        datasets=(dataset,),
        budget={"preset": preset},
        seeds=tuple(range(seeds)),
        defaults=defaults,
        metrics=dataset_class.metrics,
        variants=variants,
        extractor=extractor,
    )
    require_names_of(study)
    return study


def named(losses: Sequence[str]) -> str:
    """The losses of these keys in a folder's name; a hash in place of many."""
    if set(losses) == {*of_paper()}:
        return "all"
    joined = "-".join(losses)
    return joined if len(joined) <= 60 else f"{len(losses)}-losses-{hashlib.sha256(joined.encode()).hexdigest()[:8]}"


def in_a_name(option: str) -> str:
    """An option's value in a folder's name; of a file, its name and its folder's."""
    return re.sub(r"[^\w.-]+", "-", "-".join(Path(option).with_suffix("").parts[-2:])).strip("-.")


def loss_keys(names: Sequence[str]) -> list[str]:
    """The keys of the losses called so, each once."""
    if any(name.endswith(".py") for name in names):
        from benchmark.study.planning.resolution import find_losses  # which loads torch, as a user's own file does

        return [cls.key for cls in find_losses(names).values()]
    found: dict[str, None] = {}
    for name in names:
        found |= dict.fromkeys(of_paper() if spelling(name) == "all" else [declared_as("loss", name, "benchmark.losses").key])
    return [*found]


def of_paper() -> list[str]:
    """The keys of the paper's losses."""
    return [key for key, said in declared("benchmark.losses").items() if said.in_paper]


@guest()
@naming_exits()
def bench(
    *losses: str,
    seeds: int = 10,
    dataset: str = "fashion-mnist",
    budget: str = "quick",
    hyperparameters: str | None = None,
    variant: str | Sequence[str] = "paper",
    extractor: str = "layers",
    results: str | Path = "results",
    data: str | Path = "data",
    device: str = "auto",
    compiled: bool = True,
    population: int | None = None,
    threads: int = 1,
    tensorboard: bool = False,
) -> pd.DataFrame:
    """The table of trials of the losses, one row each, under the seeds 0 ... seeds - 1.

    The trials run in this process. Those that the results folder has already are not computed again. The published files
    are those of ``ganbench bench``.

    Args:
        losses: names in any spelling, or files; all losses of the package if there is none.
        seeds: how many trials each loss has.
        dataset: a name, a file, or a folder of images.
        budget: ``smoke``, ``quick``, ``standard`` or ``paper``.
        hyperparameters: ``paper``, ``tuned``, or the path of a table of trials whose best settings are taken; by default
            ``tuned`` at the budgets that have them (quick and standard) and ``paper`` elsewhere.
        variant: one variant of the losses, or several, each of which is trained.
        extractor: whose features the score compares.
        results: the folder for results.
        data: the folder for the files of data sets.
        device: ``cpu``, ``cuda`` or ``auto``.
        compiled: whether the training step is compiled where that is faster.
        population: how many trials are trained together; None for what is usual on the device.
        threads: CPU threads. One makes a result independent of the number of cores.
        tensorboard: whether logs are written, to ``tensorboard/`` in the results folder.

    Raises:
        UserError: an unknown name, or anything else the user can put right; nothing computed is lost.

    Examples:
        Twenty steps on points of the plane, which need no download:

        >>> import benchmark
        >>> table = benchmark.bench("wgan", dataset="ring", budget="smoke", seeds=1)
        >>> table[["loss", "dataset", "seed", "status"]].to_dict("records")
        [{'loss': 'wgan', 'dataset': 'ring', 'seed': 0, 'status': 'ok'}]
    """
    from benchmark.study.run import run_study
    from benchmark.study.running.contexts import Resources

    resources = Resources(
        results=Path(results),
        data=Path(data),
        device=device,
        compiled=compiled,
        population=population,
        threads=threads,
        tensorboard=tensorboard,
    )
    study = bench_study(
        losses or ("all",),
        dataset,
        budget,
        seeds=seeds,
        hyperparameters=hyperparameters,
        variant=variant,
        extractor=extractor,
    )
    published = run_study(study, resources, folder=bench_folder(resources.results, study.name), cut=True)
    assert published is not None  # this process trained them to their end
    return published.trials


def bench_folder(results: Path, name: str) -> Path:
    """Where the table of such a study goes."""
    return results / "bench" / name
