"""Foreign files into a workspace: trajectories with their tasks and outcomes, memories into a bank.

Each file is one transaction: a bad one changes nothing and stops no other.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rb_studio.interchange.foreign import SWE_BENCH
from rb_studio.interchange.load import load_path
from rb_studio.interchange.loaded import LoadedFile, Rollout
from rb_studio.interchange.mini_swe_messages import MINI_SWE
from rb_studio.interchange.swe_bench import SIDE_FORMATS
from rb_studio.jobs.annotations import agreements, save_notes
from rb_studio.jobs.imported_memories import made_by, save_memories
from rb_studio.jobs.imported_tasks import save_tasks
from rb_studio.records.errors import UnreadableInput, UsageError
from rb_studio.records.judgement import Truth, Verdict
from rb_studio.store import rollouts, runs
from rb_studio.store.imported import ImportedTrajectory, SourceFile, save_imported
from rb_studio.store.item_import import Choice
from rb_studio.store.judgement_rows import save_truths
from rb_studio.store.verdicts import add_verdicts
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

log = logging.getLogger(__name__)
DEFAULT_BANK = "imported"
UNREADABLE = "unknown"
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What became of one file, without what it held.

    `entry` is what `rb-studio import --json` prints for it; `read` tells that something of it is in the
    workspace now.
    """

    entry: Mapping[str, Any]
    read: bool

    @property
    def error(self) -> str | None:
        """Why it could not be read or stored, None otherwise."""
        return self.entry["error"]  # type: ignore[no-any-return]


def files_at(paths: Iterable[Path], embedder: str | None = None) -> Iterator[LoadedFile]:
    """Every file at the paths; a path that does not exist is an entry with an error, not the end.

    `embedder` is the identity of the model that made the vectors of files which do not name it.
    """
    for path in paths:
        try:
            for file in load_path(path):
                yield file if embedder is None else made_by(file, embedder)
        except UnreadableInput as error:
            yield LoadedFile(str(path), UNREADABLE, error=str(error))


def store_file(
    workspace: Workspace,
    file: LoadedFile,
    bank: str = DEFAULT_BANK,
    *,
    choice: Mapping[str, Choice] | None = None,
    who: str = "import",
    reason: str | None = None,
) -> ImportedFile:
    """Put what a file held into the workspace; reading it again updates and adds nothing twice.

    Memory items keep the state their file gives them, active where it gives none; `choice` says by uid what becomes of
    those the bank has already.

    Raises
    ------
    WorkspaceError
        The workspace cannot be written; files stored before stay.
    """
    if file.error is not None or not file.anything:
        return not_stored(file)
    source = _source(file)
    save = partial(save_memories, bank=bank, choice=choice, who=who, reason=reason)
    try:
        name, notes = workspace.run(lambda db: _store(db, source, file, save, who))
    except (UsageError, ValueError, OverflowError) as error:
        log.info("%s was not stored: %s", file.path, error)
        sentence = f"{file.path} was read but could not be stored: {error}"
        return ImportedFile({**file.to_json(), "report": sentence, "error": sentence, "bank": None}, False)
    entry = _entry(file, name, notes)
    if file.notes:
        found = agreements(workspace.reader(), {one.who for past in file.notes for one in past.versions})
        told = [one.sentence for one in found[:MOST_TOLD]]
        entry |= {"agreement": [one.to_json() for one in found], "warnings": [*entry["warnings"], *told]}
    return ImportedFile(entry, True)


def not_stored(file: LoadedFile) -> ImportedFile:
    """The entry of a file that holds nothing to keep, or could not be read."""
    return ImportedFile({**file.to_json(), "bank": None}, False)


def _entry(file: LoadedFile, bank: str | None, notes: Sequence[str]) -> dict[str, Any]:
    entry = file.to_json()
    where = f", in bank {bank}" if bank is not None else ""
    return {**entry, "report": entry["report"] + where, "warnings": [*entry["warnings"], *notes], "bank": bank}


def _store(
    db: "Database",
    source: SourceFile,
    file: LoadedFile,
    save: "Callable[[Database, LoadedFile], tuple[str | None, list[str]]]",
    who: str,
) -> tuple[str | None, list[str]]:
    save_tasks(db, file.tasks)
    conn = db.conn
    held = {rollout.trajectory.uid for rollout in file.rollouts}
    ours = {uid for uid in held if _is_ours(conn, uid)}
    whole = [_whole(conn, rollout, file) for rollout in file.rollouts if rollout.trajectory.uid not in ours]
    outcomes = [_outcome(conn, one, file) for one in file.outcomes if one.trajectory.uid not in held]
    save_imported(db, source, [*whole, *filter(None, outcomes)], file.to_json())
    notes = [f"rollouts of this workspace's own runs, left as they are: {len(ours)}"] if ours else []
    notes += _late_truths(db, file, held)
    notes += _late_verdicts(db, file, held)
    notes += save_notes(db, file, who=who, reason=file.path)
    name, more = save(db, file)
    return name, [*notes, *more]


