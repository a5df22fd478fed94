"""`rb-studio profiles`: the endpoints of models."""

import argparse
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from rb_studio.cli.options import integer, number
from rb_studio.cli.output import Output, table
from rb_studio.models import registry, settings
from rb_studio.models.keys import KeyStore
from rb_studio.models.probe import Capabilities, Finding, probe
from rb_studio.models.profile import PRACTICE, Profile, checked_name
from rb_studio.models.redact import redact
from rb_studio.records.errors import UsageError

CHANGEABLE = (
    "base_url",
    "model",
    "key_env",
    "temperature",
    "max_tokens",
    "timeout",
    "retries",
    "concurrency",
    "price_in",
    "price_out",
    "stream",
    "query_prefix",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|set|test|remove")
    actions.add_parser("list", help="the profiles and where their keys come from", allow_abbrev=False)
    _configure_set(
        actions.add_parser(
            "set", help="add a profile or change one", allow_abbrev=False, argument_default=argparse.SUPPRESS
        )
    )
    for action, text in (("test", "ask the endpoint what it can do"), ("remove", "forget a profile")):
        one = actions.add_parser(action, help=text, allow_abbrev=False)
        one.add_argument("name", metavar="NAME")


def _configure_set(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("name", metavar="NAME")
    add("--base-url", metavar="U", help="address up to and including the version: http://localhost:8080/v1")
    add("--model", metavar="M", help="name of the model at the endpoint")
    add("--key-env", type=_variable, metavar="VAR", help="environment variable with the key (OPENAI_API_KEY)")
    add("--temperature", type=_or_none(number(0, 2)), metavar="T", help="sampling temperature; none leaves it open")
    add("--max-tokens", type=_or_none(integer(1)), metavar="N", help="longest answer; none leaves it open")
    add("--timeout", type=number(0), metavar="S", help="seconds for one attempt (120)")
    add("--retries", type=integer(0, 20), metavar="N", help="further attempts after a passing fault (4)")
    add("--concurrency", type=integer(1, 1024), metavar="N", help="calls in flight at once (8)")
    add("--price-in", type=_or_none(number(0)), metavar="USD", help="US dollars per million prompt tokens")
    add("--price-out", type=_or_none(number(0)), metavar="USD", help="US dollars per million answer tokens")
    add("--query-prefix", metavar="T", help="embedders: what stands before a task's text that memory is looked up by")
    add("--stream", action=argparse.BooleanOptionalAction, help="ask for the answer piece by piece")


def execute(args: argparse.Namespace) -> Output:
    """Do what was asked and list the profiles."""
    actions = {"list": _list, "set": _set, "test": _test, "remove": _remove}
    return actions[args.action](args)


def _list(args: argparse.Namespace) -> Output:
    profiles = _all(settings.load())
    return Output({"profiles": [_entry(profile) for profile in profiles]}, _table(profiles))


def _set(args: argparse.Namespace) -> Output:
    current = settings.load()
    checked_name(args.name)
    changes = {name: getattr(args, name) for name in CHANGEABLE if hasattr(args, name)}
    known = current.profiles.get(args.name)
    if known is None and not {"base_url", "model"} <= changes.keys():
        raise UsageError(f"the profile {args.name!r} is new: give --base-url and --model")
    if "base_url" in changes:
        changes["base_url"] = changes["base_url"].rstrip("/")
    profile = replace(known, **changes) if known else Profile(args.name, **changes)
    settings.save(current.with_profile(profile))
    return Output({"profiles": [_entry(profile)]}, _table([profile]))


def _remove(args: argparse.Namespace) -> Output:
    current = settings.load()
    kept = current.without_profile(args.name)
    if kept.profile == args.name:
        kept = kept.model_copy(update={"profile": PRACTICE.name})
    KeyStore().remove(current.profiles[args.name])
    settings.save(kept)
    left = _all(kept)
    return Output({"profiles": [_entry(profile) for profile in left]}, f"profile {args.name!r} is forgotten")


def _test(args: argparse.Namespace) -> Output:
    """Ask a few short questions; exit code 1 when the endpoint gives no text."""
    profile = registry.profile(args.name, settings.load())
    found = _simulated() if profile.name == PRACTICE.name else probe(profile, KeyStore().find(profile))
    data = {"profiles": [_entry(profile)], "capabilities": found.to_json(), "usable": found.usable}
    if found.usable:
        return Output(data, _findings(found))
    fault = next(finding.detail for finding in found.findings if finding.ok is False)
    return Output(data, _findings(found), 1, f"the profile {profile.name!r} cannot be used: {fault}")


def _simulated() -> Capabilities:
    told = Finding("answers", True, "the shipped practice model: simulated, needs no address and no key")
    return Capabilities(PRACTICE.name, (told,))


def _findings(found: Capabilities) -> str:
    words = {True: "yes", False: "no", None: "not known"}
    return table(("what", "works", ""), [(one.name, words[one.ok], one.detail) for one in found.findings])


def _all(current: settings.Settings) -> list[Profile]:
    return [PRACTICE, *(profile for _, profile in sorted(current.profiles.items()))]


def _entry(profile: Profile) -> dict[str, Any]:
    values = {name: value for name, value in asdict(profile).items() if name != "extra"}
    return {**values, "key": _key_source(profile), "simulated": profile.name == "practice"}


def _key_source(profile: Profile) -> str | None:
    return None if profile.name == "practice" else KeyStore().source(profile)


def _table(profiles: list[Profile]) -> str:
    rows = [
        (profile.name, profile.model, profile.base_url or "(simulated, built in)", _key_text(profile))
        for profile in profiles
    ]
    return table(("name", "model", "base URL", "key"), rows)


def _key_text(profile: Profile) -> str:
    source = _key_source(profile)
    if profile.name == "practice":
        return "needs none"
    if source == "environment":
        return f"environment variable {profile.key_env}"
    return source or f"none ({profile.key_env} is not set)"


def _variable(text: str) -> str:
    """The name of a variable; a key given by mistake is neither stored nor repeated."""
    if not text.isidentifier() or redact(text) != text:
        raise argparse.ArgumentTypeError(
            "give the NAME of an environment variable that holds the key, such as OPENAI_API_KEY, not the key"
        )
    return text


def _or_none(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """`none` takes a value away again."""
    return lambda text: None if text == "none" else parse(text)
