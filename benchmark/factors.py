"""The factors that a study crosses with losses, data sets and seeds. Each is declared once, here; other modules iterate.

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
        name: the factor's name, in trials, table columns and messages.
        plural: the name of a study's list of values, in study files too.
        usual: the usual value, which names and pictures leave out.
        usual_name: the usual value's name in print, if a table has a column of such names.
        meaning: of the table's column, in one sentence.
        package: the folder of the classes that its values name, one file each; empty if the values are words.
        joined: the text between the loss's name in print and the value's; if empty, the value is shown in brackets.
        of_loss: whether its value is part of the loss that is trained; the optimiser's is not.
        always_said: whether identities and hashes include even its usual value. Those of the two oldest factors do. A newer
            factor's usual value is left out, so that older ids and hashes stay valid.
        own_draws: whether each unusual value has random settings of its own; a search that crosses such factors then tries
            more different settings of each loss.
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
        """Whether identities include this value."""
        return self.always_said or value != self.usual


VARIANT = Factor(
    name="variant",
    plural="variants",
    usual="paper",
    meaning="The definition of the loss: its paper's, the released code's (v1), or another that the loss declares.",
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
    meaning="The key of the penalty that is added to the discriminator's loss.",
    usual_name="no penalty",
    package="benchmark.penalties",
    joined=" + ",
    own_draws=True,
)
NORMALISATION = Factor(
    name="normalisation",
    plural="normalisations",
    usual="setting",
    meaning="The discriminator's normalisation: its key, or setting if discriminator_batch_norm decides.",
    usual_name="as the setting says",
    package="benchmark.normalisations",
    joined=", ",
    own_draws=True,
)
FACTORS = (VARIANT, OPTIMISER, PENALTY, NORMALISATION)
"""All factors, in the order of names and of a plan's trials."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """A value of each factor. The value of a user's own file is its class's key, followed by ``@`` and a hash of the file."""

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
        """Only the choices, from a record that has more fields, such as a trial."""
        return Choices(**{factor.name: self.of(factor) for factor in FACTORS})

    @property
    def of_loss(self) -> Choices:
        """The choices that are part of a loss; the others have their usual values."""
        return replace(self.choices, **{factor.name: factor.usual for factor in FACTORS if not factor.of_loss})

    @property
    def said(self) -> dict[str, str]:
        """The choices that identities include, by name."""
        return {factor.name: value for factor in FACTORS if factor.is_said(value := self.of(factor))}

    @property
    def unusual(self) -> dict[str, str]:
        """The choices that do not have their usual value, by name."""
        return {factor.name: value for factor in FACTORS if (value := self.of(factor)) != factor.usual}

    @property
    def stream(self) -> tuple[str, ...]:
        """Parts of the name of a random stream of settings; without a file's hash, so that editing it changes no draw."""
        values = {factor.name: self.of(factor).partition("@")[0] for factor in FACTORS if factor.own_draws}
        return tuple(f"{name}={values[name]}" for name in values if name in self.unusual)


USUAL = Choices()
"""The usual value of every factor."""


def said_in(choices: Iterable[Choices]) -> list[Factor]:
    """The factors that are columns of a table of these: those that are always said, and those with an unusual value."""
    unusual = {name for each in choices for name in each.unusual}
    return [factor for factor in FACTORS if factor.always_said or factor.name in unusual]


def in_print(loss: str, words: Mapping[str, str]) -> str:
    """A loss's name with its unusual choices: ``NS GAN + R1, spectral norm (v1, rmsprop)``.

    Args:
        words: the unusual values in print, by the factors' names.
    """
    named = "".join(factor.joined + words[factor.name] for factor in FACTORS if factor.joined and factor.name in words)
    others = ", ".join(words[factor.name] for factor in FACTORS if not factor.joined and factor.name in words)
    return f"{loss}{named} ({others})" if others else f"{loss}{named}"
