"""Ended trials from elsewhere: from another results folder, or from the records that lie beside a study's table."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmark.columns import ENDED
from benchmark.files import NotAFile, published_folders, read_inside, write_atomically
from benchmark.plugins import UserError, is_key
from benchmark.plurals import how_many
from benchmark.study.storage.leases import read_leases
from benchmark.study.storage.records.results import Result, checked_result
from benchmark.study.storage.store import Store, read_json
from benchmark.study.study import Study
from benchmark.study.trial import RESULT_VERSION, Trial
from benchmark.training.budget import Budget

RECORDS = "records.jsonl"
"""Beside a study's table: a line for each trial that has ended, with all that its result holds."""
GENERATORS = "generators"
"""Beside a study's table: the kept generators of some trials, by their ids."""
SAMPLES, GENERATOR = "samples.png", "generator.safetensors"
KEPT = re.compile(rf"{re.escape(SAMPLES)}|{re.escape(GENERATOR)}|\w[\w.-]*-\d+-[\w-]*\.json")
"""What a trial's folder may hold: samples, generator and later scores."""
ENDINGS = (".json", ".png", ".safetensors")
NAMED = 3  # conflicts that a message names


@dataclass(frozen=True, kw_only=True)
class Record:
    """An ended trial from elsewhere.

    Attributes:
        home: the folder from which it comes.
        files: the paths in it of what the trial kept, samples and generator for instance, by their names in a trial's folder.
    """

    trial: Trial
    result: Result
    home: Path = Path()
    files: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Transfer:
    """What became of the trials from elsewhere, by their ids.

    Attributes:
        taken: they had no result here, or a failure in place of which there is a score now.
        kept: they had the same result here, or a score in place of a failure there.
        running: a process trains them here: its results will be the ones.
        conflicts: both places have a result, and these differ: the one here stays.
        other_version: how many results there are of another version of the code, which no trial of this one can use.
        damaged: files that are no results of the trials that their names say.
        left: what is no plain file or folder where one should be: links, pipes, devices. Nothing behind them is taken.
    """

    taken: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    other_version: int = 0
    damaged: list[Path] = field(default_factory=list)
    left: list[Path] = field(default_factory=list)

    def text(self) -> str:
        """The counts in a line."""
        counts = {
            "taken": len(self.taken),
            "were here": len(self.kept),
            "being trained here and left": len(self.running),
            "of another version of results and left": self.other_version,
            "damaged and left": len(self.damaged),
            "links or no files, and left": len(self.left),
            "with another result here, which stays": len(self.conflicts),
        }
        told = [f"{count} {what}" for what, count in counts.items() if count or what in ("taken", "were here")]
        return f"Trials: {', '.join(told)}."


def write_records(trials: Iterable[Trial], store: Store, folder: Path) -> None:
    """Writes the results of the ended trials among these to the folder, a line of JSON each, in their order."""
    results = ((trial, store.result(trial)) for trial in trials)
    lines = [json.dumps({**vars(r), "identity": t.identity}, separators=(",", ":")) + "\n" for t, r in results if r]
    write_atomically(folder / RECORDS, "".join(lines).encode())


def restore(folder: Path, store: Store) -> Transfer:
    """Takes the trials that the table in the folder has records of, with their pictures, and generators if there are any.

    Raises:
        UserError: there are no records, damaged ones, or only such of another version of results.
    """
    transfer = Transfer()
    found, transfer.other_version = read_records(folder, transfer.left)
    return take(found, store, transfer)


def records_folder(study: str, results: Path) -> Path:
    """The folder of the published study of that name that has records: in these results, or where studies are published.

    Raises:
        UserError: none has them.
    """
    places = published_folders(study, results)
    found = next((place for place in places if (place / RECORDS).exists()), None)
    if found is None:
        raise no_records(" or ".join(map(str, places)))
    return found


def no_records(places: str) -> UserError:
    """What is said where there are no records."""
    return UserError(
        f"No {RECORDS} in {places}.\n"
        "Studies that ganbench run and ganbench collect publish have it beside their table; --from names its folder."
    )


