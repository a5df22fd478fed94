"""Read whatever is at a path: one file, an episode folder, or a folder of files."""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rb_studio.interchange.annotation_jsonl import read_annotations
from rb_studio.interchange.foreign import file_rollout_uid
from rb_studio.interchange.joins import Joins
from rb_studio.interchange.loaded import FieldReport, LoadedFile, Rollout
from rb_studio.interchange.memory_csv import read_memories_csv
from rb_studio.interchange.memory_jsonl import read_memories
from rb_studio.interchange.memory_md import read_memories_md
from rb_studio.interchange.mini_swe_agent import read_mini_swe
from rb_studio.interchange.mini_swe_messages import MINI_SWE
from rb_studio.interchange.reasoningbank_autoeval import read_autoeval
from rb_studio.interchange.reasoningbank_bank import is_scratch, read_bank
from rb_studio.interchange.reasoningbank_cache import read_embeddings
from rb_studio.interchange.sniff import (
    AUTOEVAL,
    BANK,
    EMBEDDINGS,
    EMPTY,
    EPISODE,
    EXIT_STATUSES,
    MEMORY_CSV,
    MEMORY_MARKDOWN,
    OWN_ANNOTATIONS,
    OWN_MEMORIES,
    OWN_TRAJECTORIES,
    PICKLE,
    UNKNOWN,
    importable,
    sniff,
    sniff_folder,
)
from rb_studio.interchange.source import Source
from rb_studio.interchange.swe_bench import SIDE_FORMATS, read_side_file
from rb_studio.interchange.trajectory_jsonl import read_trajectories
from rb_studio.records.errors import UnreadableInput

log = logging.getLogger(__name__)

_READERS = {
    OWN_TRAJECTORIES: read_trajectories,
    OWN_MEMORIES: read_memories,
    OWN_ANNOTATIONS: read_annotations,
    MEMORY_MARKDOWN: read_memories_md,
    MEMORY_CSV: read_memories_csv,
    BANK: read_bank,
    EMBEDDINGS: read_embeddings,
    AUTOEVAL: read_autoeval,
}

MAX_FILES = 200_000
_SIDE_SKIPPED = ("exit statuses as tasks of their own: they only complete the trajectories of their run",)
_AUTOEVAL_SUFFIX = "_autoeval.json"
_DATA_SUFFIXES = (".json", ".jsonl", ".traj", ".eval", ".md", ".yaml", ".yml", ".gz")


def load_path(path: Path) -> Iterator[LoadedFile]:
    """Read a file or walk a folder in order of name; nothing outside the folder is followed.

    Every file gives one entry: what it held, or why it was skipped, or an error sentence. Raises UnreadableInput only
    when there is nothing at `path`.
    """
    if not path.exists():
        raise UnreadableInput(f"{path} does not exist; check the path.")
    loader = _Loader()
    if path.is_dir():
        yield from loader.folder(path)
    else:
        yield loader.file(path, named=True)


