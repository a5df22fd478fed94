"""The process a memory method of one's own runs in: calls on standard input, what it gives back on standard output.

It is handed the method's code and one task's case at a time and knows nothing else: neither workspace nor truth nor
keys of models are among what is sent. A file is executed anew for every call, so what a method wants to remember has to
go into the bank; Python's and numpy's dice are set to the call's seed.
"""

import contextlib
import os
import pickle
import queue
import random
import signal
import sys
import threading
import traceback
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from rb_studio.method.case import Case, Drop, Edit, Lesson, Note
from rb_studio.models import frames
from rb_studio.records.own_method import FUNCTIONS, MethodSource

LONGEST_TEXT = 100_000  # characters of one text of a lesson
LONGEST_BLOCK = 1_000_000
MOST_GIVEN = 100_000
_HERE = str(Path(__file__).resolve().parents[1])


class _Unusable(Exception):
    """A sentence about what a method gave back."""


def main() -> int:
    """Serve until the other side closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the owner ends this process
    requests, answers = frames.private_pipes()
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests, inbox), name="receive", daemon=True).start()
    source: MethodSource = inbox.get()
    try:
        functions = _functions(_load(source), source)
    except BaseException as error:  # noqa: BLE001 - loading runs the method's own code, which may raise anything
        frames.write_json(answers, {"error": _sentence(source, "cannot be loaded", error)})
        return 1
    frames.write_json(answers, {"functions": functions})
    line = _Line(answers, inbox)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=line.cut)
    while True:
        function, case, value = inbox.get()
        with line.call() as talk:
            told = _called(source, function, case, value, talk)
        line.tell(told)


def _receive(requests: BinaryIO, inbox: "queue.SimpleQueue[Any]") -> None:
    """Hand on what arrives; without an owner there is nobody to work for, whatever runs."""
    try:
        while True:
            inbox.put(pickle.loads(frames.read(requests)))  # noqa: S301 - our own owner's pipe
    except frames.BrokenFrame:
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGKILL)  # what the method started goes along
        os._exit(0)


class _Line:
    """The way back to the owner: one question at a time, and each call is answered once.

    A method may start threads and fork; what they would still say when their call is over, or beside it, would pass for
    the answer to another one.
    """

    def __init__(self, answers: BinaryIO, inbox: "queue.SimpleQueue[Any]") -> None:
        self._answers, self._inbox = answers, inbox
        self._lock = threading.Lock()
        self._call = 0
        self._cut = False

    def cut(self) -> None:
        """Leave a forked process without a way back."""
        self._cut = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        with contextlib.suppress(OSError):
            os.dup2(nowhere, self._answers.fileno())
        os.close(nowhere)

    @contextlib.contextmanager
    def call(self) -> Iterator[Callable[[str, Any], Any]]:
        """A way to ask that ends with the call; it waits for a question that a thread still asks."""
        own = self._call
        try:
            yield lambda what, value: self._asked(own, what, value)
        finally:
            if not self._cut:
                with self._lock:
                    self._call += 1

    def tell(self, value: dict[str, Any]) -> None:
        """The call's one answer; a fork that came this far ends here."""
        if self._cut:
            os._exit(0)
        frames.write_json(self._answers, value)

    def _asked(self, call: int, what: str, value: Any) -> Any:
        if self._cut:
            raise RuntimeError("a forked process cannot ask: ask first, then fork")
        with self._lock:
            if call != self._call:
                raise RuntimeError("the call is over: ask while the function runs")
            frames.write_json(self._answers, {"want": what, "value": value})
            kind, answer = self._inbox.get()
        if kind == "error":
            raise ValueError(answer)
        return answer


def _called(
    source: MethodSource, function: str, case: Case, value: Any, talk: Callable[[str, Any], Any]
) -> dict[str, Any]:
    import numpy as np

    random.seed(case.seed)
    np.random.seed(case.seed)
    case = replace(case, talk=talk)
    try:
        body = getattr(_load(source), function)
        given = body(case) if function == "retrieve" else body(case, value)
        return {"result": _PLAIN[function](given)}
    except _Unusable as error:
        return {"error": f"the method {source.name} gave back {error} ({source.label}, in {function})"}
    except frames.BrokenFrame:
        raise
    except BaseException as error:  # noqa: BLE001 - a method may raise anything, SystemExit too; the sentence goes up
        return {"error": _sentence(source, f"failed in {function}", error)}