def require_of_study(study: Study, folder: Path) -> None:
    """Checks that the table in the folder is the study's, by what it is published with; a changed study file may be its own.

    Raises:
        UserError: it is another study's.
    """
    said = read_json(folder / "provenance.json")
    if isinstance(said, dict) and said.get("study") != study.name and said.get("study_hash") != study.hash:
        raise UserError(f"{folder} holds the study {said.get('study')}, not {study.name}: name that one, or another folder.")


def read_records(folder: Path, left: list[Path] | None = None) -> tuple[list[Record], int]:
    """The trials that the table in the folder has records of; and how many more are of another version of results.

    Args:
        left: is told of the table if it is a link or no file, as ``Transfer.left``.

    Raises:
        UserError: as ``restore``.
    """
    path = folder / RECORDS
    try:
        lines = read_inside(folder, RECORDS).splitlines()
    except FileNotFoundError:
        raise no_records(str(folder)) from None
    pictures = published_pictures(folder, [] if left is None else left)
    found, other_version = [], 0
    for number, line in enumerate(lines, 1):
        try:
            content = json.loads(line)
        except (ValueError, RecursionError):
            content = None
        record = read_record(content, f"{path}, line {number}")
        if record is None:
            other_version += 1
            continue
        files = {GENERATOR: f"{GENERATORS}/{record.trial.id}.safetensors"}
        if record.trial.id in pictures:
            files[SAMPLES] = pictures[record.trial.id]
        found.append(replace(record, home=folder, files=files))
    if other_version and not found:
        raise UserError(
            f"{path} has {how_many(other_version, 'trial')}, of another version of results than this package's "
            f"({RESULT_VERSION}):\nits studies cannot use them. Restore them with the version that made them."
        )
    return found, other_version


def merge(other: Path, store: Store) -> Transfer:
    """Takes the trials of another results folder, with their samples, generators and later scores.

    Raises:
        UserError: it is the same folder, or holds no trials.
    """
    if other.resolve() == store.root.resolve():
        raise UserError(f"{other} is the results folder that would take its trials; name another one.")
    if not (other / "trials").is_dir():
        raise UserError(f"{other} has no folder trials: name a results folder, as --results of the run that filled it.")
    transfer = Transfer()
    return take(records_of(Store(other), transfer), store, transfer)


def records_of(store: Store, transfer: Transfer) -> Iterator[Record]:
    """The ended trials of a results folder; what is damaged, or leads out of the folder, is left and named in the transfer."""
    homes = [
        f"trials/{loss}/{dataset}"
        for loss in entries(store.root, "trials", transfer)[0]
        for dataset in entries(store.root, f"trials/{loss}", transfer)[0]
    ]
    for home in homes:
        folders, files = entries(store.root, home, transfer)
        for file in (*folders, *files):
            name, _, status = file.removesuffix(".json").rpartition(".")
            if status not in ENDED or not file.endswith(".json"):
                continue
            path = store.root / home / file
            try:
                record = read_record(json.loads(read_inside(store.root, f"{home}/{file}")), str(path))
            except FileNotFoundError:  # removed since
                continue
            except NotAFile:
                transfer.left.append(path)
                continue
            except (ValueError, RecursionError, UserError, IsADirectoryError):
                transfer.damaged.append(path)
                continue
            if record is None:
                transfer.other_version += 1
            elif record.trial.id != name or record.result.status != status:
                transfer.damaged.append(path)
            else:
                kept = entries(store.root, f"{home}/{name}", transfer)[1] if name in folders else []
                files_of = {file: f"{home}/{name}/{file}" for file in kept if KEPT.fullmatch(file)}
                yield replace(record, home=store.root, files=files_of)


def entries(root: Path, name: str, transfer: Transfer) -> tuple[list[str], list[str]]:
    """The names of the folders in a folder below the root, and of what may be files; of links whoever reads one finds out.

    Links in place of folders are left, and named in the transfer.
    """
    folder, folders, files = root / name, [], []
    if folder.is_symlink():
        transfer.left.append(folder)
        return [], []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.name)
        elif entry.is_symlink() and not entry.name.endswith(ENDINGS):
            transfer.left.append(Path(entry.path))
        else:
            files.append(entry.name)
    return folders, files