class _Loader:
    """One import: what was found so far decides about collisions and is read only once."""

    def __init__(self) -> None:
        self._joins = Joins()
        self._seen: dict[str, Path] = {}
        self._count = 0

    def folder(self, root: Path) -> Iterator[LoadedFile]:
        name = sniff_folder(root)
        if name is not None:
            yield self._episode(root) if name == EPISODE else _unsupported(root, name)
            return
        for entry in _listed(root):
            if entry.is_dir():
                yield from self.folder(entry)
            elif self._count == MAX_FILES:
                self._count += 1
                yield LoadedFile(
                    str(root), UNKNOWN, error=f"{root} holds more than {MAX_FILES} files; import parts of it."
                )
            elif self._count < MAX_FILES:
                self._count += 1
                yield self.file(entry, named=False)

    def _episode(self, root: Path) -> LoadedFile:
        """An episode's verdicts and rewards; its steps lie in pickles, which are left alone."""
        left = _unsupported(root, EPISODE)
        names = [entry for entry in _listed(root) if entry.name.endswith(_AUTOEVAL_SUFFIX)]
        files = [file for file in (self.file(entry, named=False) for entry in names) if file.format == AUTOEVAL]
        read = [file for file in files if file.error is None]
        if not read:
            return replace(left, warnings=(*left.warnings, *(file.error for file in files if file.error)))
        return LoadedFile(
            str(root),
            EPISODE,
            outcomes=tuple({one.trajectory.uid: one for file in read for one in file.outcomes}.values()),
            truths=tuple({one.rollout_uid: one for file in read for one in file.truths}.values()),
            verdicts=tuple(one for file in read for one in file.verdicts),
            mapped=tuple(dict.fromkeys(name for file in read for name in file.mapped)),
            guessed=tuple(dict.fromkeys(name for file in read for name in file.guessed)),
            skipped=("the episode's steps",),
            warnings=(*left.warnings, *(text for file in files for text in (*file.warnings, file.error) if text)),
        )

    def file(self, path: Path, named: bool) -> LoadedFile:
        """One entry; `named` files were asked for by name, so that being empty is an error of theirs."""
        format_name = UNKNOWN
        try:
            source = Source(path)
            format_name = sniff(source)
            if format_name == EMPTY:
                return _empty(path, named)
            if format_name == MEMORY_MARKDOWN and not named and is_scratch(path):
                return _scratch(path)
            if not importable(format_name):
                return _unsupported(path, format_name)
            return self._read(source, format_name)
        except UnreadableInput as error:
            log.info("not imported: %s", error)
            return LoadedFile(str(path), format_name, error=str(error))
        except (TypeError, KeyError, ValueError, AttributeError, IndexError, RecursionError) as error:
            # What a reader did not foresee in a foreign file is that file's trouble; the others are still read.
            log.warning("not imported: %s", path, exc_info=error)
            return LoadedFile(str(path), format_name, error=_unforeseen(path, format_name, error))

    def _read(self, source: Source, format_name: str) -> LoadedFile:
        if format_name.startswith(MINI_SWE) and format_name != EXIT_STATUSES:
            return self._trajectory(source, format_name)
        if format_name in SIDE_FORMATS:
            return _side_file(source, format_name)
        return _READERS[format_name](source)

    def _trajectory(self, source: Source, format_name: str) -> LoadedFile:
        report = FieldReport()
        joined = self._joins.join(
            source.path,
            self._distinct(source, read_mini_swe(source.document, source.path, format_name, report, source.warn)),
        )
        return LoadedFile(
            str(source.path),
            format_name,
            rollouts=(joined.rollout,),
            truths=joined.truths,
            mapped=report.names("mapped"),
            guessed=report.names("guessed"),
            skipped=report.names("skipped"),
            warnings=(*source.warnings, *joined.warnings),
        )

    def _distinct(self, source: Source, rollout: Rollout) -> Rollout:
        """Two files that name the same run and instance are two rollouts, not one overwritten."""
        uid = rollout.trajectory.uid
        first = self._seen.setdefault(uid, source.path)
        if first == source.path:
            return rollout
        source.warn(f"the same run and instance are in {first} too; this file was kept as a rollout of its own")
        return replace(rollout, trajectory=replace(rollout.trajectory, uid=file_rollout_uid(source.path)))


def _listed(folder: Path) -> list[Path]:
    """Files and folders in order of name, without hidden ones, links and special files."""
    try:
        with os.scandir(folder) as entries:
            kept = [entry.name for entry in entries if _wanted(entry)]
    except OSError as error:
        log.warning("%s cannot be listed: %s", folder, error)
        return []
    return [folder / name for name in sorted(kept)]


def _wanted(entry: os.DirEntry[str]) -> bool:
    regular = entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)
    return regular and not entry.name.startswith(".")


def _unforeseen(path: Path, format_name: str, error: Exception) -> str:
    what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return f"{path} looks like {format_name} but holds a value of an unexpected kind ({what}); mend it or leave it out."


def _empty(path: Path, named: bool) -> LoadedFile:
    sentence = f"{path} is empty; copy it again from where it was written."
    if named or path.name.endswith(_DATA_SUFFIXES):
        return LoadedFile(str(path), UNKNOWN, error=sentence)
    return LoadedFile(str(path), UNKNOWN, skipped=(sentence,))


def _scratch(path: Path) -> LoadedFile:
    bank = path.with_suffix(".jsonl").name
    sentence = f"{path} repeats what was injected last from {bank}, which has it; it was left out."
    return LoadedFile(str(path), UNKNOWN, skipped=(sentence,))


def _unsupported(path: Path, format_name: str) -> LoadedFile:
    if format_name == UNKNOWN:
        return LoadedFile(str(path), UNKNOWN, skipped=(f"{path} is none of the known formats; it was left out.",))
    sentence = f"{path} is recognised as {format_name} but not importable in this version."
    if format_name == PICKLE:
        sentence = f"{path} is a Python pickle: opening one runs whatever code its writer put in, so it was left out."
    return LoadedFile(str(path), format_name, skipped=("the whole file",), warnings=(sentence,))


def _side_file(source: Source, format_name: str) -> LoadedFile:
    side = read_side_file(source, format_name)
    return LoadedFile(
        str(source.path),
        format_name,
        outcomes=tuple(side.outcomes()),
        truths=tuple(side.imported_truths()),
        mapped=tuple(name for name in ("truths", "patches", "exits") if getattr(side, name)),
        skipped=_SIDE_SKIPPED if side.exits else (),
        guessed=(f"run ← {side.run}, by the file's name and place",),
        warnings=source.warnings,
    )
