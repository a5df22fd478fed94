"""`rb-studio judge override` and `noise`: a person's verdict and what it means for memory; a less certain judge."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rb_studio.cli.options import integer, number, open_workspace
from rb_studio.cli.output import Output, count, percent, table
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status

if TYPE_CHECKING:
    from rb_studio.store.repairs import Damage


def configure_override(add: Any) -> None:
    """Arguments of a person's verdict."""
    add("uids", nargs="+", metavar="UID", help="rollouts")
    add("--status", required=True, choices=[str(status) for status in Status], help="what they were")
    add("--reason", default="", metavar="TEXT", help="why; kept with the verdict")
    add("--run", type=integer(1), metavar="N", help="of run N, where several runs have a rollout")
    add("--archive", action="store_true", help="archive what was learned under another label, as the same step of undo")
    add("--preview", action="store_true", help="only say what was learned under another label, and who was given it")


def configure_noise(add: Any) -> None:
    """Arguments of the curve over noise."""
    add("--sweep", type=integer(1), metavar="N", help="of sweep N")
    add("--judging", type=integer(1), metavar="N", help="of judging N in place of the runs' own judge")
    add("--rates", nargs="+", type=number(0, 1), metavar="R", help="chances that a verdict is flipped")


def override(args: argparse.Namespace) -> Output:
    """Say what rests on the label of before; give the verdict unless only that is wanted."""
    from rb_studio.store import repairs, rollouts

    status = Status(args.status)
    with open_workspace(args.workspace, write=not args.preview, create=False) as workspace:
        conn = workspace.reader()
        chosen = [rollouts.rollout_id(conn, uid, run=args.run) for uid in args.uids]
        found = repairs.damage(conn, chosen, status)
        archive = found.offered() if args.archive else ()
        data = {**_damage_json(found), "operation": None, "archived": 0}
        lines = [found.sentence(), *_suspects(found)]
        if not args.preview:
            change = workspace.run(
                lambda db: repairs.override(db, chosen, status, args.reason, archive=archive, who="user")
            )
            data |= {"operation": change.operation, "archived": len({item for _, item in archive})}
            lines.append(f"{change.label}: one step of undo")
        data["tainted_runs"] = repairs.tainted_runs(workspace.reader())
    return Output(data, "\n".join(lines))


def noise(args: argparse.Namespace) -> Output:
    """Best-of-k by the chance that a verdict is flipped."""
    from rb_studio.analysis.noise import LABEL
    from rb_studio.cli.curves import chosen_sweep
    from rb_studio.jobs.noise import RATES, noise_series
    from rb_studio.jobs.pools import read_pools
    from rb_studio.models.whose import whose_word

    with open_workspace(args.workspace, write=False) as workspace:
        conn = workspace.reader()
        whose = whose_word()
        pools = read_pools(conn, sweep=chosen_sweep(conn, args.sweep)[0], precedence=whose)
        found = noise_series(conn, pools, args.rates or RATES, judging=args.judging)
    if not found:
        raise UsageError("no arm here has several independent rollouts a task to choose among: run one with parallel k")
    rows = [
        (one.name, one.k, f"{point.rate:g}", percent(point.value), point.n) for one in found for point in one.points
    ]
    simulated = any(pool.simulated for pool in pools)
    data = {"series": [one.to_json() for one in found], "label": LABEL, "simulated": simulated}
    shown = table(("arm", "k", "flipped", "best-of-k", "tasks"), rows)
    return Output(data, "\n".join([shown, "", LABEL, *whose.notes()]))


def _damage_json(found: "Damage") -> dict[str, Any]:
    return {
        "items": [
            {
                "uid": one.uid,
                "title": one.title,
                "learned": one.learned,
                "contrast": one.contrast,
                "edited": one.edited,
                "places": [asdict(place) for place in one.places],
            }
            for one in found.items
        ],
        "served": [asdict(one) for one in found.served],
        "arms": list(found.arms),
        "busy": list(found.busy),
    }


def _suspects(found: "Damage") -> list[str]:
    """The lessons, and the tasks that were given them."""
    rows = [
        (
            one.uid[:12],
            one.title,
            one.learned,
            ", ".join(f"{place.name} ({place.state})" for place in one.places),
            "edited" if one.edited else "from several" if one.contrast else "",
        )
        for one in found.items
    ]
    given = sorted({(one.run, one.task_key) for one in found.served})
    told = ", ".join(f"{key} (run {run})" for run, key in given)
    return [
        *([table(("memory", "title", "learned as", "shown in", ""), rows)] if rows else []),
        *([f"{count(len(given), 'task')} given them: {told}"] if given else []),
    ]
