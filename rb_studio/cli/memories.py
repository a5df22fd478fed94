"""`rb-studio memories`: the items of a bank, curated by hand."""

import argparse
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rb_studio.cli.memories_text import given_file, given_item
from rb_studio.cli.options import add_workspace, integer, integers, number, one_of, open_workspace, words
from rb_studio.cli.output import Output
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState

Access = Literal["read", "write", "create"]

STATES = ", ".join(ItemState)
POLARITIES = ("success", "failure", "contrast", "none")
FILTERS = ("state", "tag", "polarity", "source", "text", "limit")
QUERY = (
    "'sort -tag:done (used:>5 OR source:hand)' leaves out by -, chooses between parts by OR; quote it, with -- before "
    "a query that begins with -"
)
TEXTS = ("title", "description", "content", "file")
WHY = ("author", "reason")
TRIED = ("suite", "seeds", "limit", "retrieve", "model", "embedder", "concurrency", "dry-run")

OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "bank": {"metavar": "B", "help": "bank (default: reasoningbank, else the newest with items)"},
    "state": {"metavar": "S", "type": words, "action": "extend", "help": f"only items in state {STATES}"},
    "tag": {"metavar": "T", "action": "append", "help": "a tag; may be repeated"},
    "polarity": {"metavar": "P", "type": one_of(*POLARITIES), "help": f"learned from: {', '.join(POLARITIES)}"},
    "source": {"metavar": "R", "help": "hand, import, run, or the uid of a rollout"},
    "text": {"metavar": "T", "help": "only items whose texts hold this"},
    "limit": {"metavar": "N", "type": integer(1), "help": "at most so many items"},
    "title": {"metavar": "T", "help": "title of the item"},
    "description": {"metavar": "D", "help": "description of the item"},
    "content": {"metavar": "C", "help": "content of the item"},
    "file": {"metavar": "F", "help": "texts that are not given, in Markdown item form; - for standard input"},
    "task": {"metavar": "TEXT", "help": "the task text the item is retrieved by (default: its title and description)"},
    "reason": {"metavar": "R", "help": "why; kept in the history"},
    "author": {"metavar": "NAME", "help": "who does it, as the history names it (default: user)"},
    "dry-run": {"action": "store_true", "help": "only tell what would change"},
    "to": {"metavar": "S", "type": one_of(*map(str, ItemState)), "help": f"the new state: {STATES}"},
    "add": {"metavar": "T", "help": "put this tag on"},
    "remove": {"metavar": "T", "help": "take this tag off"},
    "consolidation": {
        "action": "store_true",
        "help": "what a consolidation policy did: of the bank named with --bank, else of whichever was last",
    },
    "take": {
        "metavar": "FIELD=ID",
        "action": "append",
        "help": "which item a field is taken from: title, description, content, polarity, label or task",
    },
    "apart": {"metavar": "ID", "action": "append", "help": "an item that was looked at and is no duplicate of them"},
    "forget": {"action": "store_true", "help": "they may be duplicates after all"},
    "query": {"metavar": "Q", "help": "only items this query matches"},
    "regex": {"action": "store_true", "help": "the text is a regular expression"},
    "case": {"action": "store_true", "help": "capitals matter"},
    "field": {"metavar": "F1,F2", "type": words, "help": "only these of title, description, content"},
    "accept": {"action": "store_true", "help": "put them into use"},
    "reject": {"action": "store_true", "help": "take them out of the queue, archived unless --to says otherwise"},
    "rename": {"metavar": ("OLD", "NEW"), "nargs": 2, "help": "another name for a snapshot"},
    "delete": {"metavar": "NAME", "help": "drop a snapshot; the history stays"},
    "collisions": {"metavar": "C", "type": one_of("take", "keep", "both"), "help": "for all items there already"},
    "choose": {"metavar": "UID=C", "action": "append", "help": "take, keep or both for one item"},
    "empty": {"action": "store_true", "help": "erase for good what nothing needs any more"},
    "suite": {"metavar": "S", "help": "suite whose tasks are run (default: the one the bank, or item, was used at)"},
    "seeds": {"metavar": "0:10", "type": integers, "help": "seeds, each run on both sides (default: 0)"},
    "retrieve": {"metavar": "N", "type": integer(0, 10), "help": "experiences injected per task (default: 1)"},
    "concurrency": {"metavar": "C", "type": integer(1), "help": "rollouts in flight at once"},
    "meaning": {"action": "store_true", "help": "search by meaning as well as by words"},
    "embedder": {"metavar": "P", "help": "embedder for meaning (default: the one of the settings)"},
    "threshold": {"metavar": "R", "type": number(0, 1), "help": "how alike duplicates are, 0 to 1"},
    "relevant": {"metavar": "ID=GRADE,...", "type": words, "help": "items for a task, graded 1 to 3; 0: not"},
    "pairs": {"metavar": "F", "help": "labelled tasks from a file of JSON lines"},
    "template": {"metavar": "T", "help": "the task's template"},
    "paraphrase-of": {"metavar": "TEXT", "help": "the labelled task that this one says in other words"},
    "unit": {"metavar": "U", "type": one_of("experience", "item"), "help": "what is retrieved: experience or item"},
    "cut": {"metavar": "R", "type": number(0, 1), "help": "the cosine from which an item belongs to a theme"},
    "least": {"metavar": "N", "type": integer(1), "help": "only themes of at least so many items (default: 3)"},
    "name": {"metavar": "TEXT", "help": "name the theme of the item given; an empty text takes the name off"},
    "stage": {"metavar": "S", "help": "the stage the items' advice is at; an empty text takes it off"},
    "model": {"metavar": "P", "help": "profile of the model that is asked, or acts"},
}


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: the function that does it, its arguments and options, and how it opens the workspace.

    Where `only_with` names options (or `given`, the items), it changes something only when one of them is there.
    """

    module: str
    help: str
    access: Access = "read"
    positional: tuple[str, str | int | None] | None = None
    options: tuple[str, ...] = ()
    only_with: tuple[str, ...] = ()

    def opens(self, args: argparse.Namespace) -> Access:
        """How the workspace is opened for these arguments: a dry run only reads."""
        idle = self.only_with and all(getattr(args, name, []) == [] for name in self.only_with)
        return "read" if idle or hasattr(args, "dry_run") else self.access

    def function(self, name: str) -> Callable[..., Output]:
        """Loaded only when asked for."""
        module = importlib.import_module(f"rb_studio.cli.{self.module}")
        found: Callable[..., Output] = getattr(module, f"{name.replace('-', '_')}_verb")
        return found


VERBS: Mapping[str, Verb] = {
    "list": Verb("memories_read", f"the items of a bank; {QUERY}", positional=("Q", "*"), options=FILTERS),
    "search": Verb(
        "memories_search",
        "items by words; by meaning with --meaning, or after a ~ in the query ('sort ~ \"find the largest\"'); "
        + QUERY,
        positional=("Q", "+"),
        options=("meaning", "embedder", "state", "limit"),
    ),
    "show": Verb("memories_read", "one item in full", positional=("ID", None)),
    "add": Verb("memories_edit", "write an item by hand", "create", options=(*TEXTS, "task", "tag", *WHY)),
    "edit": Verb("memories_edit", "a new version of an item", "write", ("ID", None), (*TEXTS, *WHY)),
    "state": Verb(
        "memories_bulk",
        "put items, or all that a query matches, into a state",
        "write",
        ("ID or QUERY", "+"),
        ("to", "dry-run", *WHY),
    ),
    "tag": Verb(
        "memories_bulk",
        "put a tag on items, or on all that a query matches, or take it off",
        "write",
        ("ID or QUERY", "+"),
        ("add", "remove", "dry-run", *WHY),
    ),
    "replace": Verb(
        "memories_bulk",
        "replace a text in all items, or in those of --query",
        "write",
        ("TEXT", 2),
        ("query", "regex", "case", "field", "dry-run", *WHY),
    ),
    "review": Verb(
        "memories_bulk",
        "the candidates waiting for a decision; --accept or --reject decides about those named, a query, or all",
        "write",
        ("ID or QUERY", "*"),
        ("accept", "reject", "to", "limit", "dry-run", *WHY),
        ("accept", "reject"),
    ),
    "merge": Verb(
        "memories_edit",
        "one item out of several; texts that are not given or taken are the first item's",
        "write",
        ("ID", "+"),
        (*TEXTS, "take", "tag", "apart", *WHY),
    ),
    "apart": Verb(
        "memories_edit",
        "remember that items are no duplicates, or --forget it; without items the pairs kept apart",
        "write",
        ("ID", "*"),
        ("forget", *WHY),
        ("given", "forget"),
    ),
    "lineage": Verb("memories_lineage", "what an item was merged from or into", positional=("ID", None)),
    "duplicates": Verb(
        "memories_duplicates", "groups of items that say the same", options=("threshold", "embedder", "state")
    ),
    "labels": Verb(
        "memories_labels",
        "which items tasks should be shown, and how well retrieval finds them",
        "write",
        ("TASK TEXT", "?"),
        ("relevant", "pairs", "template", "paraphrase-of", "unit", "embedder", *WHY),
        ("relevant", "pairs"),
    ),
    "embed": Verb(
        "memories_vectors",
        "make the vectors a bank lacks of an embedder; --dry-run only tells which",
        "write",
        options=("embedder", "dry-run"),
    ),
    "themes": Verb(
        "memories_themes",
        "what is advised on a subject over the stream; --stage, --model and --name label it",
        "write",
        ("ID", "*"),
        ("cut", "least", "embedder", "stage", "model", "name", *WHY),
        ("stage", "model", "name"),
    ),
    "effect": Verb(
        "memories_effect",
        "what retrieved items did to success and steps, the surest to help first",
        positional=("ID or QUERY", "*"),
        options=("limit",),
    ),
    "test": Verb(
        "memories_trial",
        "run the same tasks with the bank as of two snapshots (or one and now), and compare; --dry-run tells the cost",
        "write",
        ("A B", "+"),
        TRIED,
    ),
    "leave-out": Verb(
        "memories_trial",
        "run the tasks an item was retrieved at without it and with it, and compare; --dry-run tells the cost",
        "write",
        ("ID", None),
        TRIED,
    ),
    "experiments": Verb("memories_trial", "what was tested so, or what one test showed", positional=("N", "?")),
    "history": Verb("memories_read", "everything that happened to an item", positional=("ID", None)),
    "undo": Verb("memories_edit", "take the last change back", "write", options=("consolidation", "author")),
    "redo": Verb("memories_edit", "do it again", "write", options=("consolidation", "author")),
    "snapshot": Verb("memories_snapshots", "name the bank as it stands now", "write", ("NAME", None), ("reason",)),
    "snapshots": Verb(
        "memories_snapshots",
        "the snapshots of a bank; --rename and --delete change one",
        "write",
        options=("rename", "delete"),
        only_with=("rename", "delete"),
    ),
    "diff": Verb("memories_read", "what changed between two snapshots, or since one", positional=("A B", "+")),
    "rollback": Verb("memories_snapshots", "make the bank what it was at a snapshot", "write", ("NAME", None), WHY),
    "fork": Verb(
        "memories_snapshots", "a new bank that starts as this one, or as --bank B@SNAPSHOT", "write", ("NAME", None)
    ),
    "import": Verb(
        "memories_import",
        "items of a file; of those there already the texts, unless told to take, keep or have both",
        "create",
        ("FILE", None),
        ("collisions", "choose", "dry-run", *WHY),
    ),
    "trash": Verb(
        "memories_trash",
        "the deleted items, and what emptying the trash would erase; --empty erases, which nothing takes back",
        "write",
        ("ID", "*"),
        ("empty", "dry-run", *WHY),
        ("empty",),
    ),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command; options may stand before the verb or after it."""
    add_workspace(parser)
    for name in OPTIONS:
        _add_option(parser, name, hidden=name != "bank")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        one = verbs.add_parser(name, help=verb.help, description=f"{verb.help}.".capitalize(), allow_abbrev=False)
        if verb.positional is not None:
            one.add_argument("given", metavar=verb.positional[0], nargs=verb.positional[1])
        for option in ("bank", *verb.options):
            _add_option(one, option)


def _add_option(parser: argparse.ArgumentParser, name: str, *, hidden: bool = False) -> None:
    """An option that leaves no trace unless given, so that the verb's own does not undo one before the verb."""
    settings: dict[str, Any] = {"default": argparse.SUPPRESS, **OPTIONS[name]}
    if hidden:
        settings["help"] = argparse.SUPPRESS
    parser.add_argument(f"--{name}", **settings)


def execute(args: argparse.Namespace) -> Output:
    """Read or change the items of a bank."""
    verb = VERBS[args.verb]
    for name in OPTIONS:
        if hasattr(args, name.replace("-", "_")) and name not in ("bank", *verb.options):
            raise UsageError(f"--{name} does not belong to `memories {args.verb}`; see `rb-studio memories --help`")
    work = verb.function(args.verb)
    access = verb.opens(args)
    if args.verb == "add":  # what is refused must not leave an empty workspace behind
        args.item = given_item(args)
    elif args.verb == "import":
        args.loaded = given_file(args)
    with open_workspace(args.workspace, write=access != "read", create=access == "create") as workspace:
        return work(workspace, args)
