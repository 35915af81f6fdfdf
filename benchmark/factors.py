"""What a study crosses beside losses, data sets and seeds: each such factor is said once, here, and everybody iterates.

A further factor is an entry of ``FACTORS``, a field of ``Choices`` and one of ``Study``; its values may be classes in a
folder of their own, one file each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Factor:
    """One of the choices that make a trial.

    Attributes:
        name: of the choice, in a trial, in a table's column and in messages.
        plural: of a study's list of values, in study files too.
        usual: the value that needs no saying: names and pictures leave it out.
        usual_name: in print, where a table has a column of such names.
        meaning: of the table's column, in one sentence.
        package: the folder of the classes that its values name, one file each; empty where the values are words.
        joined: what stands between the loss's name in print and the value's; without it the value stands in brackets.
        of_loss: whether its value makes another loss of the loss; the optimiser's does not.
        always_said: whether identities and hashes have even its usual value. It is so of the two oldest; a newer factor's
            usual value is left out, so that ids and hashes from before it stay what they are.
        own_draws: whether an unusual value has random settings of its own, so that a level of a crossed factor has as many
            different settings as the cells of the study that have it together.
    """

    name: str
    plural: str
    usual: str
    meaning: str
    usual_name: str = ""
    package: str = ""
    joined: str = ""
    of_loss: bool = True
    always_said: bool = False
    own_draws: bool = False

    def is_said(self, value: str) -> bool:
        """Whether identities have this value."""
        return self.always_said or value != self.usual


VARIANT = Factor(
    name="variant",
    plural="variants",
    usual="paper",
    meaning="Whose definition of the loss it is: its paper's or the released code's.",
    always_said=True,
)
OPTIMISER = Factor(
    name="optimiser",
    plural="optimisers",
    usual="adam",
    meaning="The optimiser of all its networks.",
    of_loss=False,
    always_said=True,
)
PENALTY = Factor(
    name="penalty",
    plural="penalties",
    usual="none",
    meaning="What the discriminator minimises beside its loss: the penalty's key.",
    usual_name="no penalty",
    package="benchmark.penalties",
    joined=" + ",
    own_draws=True,
)
NORMALISATION = Factor(
    name="normalisation",
    plural="normalisations",
    usual="setting",
    meaning="The discriminator's normalisation: its key, or that the hyperparameter discriminator_batch_norm says it.",
    usual_name="as the setting says",
    package="benchmark.normalisations",
    joined=", ",
    own_draws=True,
)
FACTORS = (VARIANT, OPTIMISER, PENALTY, NORMALISATION)
"""In the order of names and of a plan's trials."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """A value of each factor; of a user's own file its class's key, followed by ``@`` and a hash of the file."""

    variant: str = VARIANT.usual
    optimiser: str = OPTIMISER.usual
    penalty: str = PENALTY.usual
    normalisation: str = NORMALISATION.usual

    def of(self, factor: Factor) -> str:
        """The value of a factor."""
        value: str = getattr(self, factor.name)
        return value

    @property
    def choices(self) -> Choices:
        """These alone, of a record that has more, such as a trial."""
        return Choices(**{factor.name: self.of(factor) for factor in FACTORS})

    @property
    def of_loss(self) -> Choices:
        """Those that make another loss of a loss; the others are the usual ones."""
        return replace(self.choices, **{factor.name: factor.usual for factor in FACTORS if not factor.of_loss})

    @property
    def said(self) -> dict[str, str]:
        """Those that identities have, by name."""
        return {factor.name: value for factor in FACTORS if factor.is_said(value := self.of(factor))}

    @property
    def unusual(self) -> dict[str, str]:
        """Those that are not the usual ones, by name."""
        return {factor.name: value for factor in FACTORS if (value := self.of(factor)) != factor.usual}

    @property
    def stream(self) -> tuple[str, ...]:
        """What is added to the name of a random stream of settings; without a file's hash, so that an edit changes no draw."""
        values = {factor.name: self.of(factor).partition("@")[0] for factor in FACTORS if factor.own_draws}
        return tuple(f"{name}={values[name]}" for name in values if name in self.unusual)


USUAL = Choices()
"""The usual value of every factor."""


def said_in(choices: Iterable[Choices]) -> list[Factor]:
    """The factors that a table of these has columns of: those always said, and those of which one has an unusual value."""
    unusual = {name for each in choices for name in each.unusual}
    return [factor for factor in FACTORS if factor.always_said or factor.name in unusual]


def in_print(loss: str, words: Mapping[str, str]) -> str:
    """A loss's name with what is unusual about it: ``NS GAN + R1, spectral norm (v1, rmsprop)``.

    Args:
        words: the unusual values in print, by the factors' names.
    """
    named = "".join(factor.joined + words[factor.name] for factor in FACTORS if factor.joined and factor.name in words)
    others = ", ".join(words[factor.name] for factor in FACTORS if not factor.joined and factor.name in words)
    return f"{loss}{named} ({others})" if others else f"{loss}{named}"
