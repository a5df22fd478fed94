"""What the queue of jobs offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

QUEUE = "Plot \u203a Queue"
OFFERED = (
    Declared("scaling.queue", "Show the &queue of jobs", QUEUE, "Alt+9", "", 9),
    Declared("scaling.queue.pause", "Pa&use the sweep", QUEUE, "", "", 9),
    Declared("scaling.queue.resume", "R&esume the sweep", QUEUE, "", "", 9),
    Declared("scaling.queue.up", "Move the job u&p", QUEUE, "", "", 10),
    Declared("scaling.queue.down", "Move the job &down", QUEUE, "", "", 10),
    Declared("scaling.queue.out", "&Take the job out", QUEUE, "", "", 10),
    Declared("scaling.queue.go_on", "Let the queue &go on", QUEUE, "", "", 10),
)
