"""Methods of one's own: found where they are named, run in a process of their own, every failure a sentence."""

import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rb_studio.jobs.method_host import MethodHost, loaded
from rb_studio.jobs.plugins import find, installed, shipped, with_methods
from rb_studio.jobs.request import RunRequest
from rb_studio.method.case import Case, Lesson, Note
from rb_studio.method.own import MethodFault
from rb_studio.models.settings import Settings
from rb_studio.records.arm import MEMORY_MODES
from rb_studio.records.errors import Cancelled, UnreadableInput, UsageError

NOTES = (Note("first", "when", "do", uid="a", rank=2), Note("second", "when", "do", uid="b", rank=1))
CASE = Case("count the orders", "shop", NOTES, 1, 7, "Advice:\n{{items}}")


@pytest.fixture
def hosts():
    """Hosts by code; all are closed."""
    opened = []

    def _host(tmp_path, code, seconds=20.0, name="mine"):
        path = tmp_path / f"{name}.py"
        path.write_text(code, "utf-8")
        source = find(str(path))
        opened.append(MethodHost(replace(source, functions=loaded(source, 20.0)), seconds))
        return opened[-1]

    yield _host
    for host in opened:
        host.close()


def ask(host, function="retrieve", value=None, answer=lambda what, value: None, case=CASE):
    return host.call(function, case, value, answer, lambda: None)


