"""`rb-studio prompts`: the prompts by role, and a workspace's own versions of them."""

import argparse
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rb_studio.cli.editor import edited, editor
from rb_studio.cli.given_text import read_text
from rb_studio.cli.options import add_workspace, open_workspace
from rb_studio.cli.output import Output, table
from rb_studio.method.prompts import check, packaged, shipped
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import digest
from rb_studio.store import prompts as store
from rb_studio.store.workspace import Workspace

ROLES = {
    "act": "actor",
    "inject": "actor",
    "refine": "actor",
    "refine-again": "actor",
    "judge": "judge",
    "select": "selector",
    "grade": "grader",
}
ARM_NOTE = "a changed prompt makes another arm, so the next run shares no results with earlier ones"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in force: its text, and the packaged one it may stand in for."""

    name: str
    text: str
    packaged: str

    @property
    def changed(self) -> bool:
        return self.text != self.packaged

    @property
    def role(self) -> str:
        """Which model reads it; whatever turns attempts into memories is the distiller's."""
        return ROLES.get(self.name.partition(".")[0], "distiller")

    def to_json(self) -> dict[str, Any]:
        return {"role": self.role, "name": self.name, "hash": digest(self.text), "changed": self.changed}


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_workspace(parser)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|show|edit|diff|reset")
    verbs.add_parser("list", help="every prompt, its role and hash", allow_abbrev=False)
    for verb, text in (
        ("show", "the text in force"),
        ("edit", "use a text of your own in this workspace, from a file, a pipe or your editor"),
        ("diff", "how the text differs from the packaged one"),
        ("reset", "use the packaged text again"),
    ):
        one = verbs.add_parser(verb, help=text, allow_abbrev=False)
        one.add_argument("name", metavar="NAME", help="name of a prompt, e.g. judge.web")
        if verb == "edit":
            source = one.add_mutually_exclusive_group()
            source.add_argument("--file", metavar="F", help="file with the new text, - for standard input")
            source.add_argument("--text", metavar="T", help="the new text, - for standard input")
            source.add_argument("--version", metavar="HASH", help="an earlier text, by the beginning of its hash")
        if verb == "show":
            one.add_argument("--version", metavar="HASH", help="an earlier text, by the beginning of its hash")


def execute(args: argparse.Namespace) -> Output:
    """Show or change the prompts of a workspace."""
    reads: Mapping[str, Callable[..., Output]] = {"list": _list, "show": _show, "diff": _diff}
    if args.verb in reads:
        with open_workspace(args.workspace, write=False) as workspace:
            return reads[args.verb](workspace, args)
    if args.verb == "reset":
        with open_workspace(args.workspace, create=False) as workspace:
            return _reset(workspace, args)
    packaged(args.name)
    if args.version is None and args.file is None and args.text is None:
        return _edit_by_hand(args)
    if args.version is None:
        text = _new_text(args)
        check(args.name, text)
        with open_workspace(args.workspace) as workspace:
            return _edit(workspace, args.name, text)
    with open_workspace(args.workspace, create=False) as workspace:
        text = _version(workspace, args.name, args.version)
        check(args.name, text)
        return _edit(workspace, args.name, text)


def _edit_by_hand(args: argparse.Namespace) -> Output:
    """The text from the user's editor; nobody is kept from writing while it is open."""
    command = editor()
    if command is None:
        raise UsageError(f"give the new text of {args.name} by --file F or --text T, or set EDITOR to write it there")
    before = shipped()[args.name]
    if args.workspace.exists():
        with open_workspace(args.workspace, write=False) as workspace:
            before = _prompt(workspace, args.name).text
    text = _ended(edited(command, before, args.name, lambda text: check(args.name, _ended(text))))
    with open_workspace(args.workspace) as workspace:
        return _edit(workspace, args.name, text)


def _list(workspace: Workspace, args: argparse.Namespace) -> Output:
    found = list(_prompts(workspace).values())
    rows = [(one.name, one.role, digest(one.text)[:12], "changed" if one.changed else "packaged") for one in found]
    return _output(found, table(("name", "role", "hash", "text"), rows))


def _show(workspace: Workspace, args: argparse.Namespace) -> Output:
    one = _prompt(workspace, args.name)
    text = one.text if args.version is None else _version(workspace, args.name, args.version)
    versions = [
        {"hash": version.hash, "at": version.at, "who": version.who, "in_force": version.text == one.text}
        for version in store.prompt_history(workspace.reader(), args.name)
    ]
    return _output([one], text, text=text, versions=versions)


def _version(workspace: Workspace, name: str, beginning: str) -> str:
    """The text of one of the versions the workspace has seen, or of the packaged one."""
    history = store.prompt_history(workspace.reader(), name)
    known = {digest(shipped()[name]): shipped()[name]} | {version.hash: version.text for version in history}
    found = [text for hashed, text in known.items() if beginning and hashed.startswith(beginning.lower())]
    if len(found) != 1:
        why = "no version" if not found else "several versions"
        listed = ", ".join(hashed[:12] for hashed in known)
        raise UsageError(f"{name} has {why} {beginning!r} in this workspace; it has {listed}")
    return found[0]


def _diff(workspace: Workspace, args: argparse.Namespace) -> Output:
    one = _prompt(workspace, args.name)
    lines = difflib.unified_diff(
        one.packaged.splitlines(), one.text.splitlines(), "packaged", "this workspace", lineterm=""
    )
    diff = "\n".join(lines)
    return _output([one], diff or f"{one.name} is the packaged text", diff=diff)


def _edit(workspace: Workspace, name: str, text: str) -> Output:
    before = _prompt(workspace, name)
    if text == before.packaged:
        workspace.run(lambda db: store.reset_prompt(db, name))
    else:
        workspace.run(lambda db: store.set_prompt(db, name, text))
    return _changed(before, _prompt(workspace, name), f"{name} is now your text")


def _reset(workspace: Workspace, args: argparse.Namespace) -> Output:
    before = _prompt(workspace, args.name)
    workspace.run(lambda db: store.reset_prompt(db, args.name))
    return _changed(before, _prompt(workspace, args.name), f"{args.name} is the packaged text again")


def _changed(before: Prompt, after: Prompt, done: str) -> Output:
    same = before.text == after.text
    notes = [] if same else [ARM_NOTE]
    return _output([after], f"{after.name} was so already" if same else f"{done}; {ARM_NOTE}", notes=notes)


def _output(found: list[Prompt], shown: str, **more: Any) -> Output:
    return Output({"prompts": [one.to_json() for one in found], **more}, shown)


def _prompts(workspace: Workspace) -> dict[str, Prompt]:
    own = store.prompt_texts(workspace.reader())
    return {name: Prompt(name, own.get(name, text), text) for name, text in shipped().items()}


def _prompt(workspace: Workspace, name: str) -> Prompt:
    packaged(name)
    return _prompts(workspace)[name]


def _new_text(args: argparse.Namespace) -> str:
    """The text as given; a prompt file ends with a line break, whatever the shell made of it."""
    text = args.text if args.file is None else read_text(args.file)
    if args.text == "-":
        text = read_text("-")
    return _ended(text)


def _ended(text: str) -> str:
    return text.rstrip("\n") + "\n" if text.strip() else ""
