"""How losses, scores and hyperparameters are called and drawn, the same in every table and figure."""

from __future__ import annotations

from dataclasses import dataclass

NAMES = {
    "mmgan": "MM GAN",
    "nsgan": "NS GAN",
    "lsgan": "LS GAN",
    "wgan": "WGAN",
    "wgangp": "WGAN GP",
    "dragan": "DRAGAN",
    "began": "BEGAN",
    "vae": "VAE",
}
SCORE_NAMES = {"fid_classifier": "FID (features of the embedded classifier)", "fid_inception": "FID (Inception-v3 features)"}
DATASET_NAMES = {
    "mnist": "MNIST",
    "fashion-mnist": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
    "celeba": "CelebA",
    "triangles": "Triangles",
    "squares": "Squares",
}
HYPERPARAMETER_NAMES = {
    "learning_rate": "learning rate",
    "beta1": "Adam beta1",
    "disc_iters": "D updates per G update",
    "discriminator_batch_norm": "batch norm in D",
}


@dataclass(frozen=True)
class Style:
    """How a loss is drawn: a colour, and a marker and a dash pattern that tell it apart in grey."""

    colour: str
    marker: str
    dashes: str | tuple[float, tuple[float, ...]]


# Okabe and Ito 2008, a palette that the common kinds of colour blindness keep apart.
STYLES = {
    "mmgan": Style("#0072B2", "o", "-"),
    "nsgan": Style("#56B4E9", "s", "--"),
    "lsgan": Style("#009E73", "^", "-."),
    "wgan": Style("#E69F00", "D", ":"),
    "wgangp": Style("#D55E00", "v", (0, (5, 1, 1, 1, 1, 1))),
    "dragan": Style("#CC79A7", "P", (0, (7, 2))),
    "began": Style("#F0E442", "X", (0, (3, 1))),
    "vae": Style("#000000", "*", (0, (1, 2))),
}
OWN = (Style("#7F7F7F", "h", "-"), Style("#A0522D", "<", "--"), Style("#6A51A3", ">", "-."))
"""A user's own losses."""


def key(loss: str) -> str:
    """The loss's key without the hash that marks a user's own file."""
    return loss.partition("@")[0]


def display_name(loss: str) -> str:
    """The loss's name in print; a user's own loss goes by its key."""
    return NAMES.get(key(loss), key(loss))


def label(loss: str, variant: str = "", optimiser: str = "") -> str:
    """The loss's name in print, with its variant unless ``paper`` and its optimiser unless ``adam``."""
    other = [part for part, usual in ((variant, "paper"), (optimiser, "adam")) if part not in ("", usual)]
    return display_name(loss) + (f" ({', '.join(other)})" if other else "")


def rank(name: str, loss: str) -> tuple[int, str, int, str]:
    """Sorts labels in the order of the paper's tables, users' own last, a loss's variants after it."""
    order = list(NAMES)
    place = order.index(key(loss)) if key(loss) in order else len(order)
    return place, loss, len(name) > len(display_name(loss)), name


def in_order(losses: list[str]) -> list[str]:
    """The losses in the order of the paper's tables, users' own last."""
    return sorted(losses, key=lambda loss: rank(display_name(loss), loss))


def style(name: str, names: list[str]) -> Style:
    """How the loss of that label is drawn among ``names``; users' own take their styles in turn."""
    base = name.partition(" (")[0]
    known = {NAMES[k]: s for k, s in STYLES.items()}
    if base in known:
        return known[base]
    own = sorted({n.partition(" (")[0] for n in names} - set(known))
    return OWN[own.index(base) % len(OWN)]


def colour(loss: str) -> str:
    """The loss's colour; a user's own loss is grey."""
    return STYLES[key(loss)].colour if key(loss) in STYLES else OWN[0].colour


def score_name(score: str) -> str:
    """The score's name in print."""
    return SCORE_NAMES.get(score, score)


def dataset_name(dataset: str) -> str:
    """The data set's name in print."""
    return DATASET_NAMES.get(dataset, dataset)


def hyperparameter_name(column: str) -> str:
    """The name in print of a column ``h_...``."""
    name = column.removeprefix("h_")
    return HYPERPARAMETER_NAMES.get(name, name.replace("_", " "))
