"""Copies ended trials from another results folder, or from the records next to a published study's table."""

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
"""The file next to a study's table with a line for each ended trial, which has its whole result."""
GENERATORS = "generators"
"""The folder next to a study's table with the kept generators of some trials, named by their ids."""
SAMPLES, GENERATOR = "samples.png", "generator.safetensors"
KEPT = re.compile(rf"{re.escape(SAMPLES)}|{re.escape(GENERATOR)}|\w[\w.-]*-\d+-[\w-]*\.json")
"""Files that a trial's folder may hold: samples, generator and later scores."""
ENDINGS = (".json", ".png", ".safetensors")
NAMED = 3  # a message names so many trials or files


@dataclass(frozen=True, kw_only=True)
class Record:
    """An ended trial from another folder.

    Attributes:
        home: the folder from which it comes.
        files: paths in ``home`` of the trial's files, such as samples and generator, by their names in a trial's folder.
    """

    trial: Trial
    result: Result
    home: Path = Path()
    files: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Transfer:
    """What happened to the trials from another folder, by their ids.

    Attributes:
        taken: copied; they had no result here, or had failed here but not there.
        kept: they have the same result here, or failed only there.
        running: not copied, because a process trains them here.
        conflicts: both places have a result, and these differ; the one here stays.
        other_version: how many results there are of another version of the code, which this version cannot use.
        damaged: files that are not results of the trials in their names.
        left: links, pipes or devices in place of files or folders; nothing behind them is copied.
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
            "copied": len(self.taken),
            "were here": len(self.kept),
            "not copied, being trained here": len(self.running),
            "not copied, of another version of results": self.other_version,
            "not copied, damaged": len(self.damaged),
            "not copied, links or special files": len(self.left),
            "with another result here, which stays": len(self.conflicts),
        }
        told = [f"{count} {what}" for what, count in counts.items() if count or what in ("copied", "were here")]
        return f"Trials: {', '.join(told)}."


def write_records(trials: Iterable[Trial], store: Store, folder: Path) -> None:
    """Writes the results of those of the trials that have ended to the folder, a line of JSON each, in their order."""
    results = ((trial, store.result(trial)) for trial in trials)
    lines = [json.dumps({**vars(r), "identity": t.identity}, separators=(",", ":")) + "\n" for t, r in results if r]
    write_atomically(folder / RECORDS, "".join(lines).encode())


def restore(folder: Path, store: Store) -> Transfer:
    """Copies the trials in a published table's records, with their pictures, and with generators if there are any.

    Raises:
        UserError: there are no records, or damaged ones, or only records of another version of results.
    """
    transfer = Transfer()
    found, transfer.other_version = read_records(folder, transfer.left)
    return take(found, store, transfer)


def records_folder(study: str, results: Path) -> Path:
    """The folder of the published study of that name that has records, in these results or where studies are published.

    Raises:
        UserError: there is no such folder.
    """
    places = published_folders(study, results)
    found = next((place for place in places if (place / RECORDS).exists()), None)
    if found is None:
        raise no_records(" or ".join(map(str, places)))
    return found


def no_records(places: str) -> UserError:
    """The error if there are no records."""
    return UserError(
        f"No {RECORDS} in {places}.\n"
        "Studies published by ganbench run and ganbench collect have it next to their table; give its folder with --from."
    )


def require_of_study(study: Study, folder: Path) -> None:
    """Checks by its provenance that the table in the folder is the study's: the same name, or the same hash.

    Raises:
        UserError: it is another study's table.
    """
    said = read_json(folder / "provenance.json")
    if isinstance(said, dict) and said.get("study") != study.name and said.get("study_hash") != study.hash:
        raise UserError(f"{folder} holds the study {said.get('study')}, not {study.name}: name that study, or another folder.")


def read_records(folder: Path, left: list[Path] | None = None) -> tuple[list[Record], int]:
    """The trials in the records in the folder; and how many more are of another version of results.

    Args:
        left: gets the table's path if it is a link or a special file, as ``Transfer.left``.

    Raises:
        UserError: as for ``restore``.
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
            f"{path} has {how_many(other_version, 'trial')} of another version of results than this package's "
            f"({RESULT_VERSION}), which cannot use them.\nRestore them with the version that made them."
        )
    return found, other_version


def merge(other: Path, store: Store) -> Transfer:
    """Copies the trials of another results folder, with their samples, generators and later scores.

    Raises:
        UserError: it is the same folder, or holds no trials.
    """
    if other.resolve() == store.root.resolve():
        raise UserError(f"{other} is this results folder itself; name another one.")
    if not (other / "trials").is_dir():
        raise UserError(f"{other} has no folder trials: name a results folder, the one given to a run as --results.")
    transfer = Transfer()
    return take(records_of(Store(other), transfer), store, transfer)


def records_of(store: Store, transfer: Transfer) -> Iterator[Record]:
    """The ended trials of a results folder; files that are damaged or lead out of it are only listed in the transfer."""
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
    """The names of the folders and of the possible files in a folder below the root; links are checked when they are read.

    Links in place of folders are not followed, but listed in the transfer.
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
    """Writes missing records to the store; a result that it has is never replaced, except a failure."""
    leased = {name for lease in read_leases(store.running) if lease.alive for name in lease.content.trials}
    for record in records:
        trial, theirs = record.trial, record.result
        ours = store.result(trial)
        if trial.id in leased:
            transfer.running.append(trial.id)
        elif ours is None or (ours.status == "failed" and theirs.status != "failed"):
            for name, path in record.files.items():  # before the result, so that no result lacks its files
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
    """What must be equal for two results of one trial to count as the same."""
    return result.status, result.step, json.dumps(result.scores), json.dumps(result.fingerprints, sort_keys=True)


def read_record(content: Any, where: str) -> Record | None:
    """The trial and how it ended; None if it is of another version of results.

    Args:
        where: the content's file and line, for the error.

    Raises:
        UserError: it is not the result of a trial.
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
    """The paths of sample pictures in the folder's table, by trial id."""
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
    """The first few things, and how many more there are."""
    more = f" and {len(things) - NAMED} more" if len(things) > NAMED else ""
    return f"{', '.join(map(str, things[:NAMED]))}{more}"


def damaged_text(damaged: Sequence[Path]) -> str:
    """The message about files that were not copied."""
    return (
        f"{how_many(len(damaged), 'file')} not copied, without the result of the trial in its name: {named(damaged)}.\n"
        "It was cut, damaged or renamed: copy it again, or train that trial here. All others are copied."
    )


def conflicts_text(conflicts: Sequence[str], other: Path, store: Store) -> str:
    """The message about trials whose results differ."""
    return (
        f"{how_many(len(conflicts), 'trial')} with different results in {other} and in {store.root}: {named(conflicts)}.\n"
        "The ones here stay. Results differ between kinds of machines; both are valid, but a table needs one."
    )


def left_text(left: Sequence[Path]) -> str:
    """The message about links, pipes and devices."""
    return (
        f"Not copied, because links or special files: {len(left)} ({named(left)}).\n"
        "Put plain files in their places. All others are copied."
    )
