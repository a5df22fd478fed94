"""Entry point: one module per command, loaded only when asked for."""

import argparse
import contextlib
import importlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from rb_studio import __version__
from rb_studio.cli.output import Output
from rb_studio.models.redact import RedactingFilter
from rb_studio.records.errors import Cancelled, RbStudioError, UsageError

COMMANDS = {
    "demo": "see the whole loop on the practice world, simulated, without a key",
    "tasks": "load suites of tasks and list them",
    "run": "run one arm over a suite",
    "sweep": "run many arms: memory x scaling x k x seed",
    "curves": "scaling curves with intervals, as numbers and pictures",
    "allocate": "why tasks got their k, and any allocation replayed over stored rollouts",
    "import": "read trajectories, banks, notes and reports of other tools",
    "reproduce": "run an experiment card again and compare",
    "learn": "distil stored trajectories into candidate items",
    "export": "write memories, trajectories, verdicts and notes to files",
    "memories": "curate memory items",
    "retrieve": "what would be injected for a task",
    "judge": "how good the judge is",
    "profiles": "endpoints of models",
    "prompts": "the prompts by role, and a workspace's own versions",
    "doctor": "check this installation",
}


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see `{self.prog} --help`")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code: 0 done, 1 the work failed, 2 wrong usage or unreadable input."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    _log_to_stderr()
    try:
        return _flushed(_dispatch(arguments, as_json))
    except UsageError as error:
        return _failed(str(error), 2, as_json)
    except Cancelled as error:
        return _failed(str(error), 1, as_json)
    except RbStudioError as error:
        return _failed(str(error), 1, as_json)
    except BrokenPipeError:
        _silence_stdout()
        return 1
    except KeyboardInterrupt:
        return _failed("stopped; what was committed is kept", 1, as_json)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        return _failed(
            f"cannot use{where}: {error.strerror or error}; check the path, its permissions and the disk", 1, as_json
        )


class _Stderr(logging.Handler):
    """Writes to whatever stderr is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def _log_to_stderr() -> None:
    """Warnings of the engine go to stderr, a line each, without keys."""
    root = logging.getLogger("rb_studio")
    if not root.handlers:
        handler = _Stderr(logging.WARNING)
        handler.setFormatter(logging.Formatter("rb-studio: %(message)s"))
        handler.addFilter(RedactingFilter())
        root.addHandler(handler)


def _dispatch(arguments: list[str], as_json: bool) -> int:
    name = arguments[0] if arguments else ""
    if name == "--embed-worker":
        from rb_studio.models.embed_worker import main as embed_worker

        return int(embed_worker(arguments[1:]) or 0)
    if name == "--method-worker":
        from rb_studio.jobs.method_worker import main as method_worker

        return method_worker()
    if name in ("-h", "--help"):
        sys.stdout.write(_overview())
        return 0
    if name == "--version":
        sys.stdout.write(f"rb-studio {__version__}\n")
        return 0
    if name not in COMMANDS:
        return _open_window(arguments)
    module = importlib.import_module(f"rb_studio.cli.{name.replace('import', 'import_')}")
    parser = Parser(prog=f"rb-studio {name}", description=COMMANDS[name].capitalize() + ".", allow_abbrev=False)
    module.configure(parser)
    _accept_json_anywhere(parser)
    args = _parse(parser, arguments[1:])
    args.json = as_json
    output: Output = module.execute(args)
    _print(output, as_json)
    return output.then() if output.then else output.exit_code


def _parse(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    return parser.parse_args([argument for argument in arguments if argument != "--json"])


def _accept_json_anywhere(parser: argparse.ArgumentParser) -> None:
    """`--json` is taken out before parsing; it is named here for the help text."""
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object on stdout")


def _open_window(arguments: list[str]) -> int:
    for name in arguments:
        if name.startswith("-") or not (name.endswith(".rbank") or Path(name).exists()):
            raise UsageError(f"there is no command or file {name!r}; `rb-studio --help` lists the commands")
    from rb_studio.cli.window import open_window

    return open_window([Path(name) for name in arguments])


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "usage: rb-studio COMMAND [WORKSPACE.rbank] [options] [--json]",
            "",
            "A workbench for agents that learn from experience.",
            "",
            *lines,
            "",
            "`rb-studio COMMAND --help` explains a command.",
            "",
        ]
    )


def _print(output: Output, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(output.data, ensure_ascii=False, allow_nan=False, default=_plain) + "\n")
    elif output.text:
        sys.stdout.write(output.text.rstrip("\n") + "\n")
    sys.stdout.flush()
    if output.error is not None:
        sys.stderr.write(f"rb-studio: {output.error}\n")


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _failed(sentence: str, code: int, as_json: bool) -> int:
    sys.stderr.write(f"rb-studio: {sentence}\n")
    if as_json:
        sys.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False) + "\n")
    return code


def _flushed(code: int) -> int:
    """What was printed goes out now, while a reader that left is still noticed."""
    sys.stdout.flush()
    return code


def _silence_stdout() -> None:
    """Whoever read our output is gone; do not complain about it at exit."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
