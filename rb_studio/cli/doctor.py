"""`rb-studio doctor`: check this installation."""

import argparse

from rb_studio.cli.output import Output
from rb_studio.jobs.checks import Check, run_checks


def configure(parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments."""


def execute(args: argparse.Namespace) -> Output:
    """Look at everything; exit code 1 when something essential is not well."""
    checks = run_checks()
    failed = [check for check in checks if check.essential and not check.ok]
    data = {"ok": not failed, "checks": [check.to_json() for check in checks]}
    if not failed:
        return Output(data, describe(checks))
    mends = "; ".join(f"{check.name}: {check.mend}" for check in failed)
    return Output(data, describe(checks), 1, f"this installation is not well ({mends})")


def describe(checks: list[Check]) -> str:
    """One line a check, and below it the mend where one is needed."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        mark = "ok" if check.ok else "FAIL" if check.essential else "note"
        lines.append(f"{mark:<4}  {check.name:<{width}}  {check.detail}")
        if not check.ok:
            lines.append(f"{'':<4}  {'':<{width}}  -> {check.mend}")
    return "\n".join(lines)
