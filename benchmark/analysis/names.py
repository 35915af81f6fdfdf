"""How losses, scores and hyperparameters are called, the same in every table and figure."""

from __future__ import annotations

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