def test_a_file_is_found_with_its_name_and_the_hash_of_its_bytes(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def retrieve(case):\n    return []\n")
    source = find(str(path))
    assert (source.name, source.label, source.attribute) == ("mine", "mine.py", "")
    assert source.identity.startswith("sha256:")
    path.write_text("def retrieve(case):\n    return [] \n")
    assert find(str(path)).identity != source.identity


def test_an_object_in_a_file_is_named_after_a_colon(hosts, tmp_path):
    path = tmp_path / "several.py"
    path.write_text("class Best:\n    def retrieve(self, case):\n        return case.notes[:1]\n")
    source = find(f"{path}:Best")
    assert source.name == "Best"
    assert loaded(source, 20.0) == ("retrieve",)
    host = MethodHost(source, 20.0)
    assert ask(host) == ["a"]
    host.close()


@pytest.mark.parametrize("mode", MEMORY_MODES)
def test_a_shipped_mode_is_no_method_of_ones_own_and_lends_no_file_its_name(mode, tmp_path):
    assert find(mode) is None
    path = tmp_path / f"{mode}.py"
    path.write_text("def retrieve(case):\n    return []\n")
    with pytest.raises(UsageError, match="shipped mode's"):
        find(str(path))


def test_the_examples_are_found_by_name_and_are_short():
    assert set(shipped()) == {"ace_playbook", "expel_insights"}
    for name, path in shipped().items():
        assert find(name).name == name
        assert len(path.read_text("utf-8").splitlines()) <= 60


def test_an_installed_method_is_found_by_its_entry_point(tmp_path, monkeypatch):
    (tmp_path / "my_methods.py").write_text("class Mine:\n    def inject(self, case, notes):\n        return 'hm'\n")
    info = tmp_path / "my_methods-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-methods\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[rb_studio.methods]\nmine = my_methods:Mine\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "mine" in installed()
    source = find("mine")
    assert (source.name, source.identity) == ("mine", "my-methods 1.2:my_methods:Mine")
    assert "my_methods" not in sys.modules
    request, names = with_methods(RunRequest("practice"), ("none", "mine"), Settings())
    assert names == ("none", "mine")
    assert [one.functions for one in request.methods] == [("inject",)]
    host = MethodHost(request.methods[0], 20.0)
    assert ask(host, "inject", NOTES) == "hm"
    host.close()
    assert "my_methods" not in sys.modules


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def retrieve(case:\n", r"SyntaxError.*mine\.py, line 1"),
        ("x = 1\ny = 1 / 0\n", r"ZeroDivisionError.*mine\.py, line 2"),
        ("import no_such_package\n", r"ModuleNotFoundError.*mine\.py, line 1"),
        ("def remember(case):\n    pass\n", "defines none of retrieve, inject, distil, consolidate"),
        ("import os\nos._exit(3)\n", "died while it loaded"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(tmp_path, code, said):
    path = tmp_path / "mine.py"
    path.write_text(code)
    with pytest.raises(UsageError, match=said):
        with_methods(RunRequest("practice"), (str(path),), Settings())


def test_a_missing_or_empty_file_and_two_of_one_name_are_refused(tmp_path):
    with pytest.raises(UnreadableInput, match=r"nowhere\.py"):
        find(str(tmp_path / "nowhere.py"))
    (tmp_path / "empty.py").write_text(" \n")
    with pytest.raises(UnreadableInput, match="is empty"):
        find(str(tmp_path / "empty.py"))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.py").write_text(f"def retrieve(case):\n    return []  # {folder}\n")
    with pytest.raises(UsageError, match="two different methods are called 'mine'"):
        with_methods(RunRequest("p"), [str(tmp_path / one / "mine.py") for one in ("one", "two")], Settings())


@pytest.mark.parametrize(
    ("function", "gives", "said"),
    [
        ("retrieve", "3", "a value of type int where a list of notes is wanted"),
        ("retrieve", "'all'", "a value of type str where a list of notes is wanted"),
        ("retrieve", "['a']", "a value of type str among the notes"),
        ("inject", "None", "nothing where a text is wanted"),
        ("inject", "b'x'", "a value of type bytes where a text is wanted"),
        ("distil", "{'title': 'x'}", "a value of type dict where a list of lessons is wanted"),
        ("distil", "[case.lesson('t', 'd', 5)]", "a value of type int as the content of a lesson"),
        ("distil", "[case.lesson(' ', 'd', 'c')]", "a lesson without a title"),
        ("consolidate", "[object()]", "a value of type object among the lessons"),
        ("consolidate", "[case.notes[0]]", "a value of type Note among the lessons"),
    ],
)
def test_a_wrong_type_given_back_is_a_sentence(hosts, tmp_path, function, gives, said):
    value = "" if function == "retrieve" else ", value"
    host = hosts(tmp_path, f"def {function}(case{value}):\n    return {gives}\n")
    with pytest.raises(MethodFault, match=said) as told:
        ask(host, function, ())
    assert told.value.lasting
    assert f"(mine.py, in {function})" in str(told.value)


def test_what_it_raises_is_told_with_file_line_and_function(hosts, tmp_path):
    host = hosts(tmp_path, "def retrieve(case):\n    return score(case)\n\n\ndef score(case):\n    return {}['x']\n")
    with pytest.raises(MethodFault, match=r"mine failed in retrieve: KeyError: 'x' \(mine\.py, line 6, in score\)"):
        ask(host)
    host = hosts(tmp_path, "def retrieve():\n    return []\n", name="other")
    with pytest.raises(MethodFault, match=r"other failed in retrieve: TypeError"):
        ask(host)
    host = hosts(tmp_path, "import sys\n\n\ndef retrieve(case):\n    sys.exit('no')\n", name="leaving")
    with pytest.raises(MethodFault, match=r"SystemExit: no \(leaving\.py, line 5, in retrieve\)"):
        ask(host)


def test_one_that_hangs_is_ended_and_its_process_replaced(hosts, tmp_path):
    code = "import time\n\n\ndef retrieve(case):\n    while case.task == 'hang':\n        pass\n    return case.notes\n"
    host = hosts(tmp_path, code, seconds=0.5)
    assert ask(host) == ["a", "b"]
    before = host._child._process
    with pytest.raises(MethodFault, match=r"longer than 0\.5 seconds in retrieve \(mine\.py\) and was ended"):
        ask(host, case=replace(CASE, task="hang"))
    assert before.poll() is not None
    assert ask(host) == ["a", "b"]


def test_waiting_for_a_model_does_not_count(hosts, tmp_path):
    code = "def distil(case, attempts):\n    return [case.lesson(case.ask('distiller', 'hm'), 'd', 'c')]\n"
    host = hosts(tmp_path, code, seconds=0.5)

    def slow(what, value):
        time.sleep(1.0)
        return "said"

    assert ask(host, "distil", (), slow)[0]["title"] == "said"


def test_one_that_dies_may_do_better_next_time(hosts, tmp_path):
    code = "import os\n\n\ndef retrieve(case):\n    return os._exit(9) if case.task == 'die' else case.notes\n"
    host = hosts(tmp_path, code)
    with pytest.raises(MethodFault, match="died in retrieve") as told:
        ask(host, case=replace(CASE, task="die"))
    assert not told.value.lasting
    assert ask(host) == ["a", "b"]


def test_one_killed_while_idle_is_replaced(hosts, tmp_path):
    host = hosts(tmp_path, "def retrieve(case):\n    return case.notes\n")
    ask(host)
    os.kill(host._child._process.pid, signal.SIGKILL)
    host._child._process.wait()
    with pytest.raises(MethodFault) as told:
        ask(host)
    assert not told.value.lasting
    assert ask(host) == ["a", "b"]


def test_stop_ends_a_call_at_once(hosts, tmp_path):
    host = hosts(tmp_path, "def retrieve(case):\n    while True:\n        pass\n")
    stop = threading.Event()

    def check():
        if stop.is_set():
            raise Cancelled("stopped")

    threading.Timer(0.5, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        host.call("retrieve", CASE, None, lambda what, value: None, check)
    assert time.monotonic() - begun < 15


def test_nothing_is_remembered_between_calls_but_what_is_in_the_bank(hosts, tmp_path):
    code = (
        "import random\nimport numpy as np\n\nseen = []\n\n\ndef inject(case, notes):\n    seen.append(1)\n"
        "    return f'{len(seen)} {random.random()} {np.random.random()} {hash(\"x\")}'\n"
    )
    host, again = hosts(tmp_path, code), hosts(tmp_path, code)
    assert ask(host, "inject", NOTES) == ask(host, "inject", NOTES) == ask(again, "inject", NOTES)
    assert ask(host, "inject", NOTES, case=replace(CASE, seed=8)) != ask(host, "inject", NOTES)


def test_what_it_prints_is_in_nobodys_way(hosts, tmp_path, capfd):
    host = hosts(tmp_path, "print('loaded')\n\n\ndef inject(case, notes):\n    print('hello')\n    return 'x'\n")
    assert ask(host, "inject", NOTES) == "x"
    host.close()
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("function", "gives", "said"),
    [
        ("inject", "'y' * 10_000_000", "10,000,000 characters as the text to inject, where 1,000,000 are the most"),
        ("distil", "[case.lesson('t', 'd', 'x' * 10_000_000)]", "10,000,000 characters as the content of a lesson"),
        ("distil", "iter(lambda: case.lesson('t', 'd', 'c'), None)", "more than 100,000 lessons"),
        ("consolidate", "[case.notes[0].drop('x' * 200_000)]", "200,000 characters as the reason"),
    ],
)
def test_too_much_given_back_is_a_sentence(hosts, tmp_path, function, gives, said):
    host = hosts(tmp_path, f"def {function}(case, value):\n    return {gives}\n")
    with pytest.raises(MethodFault, match=said):
        ask(host, function, ())


needs_fork = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no fork and /proc")


def gone(pid, seconds=10.0):
    """Whether a process ends in time; one that nobody has collected yet runs no more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@needs_fork
def test_a_fork_answers_nothing_and_is_gone_with_the_process(hosts, tmp_path):
    note = tmp_path / "child"
    code = (
        "import os\nimport time\n\n\ndef inject(case, notes):\n    pid = os.fork()\n"
        "    if pid == 0 and case.seed == 7:\n"
        f"        open({str(note)!r}, 'w').write(str(os.getpid()))\n        time.sleep(600)\n"
        "    return f'{case.seed} {pid > 0}'\n"
    )
    host = hosts(tmp_path, code)
    said = [ask(host, "inject", NOTES, case=replace(CASE, seed=seed)) for seed in (7, 8, 9, 10)]
    assert said == ["7 True", "8 True", "9 True", "10 True"]
    begun = time.monotonic()
    host.close()
    assert time.monotonic() - begun < 10
    assert gone(int(note.read_text()))


def test_a_thread_that_asks_when_its_call_is_over_gets_no_answer_of_another_call(hosts, tmp_path):
    note = tmp_path / "late"
    code = (
        "import threading\n\n\ndef ask(case):\n    threading.Event().wait(0.2)\n    try:\n"
        "        case.embed(['late'])\n"
        f"    except RuntimeError as error:\n        open({str(note)!r}, 'w').write(str(error))\n\n\n"
        "def inject(case, notes):\n    if case.seed == 7:\n        threading.Thread(target=ask, args=(case,)).start()\n"
        "        return 'first'\n    threading.Event().wait(0.6)\n    return case.ask('distiller', 'mine')\n"
    )
    host, asked = hosts(tmp_path, code), []

    def answer(what, value):
        asked.append(what)
        return "second"

    assert ask(host, "inject", NOTES, answer) == "first"
    assert ask(host, "inject", NOTES, answer, replace(CASE, seed=8)) == "second"
    assert asked == ["ask"]
    assert "the call is over" in note.read_text()


def test_a_question_it_may_not_ask_is_its_own_mistake(hosts, tmp_path):
    def answer(what, value):
        raise ValueError("a method may not ask that")

    host = hosts(tmp_path, "def distil(case, attempts):\n    return [case.ask('judge', 'who')]\n")
    with pytest.raises(MethodFault, match=r"ValueError: a method may not ask that \(mine\.py, line 2, in distil\)"):
        ask(host, "distil", (), answer)


def test_texts_that_no_file_can_hold_are_mended(hosts, tmp_path):
    host = hosts(tmp_path, "def inject(case, notes):\n    return 'a\\0b' + chr(0xD800)\n")
    assert ask(host, "inject", NOTES) == "ab?"


def test_a_case_finds_the_nearest_and_renders_as_reasoningbank_does():
    assert [note.uid for note in CASE.nearest()] == ["b"]
    assert [note.uid for note in CASE.nearest(5)] == ["b", "a"]
    assert CASE.block([]) == ""
    assert CASE.block(NOTES[:1]) == "Advice:\n# Memory Item 1\n## Title first\n## Description when\n## Content do"


def test_lessons_and_notes_are_edited_by_name_of_text():
    lesson = Lesson("t", "d", "c", origin=4).edit(content="better")
    assert (lesson.title, lesson.content, lesson.origin) == ("t", "better", 4)
    edit = NOTES[0].edit(title="new")
    assert (edit.uid, edit.title, edit.content) == ("a", "new", "do")
    with pytest.raises(TypeError, match="no helpful"):
        NOTES[0].edit(helpful="3")


def test_lessons_are_matched_with_notes_as_the_merge_prompt_has_it():
    lessons = [Lesson("x", "d", "c"), Lesson("y", "d", "c")]
    reply = '{"decisions": [{"new": 2, "action": "update", "existing": 1, "title": "t", "content": "both"}]}'
    case = replace(CASE, talk=lambda what, value: reply)
    (first, same), (note, worded) = case.matched(lessons, NOTES)
    assert (first, same) == (None, lessons[0])
    assert (note, worded.content) == (NOTES[0], "both")
    silent = replace(CASE, talk=lambda what, value: "")
    assert [note for note, _ in silent.matched(lessons, NOTES)] == [None, None]
    assert [note for note, _ in CASE.matched(lessons, [])] == [None, None]


def test_the_process_imports_nothing_from_the_folder_one_is_in(hosts, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise SystemExit('a trap')\n")
    monkeypatch.chdir(tmp_path)
    host = hosts(Path(tmp_path), "def retrieve(case):\n    return case.notes\n")
    assert ask(host) == ["a", "b"]
