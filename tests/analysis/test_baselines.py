from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmark.analysis.baselines import choose, compare, identities, sentence
from benchmark.analysis.trials import checked
from benchmark.plugins import UserError

pytestmark = pytest.mark.slow

COMMON = {
    "dataset": "mnist",
    "status": "ok",
    "score": "fid_classifier",
    "budget": "quick",
    "steps": 1000,
    "width": 0.25,
    "extractor_fingerprint": "abc",
    "images": 10_000,
}


def trials(**scores: list[float]) -> pd.DataFrame:
    """Seeds of one setting of each loss; infinite scores are of diverged trials."""
    rows = [
        COMMON | {"loss": loss, "sample": 0, "seed": i, "best": v, "status": "ok" if np.isfinite(v) else "diverged"}
        for loss, values in scores.items()
        for i, v in enumerate(values)
    ]
    return checked(pd.DataFrame(rows))


BASELINES = trials(lsgan=[10.0, 11.0, 12.0], wgan=[5.0, 5.2, 5.1], vae=[30.0, 31.0, 32.0])


def test_the_verdicts_and_their_joint_interval() -> None:
    rows = compare(trials(hinge=[5.0, 5.3, 5.2]), "hinge", BASELINES, margin=1)
    assert dict(zip(rows["baseline"], rows["verdict"], strict=True)) == {
        "LS GAN": "better",
        "WGAN": "equivalent",
        "VAE": "better",
    }
    welch = stats.ttest_ind([5.0, 5.3, 5.2], [5.0, 5.2, 5.1], equal_var=False).confidence_interval(1 - 0.05 / 3)
    wgan = rows[rows["baseline"] == "WGAN"].iloc[0]
    assert (wgan["low"], wgan["high"]) == pytest.approx(tuple(welch)) and wgan["more_trials"] == "0"
    said = sentence(rows, 1)
    assert said == "MNIST: hinge is better than LS GAN, VAE; equivalent to WGAN (margin 1, joint confidence 95%)."


def test_of_many_studies_of_equal_losses_few_have_a_wrong_verdict() -> None:
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(100):
        drawn = {loss: list(rng.normal(10, 1, 8)) for loss in ("lsgan", "wgan", "vae")}
        rows = compare(trials(hinge=list(rng.normal(10, 1, 8))), "hinge", trials(**drawn), margin=0)
        wrong += rows["verdict"].isin(["better", "worse"]).any()
    assert wrong / 100 <= 0.05 + 3 * 0.0218


def test_a_table_is_compared_within_itself() -> None:
    rows = compare(BASELINES, "LS GAN", BASELINES, margin=1)
    assert dict(zip(rows["baseline"], rows["verdict"], strict=True)) == {"WGAN": "worse", "VAE": "better"}


def test_an_earlier_version_of_a_loss_is_a_baseline_and_told_apart() -> None:
    now, before = (trials(**{f"mine@{digest}": scores}) for digest, scores in (("2", [5.0, 5.1, 5.2]), ("1", [9.0, 9.1, 9.3])))
    (row,) = compare(now, "mine", before, margin=1).to_dict("records")
    assert (row["loss"], row["baseline"], row["verdict"]) == ("mine@2", "mine@1", "better")
    rows = compare(now, "mine", pd.concat([before, BASELINES]), margin=1)
    assert set(rows["baseline"]) == {"mine@1", "LS GAN", "WGAN", "VAE"}
    with pytest.raises(UserError, match="nothing but mine@2 itself"):
        compare(now, "mine", now, margin=1)


def test_advice_finds_trials_in_both_tables_or_is_not_given() -> None:
    ours = trials(hinge=[1.0, 2.0, 1.5]).assign(budget="smoke")
    with pytest.raises(UserError, match="different budget") as error:
        compare(ours, "hinge", BASELINES, margin=1)
    assert "--where" not in str(error.value) and "no budget in common" in str(error.value)
    both = pd.concat([BASELINES, trials(mmgan=[8.0, 9.0]).assign(budget="smoke")])
    with pytest.raises(UserError, match="different budget") as error:
        compare(ours, "hinge", both, margin=1)
    assert str(error.value).endswith("--where budget=smoke")
    with pytest.raises(UserError, match="different chosen_by") as error:  # a column that only one of the tables has
        compare(ours.assign(budget="quick", chosen_by="fid_inception"), "hinge", BASELINES, margin=1)
    assert "--where" not in str(error.value)


def test_undecided_says_how_many_more() -> None:
    rows = compare(trials(hinge=[9.0, 12.0, 11.0]), "hinge", BASELINES, margin=1)
    row = rows[rows["baseline"] == "LS GAN"].iloc[0]
    assert row["verdict"] == "undecided" and int(row["more_trials"]) > 3


def test_a_diverged_trial_counts_as_the_worst_score_of_both_tables() -> None:
    rows = compare(trials(hinge=[5.0, 5.2, np.inf]), "hinge", BASELINES, margin=1)
    assert rows["mean"].iloc[0] == pytest.approx((5.0 + 5.2 + 32.0) / 3) and rows["without_score"].iloc[0] == 1


