"""Running an experiment card again, and saying of each arm whether it came out the same."""

import json
import logging
import re
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from rb_studio.interchange.load import load_path
from rb_studio.jobs.card import sweep_card
from rb_studio.jobs.card_check import ArmCheck, compare
from rb_studio.jobs.plan import ensure_suite, is_built_in
from rb_studio.jobs.plugins import brought, find, installed, shipped, with_methods
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.run import Begun
from rb_studio.jobs.sweep import check_sweep, run_sweep
from rb_studio.jobs.toolbox import CHAT_ROLES
from rb_studio.method.prompts import shipped as shipped_prompts
from rb_studio.models import registry
from rb_studio.models.settings import Settings
from rb_studio.records.arm import MEMORY_MODES
from rb_studio.records.errors import UnreadableInput, UsageError
from rb_studio.records.identity import digest
from rb_studio.store import banks, prompts, runs, suites
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace

log = logging.getLogger(__name__)
PRACTICE = "practice"
BUILT_IN_EMBEDDERS = (registry.DEFAULT_EMBEDDER, "hashing")
OPTIONS = {"actor": "--model", "judge": "--judge", "distiller": "--distiller", "selector": "--selector",
           "grader": "--grader"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A card's rerun: the sweep it was run as, every arm's check, and the rerun's own card."""

    sweep: int
    arms: tuple[ArmCheck, ...]
    card: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def count(self, status: str) -> int:
        return sum(arm.status == status for arm in self.arms)


def reproduce(
    workspace: Workspace,
    card: Mapping[str, Any],
    settings: Settings,
    *,
    profiles: Mapping[str, str] | None = None,
    embedder: str | None = None,
    methods: Sequence[str] = (),
    concurrency: int | None = None,
    workers: int | None = None,
    cancel: threading.Event | None = None,
    on_begun: Begun | None = None,
) -> Reproduction:
    """Run a card's sweep in a workspace and compare; an unfinished rerun of the same card there is continued.

    A workspace in which nothing was run yet takes over the card's prompts.

    Parameters
    ----------
    profiles, embedder
        Who fills which role; roles of the practice model and packaged embedders need not be named.
    methods
        Memory methods of one's own among the card's arms, files or names of installed ones. None of the user's code
        is loaded because a card names it; examples that come along need not be named.

    Raises
    ------
    UsageError
        A role's profile is not named, the suite is not there, or the workspace has another bank of that name.
    """
    request = rerun_request(card, profiles or {}, embedder, settings, methods)
    request = replace(request, base=replace(request.base, concurrency=concurrency))
    check_sweep(request, settings)
    _refuse_missing_suite(workspace, str(card["suite"]["name"]))
    _restore_bank(workspace, card.get("start"))
    _set_prompts(workspace, card["prompts"])
    for sentence in _hindrances(workspace, card):
        log.warning("%s", sentence)
    done = run_sweep(
        workspace,
        request,
        settings,
        resume=_unfinished(workspace, request),
        workers=workers,
        cancel=cancel,
        on_begun=on_begun,
    )
    again = sweep_card(workspace.reader(), done.sweep)
    return Reproduction(done.sweep, tuple(compare(card, again)), again, done.notes)


def rerun_request(
    card: Mapping[str, Any],
    profiles: Mapping[str, str],
    embedder: str | None,
    settings: Settings,
    methods: Sequence[str] = (),
) -> SweepRequest:
    """What the card asked for, with profiles of this computer.

    Raises
    ------
    UsageError
        A role was filled by a model that has to be named here.
    UnreadableInput
        The request asks for something this version does not know.
    """
    try:
        request = SweepRequest.from_json(card["request"])
    except (TypeError, KeyError, AttributeError) as error:
        named = re.search(r"argument '(\w+)'", str(error))
        what = named[1] if named else str(error)
        raise UnreadableInput(
            f"the card asks for what this version does not know ({what}); update rb_studio."
        ) from error
    chosen = _profiles(card["models"], request.base.profiles, profiles)
    base = _with_methods(card, request, methods, settings)
    base = replace(base, profiles=chosen, embedder=_embedder(card["models"].get("embedder"), embedder))
    start = card.get("start")
    return replace(request, base=base, start=start["bank"] if start else None)


def _with_methods(
    card: Mapping[str, Any], request: SweepRequest, methods: Sequence[str], settings: Settings
) -> RunRequest:
    """The base request with the memory methods of one's own that its arms have.

    A card brings no code along, and chooses none: what is installed here is loaded where the user names it.
    """
    given: dict[str, str] = {}
    for text in methods:
        source = find(text)
        if source is None:
            raise UsageError(
                f"there is no memory method {text!r}: give its file, PATH/FILE.py, or an installed one's name"
            )
        if source.name not in request.memories:
            raise UsageError(
                f"--method {text} is called {source.name!r}, and the card has no such memory, only "
                f"{', '.join(request.memories)}: a file is known by its name, so give one of that name"
            )
        given[source.name] = text
    chosen = [given.get(name) or _harmless(name) for name in request.memories]
    base, _ = with_methods(request.base, chosen, settings)
    return base


def _harmless(memory: str) -> str:
    """A memory that is part of this program: a shipped mode or example. Raises `UsageError`."""
    name, there = brought(memory), installed()
    if name in MEMORY_MODES or (name in shipped() and name not in there):
        return name
    if name in there:
        raise UsageError(
            f"the card's memory {name!r} is the name of an installed method ({there[name].value}): to run that, add "
            f"--method {name}, or --method FILE.py for another one"
        )
    raise UsageError(f"the card's memory {name!r} is a method of its maker's own: name its file with --method FILE.py")


def _profiles(models: Mapping[str, str], asked: Mapping[str, str], named: Mapping[str, str]) -> dict[str, str]:
    """A profile for each role of the card: the one named here, the practice model, or the actor's if that filled it."""
    found: dict[str, str] = {}
    for role in CHAT_ROLES:
        model = models.get(role)
        if role in named:
            found[role] = named[role]
        elif model is None:
            continue  # nobody was asked; the actor's profile stands in
        elif model.startswith(f"{PRACTICE}-"):
            before = asked.get(role, asked.get("actor", PRACTICE))
            found[role] = before if before.startswith(PRACTICE) else PRACTICE
        elif "actor" in named and model == models.get("actor"):
            found[role] = named["actor"]
        else:
            raise UsageError(
                f"the card's {role} was {model}: name who is to fill that role with {OPTIONS[role]} P, a profile "
                "or MODEL@BASE_URL"
            )
    return found


def _embedder(identity: str | None, named: str | None) -> str | None:
    if named is not None or identity is None:
        return named
    for name in BUILT_IN_EMBEDDERS:
        if registry.embedder(name).identity == identity:
            return name
    raise UsageError(f"the card's embedder was {identity}: name one with --embedder P")


def _refuse_missing_suite(workspace: Workspace, name: str) -> None:
    if is_built_in(name):
        ensure_suite(workspace, name)
        return
    base = name.partition("/")[0]
    if base not in {row.suite.name for row in suites.suites(workspace.reader())}:
        raise UsageError(
            f"the card is about the suite {base}, which is not built in: import it into a workspace first "
            f"(rb-studio tasks WS import FILE --name {base}) and give that with -w WS"
        )


def _set_prompts(workspace: Workspace, wanted: Mapping[str, Mapping[str, str]]) -> None:
    """The card's texts, where no result stands on other ones and none of the user's own is in force."""
    conn = workspace.reader()
    if runs.runs(conn):
        return
    own, packaged = prompts.prompt_texts(conn), shipped_prompts()
    for name, prompt in wanted.items():
        text = prompt.get("text")
        if text and name not in own and text != packaged.get(name):
            workspace.run(partial(prompts.set_prompt, name=name, text=text))


def _hindrances(workspace: Workspace, card: Mapping[str, Any]) -> list[str]:
    """What will keep arms from being compared, known before anything is spent."""
    conn, name = workspace.reader(), str(card["suite"]["name"])
    here = {one: digest(text) for one, text in {**shipped_prompts(), **prompts.prompt_texts(conn)}.items()}
    other = sorted(one for one, prompt in card["prompts"].items() if here.get(one) != prompt["hash"])
    found = []
    if suites.suite_hash(conn, name) != card["suite"]["hash"]:
        found.append(f"the suite {name} has other tasks here than the card's, so that no arm can be compared")
    if other:
        found.append(
            f"the card's text of {', '.join(other)} is not the one in force here, so that arms that send it cannot be "
            "compared: a new workspace takes over the card's texts"
        )
    return found


def _restore_bank(workspace: Workspace, start: Mapping[str, Any] | None) -> None:
    """The bank the card starts from, made where it is not there."""
    if start is None:
        return
    conn = workspace.reader()
    known = banks.find_bank(conn, start["bank"])
    if known is None:
        file = _loaded(start["lines"])

        def make(db: Any) -> int:
            bank = banks.create_bank(db, start["bank"], start["mode"])
            import_items(db, bank, file.experiences, who="import", reason="experiment card")
            return bank

        known = banks.bank(conn, workspace.run(make))
    if banks.bank_hash(conn, known.id) != start["hash"]:
        raise UsageError(
            f"the workspace has another bank {start['bank']!r} than the card starts from: reproduce in a new workspace"
        )


def _loaded(lines: Sequence[Any]) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bank.jsonl"
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        file = next(iter(load_path(path)))
    if file.error:
        raise UnreadableInput(f"the card's bank cannot be read: {file.error}")
    return file


def _unfinished(workspace: Workspace, request: SweepRequest) -> int | None:
    """An earlier rerun of the same card that did not come to its end."""
    rows = runs.sweeps(workspace.reader())
    return next((row.id for row in rows[::-1] if row.hash == request.hash and row.status != "finished"), None)
