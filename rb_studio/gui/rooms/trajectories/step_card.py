"""The upper half of the step: what the agent thought and did, and what went wrong with it."""

from html import escape

from rb_studio.gui.rooms.trajectories import markup
from rb_studio.gui.rooms.trajectories.highlight import language_of_action, language_of_output
from rb_studio.gui.rooms.trajectories.kinds import acted_element, element_line, kind_of, signs
from rb_studio.gui.rooms.trajectories.levels import Level, Reading
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import DASH, count, money, number, readable, seconds
from rb_studio.gui.theme import Colours
from rb_studio.records.trajectory import Step

NO_STEP = "No step yet. The first one appears here as soon as the agent has taken it."
ONLY_OUTCOME = "The file gives the outcome of this rollout, not its steps."
PRINTED, PRINTED_LINES = 4_000, 40
NO_STEPS = "This rollout ended before its first step."


def card_html(opened: Opened, place: int, colours: Colours, reading: Reading, *, blind: bool = False) -> str:
    """Thought, action and error of a step as rich text, as far as they are to be read.

    At the simple level what the action printed stands below it. Who judges `blind` is not told the model.
    """
    if not place:
        return _no_step(opened, colours)
    step = opened.step(place)
    parts = []
    if step.reasoning:
        parts.append(_reasoning(step.reasoning, colours, reading.reasoning))
    parts.append(markup.label("Thought", colours))
    parts.append(markup.prose(step.thought) if step.thought.strip() else markup.muted("none", colours))
    if reading.tools:
        parts += _actions(opened, step, place, colours)
    if step.error:
        parts.append(_error(step.error, colours))
    elif (trouble := signs(step)) is not None:
        parts.append(f"<p>{markup.sign('warning', trouble, colours)}</p>")
    if reading.tools and reading.level is Level.SIMPLE:
        parts += _printed(step, colours)
    if reading.metadata:
        parts.append(_metadata(opened, step, place, colours, blind=blind))
    return "".join(parts)


def facts(opened: Opened, place: int, *, blind: bool = False) -> str:
    """Tokens, cost and time of a step in one line; a dash for what is unknown. A cost would tell the model."""
    if not place:
        return ""
    step = opened.step(place)
    usage = step.usage
    tokens = f"{number(usage.prompt)} + {number(usage.completion)}" if usage else DASH
    cost = [] if blind else [f"cost {money(step.cost)}"]
    return "    ".join([f"tokens {tokens}", *cost, f"time {seconds(step.elapsed)}"])


def _no_step(opened: Opened, colours: Colours) -> str:
    if opened.running:
        return markup.prose(NO_STEP)
    told = markup.prose(ONLY_OUTCOME if opened.run.foreign_key is not None else NO_STEPS)
    ended = opened.trajectory.exit_detail
    return f"{told}{markup.label('Ended with', colours)}{markup.prose(ended)}" if ended else told


def _printed(step: Step, colours: Colours) -> list[str]:
    """The beginning of what followed the action; all of it is a level deeper."""
    lines = readable(step.observation[: 2 * PRINTED]).strip("\n").split("\n")
    shown = "\n".join(lines[:PRINTED_LINES])[:PRINTED]
    if not shown.strip():
        return []
    language = language_of_output(step.observation, step.action_text)
    parts = [markup.label("What followed", colours), markup.box(shown, colours, language=language)]
    if len(shown) < len(readable(step.observation).strip("\n")):
        size = count(len(step.observation), "character")
        parts.append(f"<p>{markup.link('level:full', f'Read all of it ({size})', colours)}</p>")
    return parts


def _metadata(opened: Opened, step: Step, place: int, colours: Colours, *, blind: bool) -> str:
    """What was used, when, and where the step stands in its file."""
    calls = opened.calls.get(place, ())
    found = [
        ("Used", facts(opened, place, blind=blind)),
        ("Model", "" if blind else calls[-1].reply.model if calls else opened.trajectory.model),
        ("Seed", str(calls[-1].seed) if calls else ""),
        ("Asked", f"{len(calls)} times" if len(calls) > 1 else ""),
        ("Started", (step.started_at or "")[:19].replace("T", " ")),
        ("Pass", str(step.pass_number) if len(opened.trajectory.passes) > 1 else ""),
        ("Tools", ", ".join(action.tool for action in step.actions if action.tool)),
        ("Source", step.pointer or ""),
    ]
    rows = "".join(
        f'<tr><td style="color:{colours.muted}">{name}&nbsp;</td><td>{escape(readable(value))}</td></tr>'
        for name, value in found
        if value
    )
    return f'{markup.label("About the step", colours)}<table cellspacing="0" cellpadding="1">{rows}</table>'


def _actions(opened: Opened, step: Step, place: int, colours: Colours) -> list[str]:
    title = "Action" if len(step.actions) <= 1 else f"{len(step.actions)} actions"
    parts = [markup.label(f"{title} \u2013 {kind_of(step)}", colours)]
    for action in step.actions:
        language = language_of_action(action.text, action.tool)
        parts.append(markup.box(action.text, colours, language=language))
        element = acted_element(action.text)
        line = element_line(opened.page_before(place), element) if element else None
        if line:
            parts.append(f'<p style="margin:0">{markup.muted(f"on {line[:200]}", colours)}</p>')
    return parts


def _error(error: str, colours: Colours) -> str:
    """The error on the step that caused it."""
    text = escape(error).replace("\n", "<br>")
    return (
        f'<table width="100%" cellpadding="5" cellspacing="0" style="border:1px solid {colours.failure};'
        f'margin-top:6px"><tr><td>{markup.sign("failure", "Error", colours)}&nbsp; {text}</td></tr></table>'
    )


def _reasoning(text: str, colours: Colours, shown: bool) -> str:
    size = count(len(text), "character")
    toggle = markup.link("reasoning:", f"{'Hide' if shown else 'Show'} the model's reasoning ({size})", colours)
    return f"<p>{toggle}</p>" + (markup.prose(text) if shown else "")