def test_one_trial_is_undecided() -> None:
    rows = compare(trials(hinge=[1.0]), "hinge", BASELINES, margin=1)
    assert set(rows["verdict"]) == {"undecided"} and set(rows["more_trials"]) == {"unknown from one trial"}


@pytest.mark.parametrize("column", ["budget", "steps", "width", "score", "extractor_fingerprint", "images"])
def test_another_budget_or_extractor_is_refused(column: str) -> None:
    other = trials(hinge=[1.0, 2.0]).assign(**{column: "another"})
    with pytest.raises(UserError, match=f"different {column} cannot be compared"):
        compare(other, "hinge", BASELINES, margin=1)


def test_scores_of_evaluations_that_other_scores_chose_are_refused() -> None:
    # The lowest of all evaluations' scores is below that of the evaluation with the lowest other score, whatever the loss.
    ours = trials(hinge=[1.0, 2.0])
    for sides in ((ours.assign(chosen_by="fid_inception"), BASELINES), (ours, BASELINES.assign(chosen_by="fid_inception"))):
        with pytest.raises(UserError, match="different chosen_by cannot be compared"):
            compare(sides[0], "hinge", sides[1], margin=1)
    both = [side.assign(chosen_by="fid_inception") for side in (ours, BASELINES)]
    assert len(compare(both[0], "hinge", both[1], margin=1)) == 3
    assert len(compare(ours.assign(chosen_by="fid_classifier"), "hinge", BASELINES, margin=1)) == 3  # its own score chose


def test_what_cannot_be_compared_is_said() -> None:
    ours = trials(hinge=[1.0, 2.0])
    cases = [
        (ours.assign(dataset="cifar10"), BASELINES, 1, "No baseline shares a data set with hinge"),
        (trials(hinge=[np.inf, np.inf]), BASELINES, 1, "No trial of hinge on mnist ended ok"),
        (ours, trials(lsgan=[np.inf]), 1, "No trial of the baselines on mnist ended ok"),
        (ours.assign(sample=ours["seed"], seed=0), BASELINES, 1, "vary over samples, those of the baselines over seeds"),
        (ours, ours, 1, "nothing but hinge"),
        (ours, BASELINES, -1, "0 or more"),
        (ours, BASELINES, np.nan, "0 or more"),
    ]
    for table, baselines, margin, said in cases:
        with pytest.raises(UserError, match=said) as error:
            compare(table, "hinge", baselines, margin=margin)
        assert len(str(error.value).splitlines()) <= 2
    with pytest.raises(UserError, match="confidence"):
        compare(ours, "hinge", BASELINES, margin=1, confidence=95)


def test_a_loss_is_found_in_any_spelling() -> None:
    table = trials(**{"lsgan": [1.0], "hinge@abc": [2.0]})
    assert choose(table, "ls-gan") == choose(table, "LSGAN") == "LS GAN"
    assert choose(table, "Hinge") == choose(table, "hinge@abc") == "hinge"
    with pytest.raises(UserError, match="Did you mean hinge"):
        choose(table, "hing")
    variants = table.drop(columns="name").assign(variant=["v1", "paper"])
    optimisers = variants.assign(optimiser="rmsprop")
    with pytest.raises(UserError, match=r"more than one loss of the table: LS GAN \(v1\); LS GAN \(v1, rmsprop\)"):
        choose(checked(pd.concat([variants, optimisers])), "lsgan")


def crossed(**scores: list[float]) -> pd.DataFrame:
    """Seeds of LS GAN with penalties, which the keywords name."""
    parts = [trials(lsgan=values).drop(columns="name").assign(penalty=penalty) for penalty, values in scores.items()]
    return checked(pd.concat(parts, ignore_index=True))


def test_a_loss_with_a_penalty_is_judged_against_itself_without() -> None:
    table = crossed(r1=[1.0, 1.1, 1.2], none=[9.0, 9.1, 9.2], gp=[9.0, 9.2, 9.4])
    rows = compare(table, "LS GAN + r1", table, margin=1)
    assert dict(zip(rows["baseline"], rows["verdict"], strict=True)) == {"LS GAN": "better", "LS GAN + gp": "better"}
    old = crossed(none=[9.0, 9.1, 9.2]).drop(columns="penalty")  # from before there were penalties
    (row,) = compare(table, "ls gan + R1", old, margin=1).to_dict("records")
    assert (row["loss"], row["baseline"], row["verdict"]) == ("LS GAN + r1", "LS GAN", "better")
    assert identities(old).iloc[0] in set(identities(table))
    assert choose(table, "lsgan") == "LS GAN"  # its name, and those of others begin with it
    with pytest.raises(UserError, match=r"more than one loss of the table: LS GAN \+ gp, LS GAN \+ r1"):
        choose(table[table["penalty"] != "none"], "lsgan")


def test_a_verdict_shows_where_a_name_with_a_comma_ends() -> None:
    rows = [trials(lsgan=[9.0, 9.1]).drop(columns="name").assign(normalisation=n) for n in ("spectral", "batch")]
    both = checked(pd.concat([*rows, trials(wgan=[1.0, 1.1]).drop(columns="name")], ignore_index=True))
    said = sentence(compare(both, "wgan", both, margin=1), 1)
    assert "better than LS GAN, batch; LS GAN, spectral (margin" in said