def take(records: Iterable[Record], store: Store, transfer: Transfer) -> Transfer:
    """Writes to the store what it lacks of the records; a result that it has is never replaced by another."""
    leased = {name for lease in read_leases(store.running) if lease.alive for name in lease.content.trials}
    for record in records:
        trial, theirs = record.trial, record.result
        ours = store.result(trial)
        if trial.id in leased:
            transfer.running.append(trial.id)
        elif ours is None or (ours.status == "failed" and theirs.status != "failed"):
            for name, path in record.files.items():  # before the result: what has one is whole
                try:
                    write_atomically(store.folder(trial) / name, read_inside(record.home, path))
                except FileNotFoundError:  # not kept
                    continue
                except (NotAFile, IsADirectoryError):
                    transfer.left.append(record.home / path)
            store.finish(trial, theirs)
            transfer.taken.append(trial.id)
        elif theirs.status != "failed" and outcome(ours) != outcome(theirs):
            transfer.conflicts.append(trial.id)
        else:
            transfer.kept.append(trial.id)
    return transfer


def outcome(result: Result) -> tuple[Any, ...]:
    """What two runs of one trial agree in if they gave the same."""
    return result.status, result.step, json.dumps(result.scores), json.dumps(result.fingerprints, sort_keys=True)


def read_record(content: Any, where: str) -> Record | None:
    """The trial and how it ended; None if it is of another version of results.

    Args:
        where: the content is from, for the error.

    Raises:
        UserError: it is no result of a trial.
    """
    try:
        identity = dict(content["identity"])
        if identity.pop("result_version") != RESULT_VERSION:
            return None
        identity |= {"budget": Budget(**identity["budget"]), "metrics": tuple(identity["metrics"])}
        trial = Trial(**identity)
        record = Record(trial=trial, result=checked_result(content, trial.id, content["status"]))
        whole = trial.identity == content["identity"]
        plain = all(is_key(part) for key in (trial.loss, trial.dataset, *trial.said.values()) for part in key.split("@"))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, UserError):
        whole = plain = False
    if not (whole and plain):  # keys become names of folders and pictures
        raise UserError(f"{where}: this is not the result of a trial; it was damaged or edited.")
    return record


def published_pictures(folder: Path, left: list[Path]) -> dict[str, str]:
    """The pictures of samples beside a table, as it names them, by the ids of their trials."""
    try:
        text = io.StringIO(read_inside(folder, "trials.csv").decode(), newline="")
        rows = [(row.get("id"), row.get("picture")) for row in csv.DictReader(text)]
    except NotAFile:
        left.append(folder / "trials.csv")
        return {}
    except (OSError, ValueError, csv.Error):
        return {}
    return {name: picture for name, picture in rows if name and picture}


def named(things: Sequence[object]) -> str:
    """The first few of them, and how many more there are."""
    more = f" and {len(things) - NAMED} more" if len(things) > NAMED else ""
    return f"{', '.join(map(str, things[:NAMED]))}{more}"


def damaged_text(damaged: Sequence[Path]) -> str:
    """What a user is told of files that were not taken."""
    return (
        f"{how_many(len(damaged), 'file')} without the result of the trial that its name says: {named(damaged)}.\n"
        "What was cut, damaged or renamed: copy it again, or train that trial here. All others are taken."
    )


def conflicts_text(conflicts: Sequence[str], other: Path, store: Store) -> str:
    """What a user is told of trials whose results differ."""
    return (
        f"{how_many(len(conflicts), 'trial')} with different results in {other} and in {store.root}: {named(conflicts)}.\n"
        "The ones here stay. Results differ between kinds of machines; both are valid, but a table needs one."
    )


def left_text(left: Sequence[Path]) -> str:
    """What a user is told of links, pipes and devices."""
    return (
        f"{len(left)} links, or what else is no plain file of the folder's own, were left: {named(left)}.\n"
        "Nothing behind them is taken: put the files in their places. All others are taken."
    )
