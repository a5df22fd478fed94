"""Running an experiment card again, and saying of each arm whether it came out the same."""

import json
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from rb_studio.interchange.load import load_path
from rb_studio.jobs.card import RATES, sweep_card
from rb_studio.jobs.plan import ensure_suite, is_built_in
from rb_studio.jobs.plugins import brought, find, with_methods
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.run import Begun
from rb_studio.jobs.sweep import check_sweep, run_sweep
from rb_studio.jobs.toolbox import CHAT_ROLES
from rb_studio.models import registry
from rb_studio.models.settings import Settings
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import UnreadableInput, UsageError
from rb_studio.store import banks, prompts, runs, suites
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace

IDENTICAL, DIFFERS, NOT_COMPARABLE = "identical", "differs", "not comparable"
PRACTICE = "practice"
BUILT_IN_EMBEDDERS = (registry.DEFAULT_EMBEDDER, "hashing")
OPTIONS = {"actor": "--model", "judge": "--judge", "distiller": "--distiller", "selector": "--selector",
           "grader": "--grader"}  # fmt: skip
# What is compared apart from the rest of an arm, each with a reason of its own.
_APART = ("suite", "suite_hash", "models", "prompts", "start", "pass_number", "repeat")


@dataclass(frozen=True, slots=True)
class ArmCheck:
    """One arm of a card beside its rerun: what differs, or why the two cannot be compared.

    `there` and `here` hold the figures of the card and of the rerun.
    """

    memory: str
    scaling: str
    k: int
    seed: int
    status: str
    reasons: tuple[str, ...]
    there: Mapping[str, Any]
    here: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


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
    fresh: bool = False,
) -> Reproduction:
    """Run a card's sweep in a workspace and compare; an unfinished rerun of the same card there is continued.

    Parameters
    ----------
    profiles, embedder
        Who fills which role; roles of the practice model and packaged embedders need not be named.
    methods
        Files of memory methods of one's own among the card's arms; installed ones and examples need not be named.
    fresh
        The workspace was made for this: the card's own prompts are put into it.

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
    if fresh:
        _set_prompts(workspace, card["prompts"])
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
        raise UnreadableInput(
            f"the card asks for what this version does not know ({error}); update rb_studio."
        ) from error
    chosen = _profiles(card["models"], request.base.profiles, profiles)
    base = _with_methods(card, request, methods, settings)
    base = replace(base, profiles=chosen, embedder=_embedder(card["models"].get("embedder"), embedder))
    start = card.get("start")
    return replace(request, base=base, start=start["bank"] if start else None)


def _with_methods(
    card: Mapping[str, Any], request: SweepRequest, methods: Sequence[str], settings: Settings
) -> RunRequest:
    """The base request with the memory methods of one's own that its arms have; a card brings no code along."""
    given: dict[str, str] = {}
    for text in methods:
        source = find(text)
        if source is None:
            raise UsageError(
                f"there is no memory method {text!r}: give its file, PATH/FILE.py, or an installed one's name"
            )
        given[source.name] = text
    base, _ = with_methods(request.base, [given.get(name) or brought(name) for name in request.memories], settings)
    known = {one.name for one in base.methods}
    for name in card["request"]["base"].get("method_identities", {}):
        if name not in known:
            raise UsageError(
                f"the card's memory {name!r} is a method of its maker's own: name its file with --method FILE"
            )
    return base


def compare(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[ArmCheck]:
    """Every arm of a card beside the same arm of another one."""
    found = {_place(arm): arm for arm in here["arms"]}
    return [_checked(arm, found.get(_place(arm)), there, here) for arm in there["arms"]]


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
    own = {name: prompt["text"] for name, prompt in wanted.items() if "text" in prompt}
    for name, text in own.items():
        workspace.run(partial(prompts.set_prompt, name=name, text=text))


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


def _place(arm: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells the arms of one sweep apart, whatever ground they stand on."""
    config = arm["config"]
    names = ("order", "consolidation", "allocation")
    return (arm["memory"], arm["scaling"], arm["k"], arm["seed"], *(config.get(name) for name in names))


def _checked(
    there: Mapping[str, Any], here: Mapping[str, Any] | None, card: Mapping[str, Any], again: Mapping[str, Any]
) -> ArmCheck:
    named = {name: there[name] for name in ("memory", "scaling", "k", "seed")}
    if here is None:
        return ArmCheck(**named, status=NOT_COMPARABLE, reasons=("was not run",), there=there["metrics"], here={})
    reasons = _obstacles(there, here, card, again)
    status = NOT_COMPARABLE
    if not reasons:
        status = IDENTICAL if there["canonical"] == here["canonical"] else DIFFERS
        reasons = _differences(there, here, card, again) if status == DIFFERS else []
    return ArmCheck(**named, status=status, reasons=tuple(reasons), there=there["metrics"], here=here["metrics"])


def _obstacles(
    there: Mapping[str, Any], here: Mapping[str, Any], card: Mapping[str, Any], again: Mapping[str, Any]
) -> list[str]:
    """Why two arms cannot be compared: other tasks, prompts, models, start or settings."""
    before, after = ArmConfig.from_json(there["config"]), ArmConfig.from_json(here["config"])
    found = []
    if before.suite_hash != after.suite_hash:
        found.append(f"other suite: {before.suite} is {before.suite_hash[:12]} there, {after.suite_hash[:12]} here")
    changed = _unequal(_sent(before, card), _sent(after, again))
    if changed:
        found.append(f"other prompt: {', '.join(changed)}")
    for role in _unequal(before.models, after.models):
        found.append(f"other model: {role} {before.models.get(role)} there, {after.models.get(role)} here")
    if (before.start, before.pass_number) != (after.start, after.pass_number):
        found.append(f"other start: {before.start} there, {after.start} here")
    names = [field.name for field in fields(ArmConfig) if field.name not in _APART]
    other = [name for name in names if getattr(before, name) != getattr(after, name)]
    return [*found, f"other settings: {', '.join(other)}"] if other else found


def _sent(arm: ArmConfig, card: Mapping[str, Any]) -> dict[str, str]:
    return arm.own_prompts({name: prompt["hash"] for name, prompt in card["prompts"].items()})


def _unequal(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _differences(
    there: Mapping[str, Any], here: Mapping[str, Any], card: Mapping[str, Any], again: Mapping[str, Any]
) -> list[str]:
    """Which tasks came out otherwise, and which figures with them."""
    before = dict(zip(card["tasks"], there["tasks"], strict=False))
    after = dict(zip(again["tasks"], here["tasks"], strict=False))
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    told = [f"{len(keys)} of {len({**before, **after})} tasks, the first is {keys[0]}"] if keys else []
    return told + [f"{name} {a} there, {b} here" for name, a, b in _figures(there, here) if a != b]


def _figures(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    before, after = there["metrics"], here["metrics"]
    rates = [(name, before[name]["value"], after[name]["value"]) for name in RATES]
    return [*rates, *((name, before[name], after[name]) for name in ("mean_steps", "cost", "tokens"))]
