"""``bench`` as a study: one or several losses, each under several seeds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.data import find_dataset
from benchmark.data.image_folder import folder_of
from benchmark.factors import NORMALISATION, PENALTY, VARIANT
from benchmark.files import require_file_name
from benchmark.guest import guest
from benchmark.plugins import UserError, naming_exits, spelling
from benchmark.study.planning.names import TUNED, loss_keys, require_defaults, require_names, value_keys
from benchmark.study.study import Study
from benchmark.validation import brief

if TYPE_CHECKING:
    import pandas as pd


def bench_study(
    losses: Sequence[str],
    dataset: str = "fashion-mnist",
    budget: str = "quick",
    *,
    seeds: int = 10,
    hyperparameters: str | None = None,
    variant: str | Sequence[str] = VARIANT.usual,
    penalty: str | Sequence[str] = PENALTY.usual,
    normalisation: str | Sequence[str] = NORMALISATION.usual,
    extractor: str = "layers",
) -> Study:
    """The study that trains each loss's default setting under the seeds 0 ... seeds - 1.

    Args:
        hyperparameters: ``paper``, ``tuned``, or the path of a table of trials whose best settings are taken; by default
            ``tuned`` at the budgets that have them (quick and standard) and ``paper`` elsewhere.
        variant, penalty, normalisation: one value of the factor, or several: every loss is trained with each of them.

    Raises:
        UserError: an unknown name, or an argument that is not a name or number where one is needed.
    """
    for name, value in {"dataset": dataset, "budget": budget, **{f"losses[{i}]": v for i, v in enumerate(losses)}}.items():
        if not isinstance(value, str):
            raise UserError(f"{name} is {value!r}; a name is needed.")
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise UserError(f"seeds is {seeds!r}; a whole number of 1 or more is needed.")
    given = {VARIANT: variant, PENALTY: penalty, NORMALISATION: normalisation}
    keys = loss_keys(losses)
    values = {factor: value_keys(factor, several(factor.name, names)) for factor, names in given.items()}
    require_names(datasets=[dataset], extractor=extractor)
    if folder_of(dataset) is not None:
        from benchmark.metrics.extractors import find_extractor, require_learnable  # load torch

        require_learnable([dataset], find_extractor(extractor))  # before any image is read
    dataset_class, preset = find_dataset(dataset), spelling(budget)
    if hyperparameters == "none":
        raise UserError(
            "hyperparameters is 'none': a bench trains one setting. Known: paper, tuned, or the trials.csv of a study."
        )
    usual = "tuned" if preset in TUNED else "paper"
    defaults = hyperparameters or usual
    require_defaults(defaults, preset)
    # Options that are not the usual ones are part of the name: each combination of options has a folder of its own.
    unusual = [part for f, chosen in values.items() if chosen != (f.usual,) for part in in_names(f.name, chosen)]
    parts = [named(in_names("loss", keys)), dataset_class.key, preset, *unusual]
    parts += [in_a_name(value) for value, unless in ((defaults, usual), (extractor, "layers")) if value != unless]
    name = "-".join(parts)
    remedy = "Give the loss or the data set a shorter name, or bench fewer losses at once"
    require_file_name(f"{name}.json", "The study", remedy)
    chosen: dict[str, Any] = {factor.plural: keys_of for factor, keys_of in values.items()}
    return Study(
        name=name,
        losses=keys,
        datasets=(dataset,),
        budget={"preset": preset},
        seeds=tuple(range(seeds)),
        defaults=defaults,
        metrics=dataset_class.metrics,
        extractor=extractor,
        **chosen,
    )


def several(argument: str, given: object) -> tuple[str, ...]:
    """The name, or the names, that an argument gives."""
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, list | tuple) or not names or not all(isinstance(name, str) for name in names):
        raise UserError(f"{argument} is {brief(given)}; a name or a list of names is needed.")
    return tuple(names)


def named(losses: Sequence[str]) -> str:
    """The part of a folder's name for the losses of these keys; a hash if they are many."""
    if set(losses) == {*loss_keys(["all"])}:
        return "all"
    joined = "-".join(losses)
    return joined if len(joined) <= 60 else f"{len(losses)}-losses-{hashlib.sha256(joined.encode()).hexdigest()[:8]}"


def in_names(kind: str, keys: Sequence[str]) -> list[str]:
    """The keys, with those of the classes in place of a user's files."""
    if not any(key.endswith(".py") for key in keys):
        return [*keys]
    from benchmark.study.planning.resolution import FINDERS  # loads torch, as a user's own file does

    return [FINDERS[kind](key).key if key.endswith(".py") else key for key in keys]


def in_a_name(option: str) -> str:
    """The part of a folder's name for an option's value; for a file, its name and its folder's name."""
    return re.sub(r"[^\w.-]+", "-", "-".join(Path(option).with_suffix("").parts[-2:])).strip("-.")


@guest()
@naming_exits()
def bench(
    *losses: str,
    seeds: int = 10,
    dataset: str = "fashion-mnist",
    budget: str = "quick",
    hyperparameters: str | None = None,
    variant: str | Sequence[str] = "paper",
    penalty: str | Sequence[str] = "none",
    normalisation: str | Sequence[str] = "setting",
    extractor: str = "layers",
    results: str | Path = "results",
    data: str | Path = "data",
    device: str = "auto",
    compiled: bool = True,
    population: int | None = None,
    threads: int = 1,
    tensorboard: bool = False,
) -> pd.DataFrame:
    """Trains losses under the seeds 0 ... seeds - 1, and returns the table of trials, one row each.

    The trials run in this process. Those that the results folder has already are not computed again. It publishes the same
    files as ``ganbench bench``.

    Args:
        losses: names in any spelling, or files; the paper's eight if there is none.
        seeds: how many trials each loss has.
        dataset: a name, a file, or a folder of images.
        budget: ``smoke``, ``quick``, ``standard`` or ``paper``.
        hyperparameters: ``paper``, ``tuned``, or the path of a table of trials whose best settings are taken; by default
            ``tuned`` at the budgets that have them (quick and standard) and ``paper`` elsewhere.
        variant: one variant of the losses, or several: every loss is trained in each of them.
        penalty: a quantity that is added to the discriminator's loss; one name or file, or several: every loss is trained with
            each of them.
        normalisation: of the discriminator, in the same way; ``setting`` is batch norm or none, as the setting says.
        extractor: the name or file of the extractor whose features the score compares.
        results: the folder for results.
        data: the folder for the files of data sets.
        device: ``cpu``, ``cuda`` or ``auto``.
        compiled: whether the training step is compiled where that is faster.
        population: how many trials are trained together; None for the device's usual number.
        threads: CPU threads. One makes a result independent of the number of cores.
        tensorboard: whether logs are written, to ``tensorboard/`` in the results folder.

    Raises:
        UserError: an unknown name, or anything else that the user can fix; nothing computed is lost.

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
        penalty=penalty,
        normalisation=normalisation,
        extractor=extractor,
    )
    published = run_study(study, resources, folder=bench_folder(resources.results, study.name), cut=True)
    assert published is not None  # this process trained them to their end
    return published.trials


def bench_folder(results: Path, name: str) -> Path:
    """The folder for the table of a study that ``bench`` makes."""
    return results / "bench" / name