def _whole(conn: "sqlite3.Connection", rollout: Rollout, file: LoadedFile) -> ImportedTrajectory:
    """A rollout with the outcomes its file gives it; what is known already stays where the file is silent."""
    uid = rollout.trajectory.uid
    truths = tuple(truth.truth for truth in file.truths if truth.rollout_uid == uid)
    verdicts = tuple(verdict for verdict in file.verdicts if verdict.rollout_uid == uid)
    return _row(conn, rollout, file, truths or _known_truths(conn, uid), verdicts)


def _outcome(conn: "sqlite3.Connection", rollout: Rollout, file: LoadedFile) -> ImportedTrajectory | None:
    """A rollout known by its outcome alone: new, or completing another such one; never over one with steps."""
    new = rollout.trajectory
    if rollouts.find_run(conn, new.uid) is None:
        return _row(conn, rollout, file, ())
    known = rollouts.trajectory(conn, new.uid)
    completed = replace(
        known,
        patch=known.patch if known.patch is not None else new.patch,
        answer=known.answer if known.answer is not None else new.answer,
        model=known.model or new.model,
    )
    if known.steps or completed == known:
        return None
    return _row(conn, replace(rollout, trajectory=completed), file, _known_truths(conn, new.uid))


def _row(
    conn: "sqlite3.Connection",
    rollout: Rollout,
    file: LoadedFile,
    truths: Sequence[Truth],
    verdicts: Sequence[Verdict] = (),
) -> ImportedTrajectory:
    """The rollout in the run it is in already, else in the one its file names."""
    known = _foreign_key(conn, rollout.trajectory.uid)
    family, _, run = known.partition(":") if known else (_family(file.format), "", rollout.run)
    return ImportedTrajectory(
        trajectory=rollout.trajectory,
        run_key=run,
        task_text=rollout.task.text,
        site=rollout.task.site,
        template=rollout.task.template,
        truths=tuple(truths),
        verdicts=tuple(verdicts),
        family=family,
    )


def _family(format_name: str) -> str:
    """Trajectories of mini-swe-agent and the side files of their run speak of the same run."""
    return SWE_BENCH if format_name.startswith(MINI_SWE) or format_name in SIDE_FORMATS else format_name


def _foreign_key(conn: "sqlite3.Connection", uid: str) -> str | None:
    run = rollouts.find_run(conn, uid)
    return None if run is None else runs.run(conn, run).foreign_key


def _is_ours(conn: "sqlite3.Connection", uid: str) -> bool:
    """Whether a run of this workspace made the rollout: an export of it that comes back changes nothing."""
    return rollouts.find_run(conn, uid) is not None and _foreign_key(conn, uid) is None


def _late_truths(db: "Database", file: LoadedFile, held: set[str]) -> list[str]:
    """Results of rollouts that came with other files."""
    by_rollout: defaultdict[str, list[Truth]] = defaultdict(list)
    for truth in file.truths:
        if truth.rollout_uid not in held:
            by_rollout[truth.rollout_uid].append(truth.truth)
    missing = 0
    for uid, truths in by_rollout.items():
        if _foreign_key(db.conn, uid) is None:
            missing += 1
        else:
            save_truths(db, rollouts.rollout_id(db.conn, uid), truths)
    return [f"results of rollouts that are not in the workspace: {missing}"] if missing else []


def _late_verdicts(db: "Database", file: LoadedFile, held: set[str]) -> list[str]:
    """Judgements of rollouts that came with other files."""
    late = [verdict for verdict in file.verdicts if verdict.rollout_uid not in held]
    known = [verdict for verdict in late if rollouts.find_run(db.conn, verdict.rollout_uid) is not None]
    fresh = [verdict for verdict in known if verdict not in rollouts.verdicts(db.conn, verdict.rollout_uid)]
    if fresh:
        add_verdicts(db, fresh, who="import", reason=file.path)
    missing = len(late) - len(known)
    return [f"verdicts on rollouts that are not in the workspace: {missing}"] if missing else []


def _known_truths(conn: "sqlite3.Connection", uid: str) -> tuple[Truth, ...]:
    return () if rollouts.find_run(conn, uid) is None else rollouts.truths(conn, uid)


def _source(file: LoadedFile) -> SourceFile:
    path = Path(file.path).absolute()
    if not path.is_file():
        return SourceFile(str(path), file.format)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return SourceFile(str(path), file.format, sha256=digest, size=path.stat().st_size)