def _load(source: MethodSource) -> Any:
    """The object with the functions: the file itself, something in it, or an installed one."""
    if not source.is_file:
        from importlib.metadata import EntryPoint

        found: Any = EntryPoint(source.name, source.attribute, "rb_studio.methods").load()
    else:
        module = types.ModuleType(f"rb_studio_method_{source.name}")
        module.__file__ = source.label
        sys.modules[module.__name__] = module  # dataclasses look their module up
        exec(compile(source.code, source.label, "exec"), module.__dict__)  # noqa: S102 - the user named this file
        found = getattr(module, source.attribute) if source.attribute else module
    return found() if isinstance(found, type) else found


def _functions(found: Any, source: MethodSource) -> list[str]:
    defined = [name for name in FUNCTIONS if callable(getattr(found, name, None))]
    if not defined:
        raise _Unusable(f"it defines none of {', '.join(FUNCTIONS)}")
    return defined


def _sentence(source: MethodSource, what: str, error: BaseException) -> str:
    """What happened, and the method's own last line that led there."""
    said = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())[:300]
    kind = "" if isinstance(error, _Unusable) else f"{type(error).__name__}{': ' if said else ''}"
    return f"the method {source.name} {what}: {kind}{said} ({_where(source, error)})"


def _where(source: MethodSource, error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename == source.label:
        return f"{source.label}, line {error.lineno}"
    stack = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in stack if frame.filename == source.label]
    if not source.is_file:
        own = [frame for frame in stack if not frame.filename.startswith((_HERE, "<"))]
    if not own:
        return source.label
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}, in {own[-1].name}"


def _uids(given: Any) -> list[str]:
    return [_of(one, Note, "notes").uid for one in _listed(given, "notes")]


def _block(given: Any) -> str:
    if not isinstance(given, str):
        raise _Unusable(f"{_kind(given)} where a text is wanted")
    return _clean(_short(given, LONGEST_BLOCK, "text to inject"))


def _lessons(given: Any) -> list[dict[str, Any]]:
    return [_lesson(one) for one in _listed(given, "lessons")]


def _changes(given: Any) -> list[dict[str, Any]]:
    return [_change(one) for one in _listed(given, "lessons, edits and drops")]


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "retrieve": _uids,
    "inject": _block,
    "distil": _lessons,
    "consolidate": _changes,
}


def _change(one: Any) -> dict[str, Any]:
    if isinstance(one, Edit):
        return {"kind": "edit", "uid": one.uid, **_texts(one)}
    if isinstance(one, Drop):
        return {"kind": "drop", "uid": one.uid, "reason": _clean(_short(str(one.reason), LONGEST_TEXT, "reason"))}
    return {"kind": "lesson", "lesson": _lesson(one)}


def _lesson(one: Any) -> dict[str, Any]:
    lesson = _of(one, Lesson, "lessons")
    return {**_texts(lesson), "origin": lesson.origin}


def _texts(one: Lesson | Edit) -> dict[str, str]:
    texts = {"title": one.title, "description": one.description, "content": one.content}
    wrong = next((name for name, text in texts.items() if not isinstance(text, str)), None)
    if wrong:
        raise _Unusable(f"{_kind(texts[wrong])} as the {wrong} of a lesson, where a text is wanted")
    if not one.title.strip() or not (one.description + one.content).strip():
        raise _Unusable("a lesson without a title or without a text")
    return {name: _clean(_short(text, LONGEST_TEXT, f"{name} of a lesson")) for name, text in texts.items()}


def _listed(given: Any, what: str) -> Sequence[Any]:
    if given is None:
        return ()
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise _Unusable(f"{_kind(given)} where a list of {what} is wanted")
    listed = list(islice(given, MOST_GIVEN + 1))
    if len(listed) > MOST_GIVEN:
        raise _Unusable(f"more than {MOST_GIVEN:,} {what}")
    return listed


def _short(text: str, most: int, what: str) -> str:
    if len(text) > most:
        raise _Unusable(f"{len(text):,} characters as the {what}, where {most:,} are the most")
    return text


def _of(one: Any, wanted: type[Any], what: str) -> Any:
    if not isinstance(one, wanted):
        raise _Unusable(f"{_kind(one)} among the {what}")
    return one


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a value of type {type(value).__name__}"


def _clean(text: str) -> str:
    """What can be stored."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


if __name__ == "__main__":
    sys.exit(main())
