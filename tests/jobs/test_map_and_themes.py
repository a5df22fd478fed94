"""The map of a bank, its themes over the stream, and stages said by a model."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis.projection import umap_available
from rb_studio.jobs.map import bank_map, map_aside
from rb_studio.jobs.reembed import reembed
from rb_studio.jobs.stages import BATCH, NotLabelled, label_stages, read_stages
from rb_studio.jobs.themes import bank_themes, themes_aside
from rb_studio.method.prompts import PromptSet
from rb_studio.models.minilm import shared
from rb_studio.models.profile import PRACTICE, Profile
from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import Failure, FailureKind, Reply, Usage
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.store import banks, curation, operations
from rb_studio.store.item_import import import_items
from rb_studio.store.picture import BankPicture
from rb_studio.store.themes import HUMAN, STAGES, name_theme, set_stages, stages
from rb_studio.store.workspace import Workspace
from tests.models.fake_server import Answer, FakeServer

LESSONS = (
    ("Sort before comparing prices", "Sort the price list first, then read the first row."),
    ("Log in first", "Sign in with name and password before opening the account."),
    ("Check the sorted price list", "After sorting prices, look once more whether the first row is the cheapest."),
    ("Sort or filter prices", "Sort a short price list, filter a long one by price first."),
    ("Enter the password again", "When signing in to the account fails, enter name and password again."),
)


@pytest.fixture
def bank(tmp_path):
    with Workspace.open(tmp_path / "w.rbank", write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "b", "reasoningbank"))
        learned = [
            Experience(f"e{n}", f"s/{n}", f"task {n}", (MemoryItem(f"i{n}", title, "d", content),))
            for n, (title, content) in enumerate(LESSONS)
        ]
        workspace.run(lambda db: import_items(db, bank, learned))
        reembed(workspace, bank, isolated=False)
        yield workspace, bank


def test_items_of_one_subject_are_neighbours_and_the_process_gives_the_same_map(bank):
    workspace, bank = bank
    workspace.run(lambda db: curation.add_item(db, bank, MemoryItem("new", "New", "d", "c")))
    found = bank_map(workspace.reader(), bank, shared())
    assert found.ids.tolist() == [1, 2, 3, 4, 5]
    assert found.missing == (6,)
    assert "not metric" in found.sentence
    assert abs(found.points[0, 0] - found.points[2, 0]) < abs(found.points[0, 0] - found.points[1, 0])
    heard = []
    aside = map_aside(workspace.path, bank, told=lambda *told: heard.append(told))
    assert (aside.points == found.points).all()
    assert heard


def test_a_map_that_cannot_be_drawn_is_refused_with_a_sentence(bank):
    workspace, bank = bank
    with pytest.raises(UsageError, match="no map by 'tsne'"):
        bank_map(workspace.reader(), bank, shared(), "tsne")
    empty = workspace.run(lambda db: banks.create_bank(db, "empty", "reasoningbank"))
    assert bank_map(workspace.reader(), empty, shared()).points.shape == (0, 2)
    with pytest.raises(UsageError, match="umap-learn"):
        bank_map(workspace.reader(), empty, shared(), "umap")
    if not umap_available():
        with pytest.raises(UsageError, match="umap-learn"):
            bank_map(workspace.reader(), bank, shared(), "umap")


def test_themes_follow_the_stream_with_stages_and_a_name_that_stays(bank):
    workspace, bank = bank
    workspace.run(lambda db: set_stages(db, bank, {1: "procedure", 3: "procedure", 4: "adaptive"}, by="model-a"))
    workspace.run(lambda db: set_stages(db, bank, {3: "self-check"}))
    workspace.run(lambda db: name_theme(db, bank, 4, "Sorting"))
    found = bank_themes(workspace.reader(), bank, shared(), least=2)
    prices, account = found.themes
    assert [item.id for item in prices.items] == [1, 3, 4]
    assert [item.id for item in account.items] == [2, 5]
    assert prices.path == ("procedure", "self-check", "adaptive")
    assert [item.by for item in prices.items] == ["model-a", "user", "model-a"]
    assert prices.span == (1, 4)
    assert (prices.name, account.name) == ("Sorting", "")
    assert account.title in [title for title, _ in LESSONS]
    assert (found.places, found.others, found.missing) == (5, 0, 0)
    assert themes_aside(workspace.path, bank, least=2) == found
    assert bank_themes(workspace.reader(), bank, shared()).others == 2
    later = Experience("e9", "s/9", "task 9", (MemoryItem("i9", "Sort prices twice", "d", LESSONS[0][1]),))
    workspace.run(lambda db: import_items(db, bank, [later]))
    reembed(workspace, bank, isolated=False)
    assert [item.id for item in bank_themes(workspace.reader(), bank, shared()).themes[0].items] == [1, 3, 4, 6]


def test_a_merged_item_inherits_the_furthest_stage_and_the_name_until_it_has_its_own(bank):
    workspace, bank = bank
    workspace.run(lambda db: set_stages(db, bank, {1: "adaptive", 3: "procedure"}))
    workspace.run(lambda db: set_stages(db, bank, {1: "compositional"}, by="model-a"))
    workspace.run(lambda db: name_theme(db, bank, 3, "Sorting"))
    for members, title in (((1, 3), LESSONS[0][0]), ((6, 4), LESSONS[2][0])):
        text = ItemText(title, "d", LESSONS[0][1])
        workspace.run(lambda db, text=text, ids=members: curation.merge_items(db, bank, ids, text))
    reembed(workspace, bank, isolated=False)
    merged = lambda: next(one for theme in shown().themes for one in theme.items if one.id == 7)  # noqa: E731
    shown = lambda: bank_themes(workspace.reader(), bank, shared(), least=1, states=("active",))  # noqa: E731
    assert (merged().stage, merged().by) == ("adaptive", HUMAN)
    assert "Sorting" in [theme.name for theme in shown().themes]
    workspace.run(lambda db: set_stages(db, bank, {7: "self-check"}, by="model-b"))
    workspace.run(lambda db: name_theme(db, bank, 7, "Prices"))
    assert (merged().stage, merged().by) == ("self-check", "model-b")
    assert "Prices" in [theme.name for theme in shown().themes]


class Scripted:
    """A model that answers from a list."""

    identity, simulated = "scripted", False

    def __init__(self, *replies):
        self.replies, self.asked = list(replies), []

    def reply(self, messages, settings, seed):
        self.asked.append((messages, settings.temperature))
        return self.replies.pop(0)

    def close(self):
        self.closed = True


def said(*stages):
    return Reply("\n".join(f"{n}: {stage}" for n, stage in enumerate(stages, 1)), usage=Usage(10, 5))


def test_a_model_labels_items_as_one_step(bank):
    workspace, bank = bank
    model = Scripted(said("procedure", "procedure", "self-check", "nonsense", "adaptive"))
    found = label_stages(workspace, bank, [1, 2, 3, 4, 5], PRACTICE, model=model)
    assert (found.labelled, found.unclear, found.tokens) == (4, 1, 15)
    assert stages(workspace.reader(), bank)[3] == {"scripted": "self-check"}
    (messages, temperature), *_ = model.asked
    assert temperature == 0.0
    assert all(title in messages[-1].content for title, _ in LESSONS)
    assert model.closed
    workspace.run(lambda db: operations.undo(db, "memories"))
    assert stages(workspace.reader(), bank) == {}


def test_what_was_said_before_a_fault_or_a_stop_is_kept(bank):
    workspace, bank = bank
    for n in range(BATCH):
        workspace.run(lambda db, n=n: curation.add_item(db, bank, MemoryItem(f"m{n}", f"M{n}", "d", "c")))
    ids = list(range(1, 6 + BATCH))
    broken = Scripted(said(*["procedure"] * BATCH), Reply("", failure=Failure(FailureKind.SERVER, "is down")))
    with pytest.raises(NotLabelled, match="is down"):
        label_stages(workspace, bank, ids, PRACTICE, model=broken)
    assert len(stages(workspace.reader(), bank)) == BATCH
    stop = threading.Event()
    with pytest.raises(Cancelled, match="12 labels"):
        label_stages(
            workspace,
            bank,
            ids,
            PRACTICE,
            model=Scripted(said(*["adaptive"] * BATCH)),
            cancel=stop,
            told=lambda done, total: stop.set(),
        )
    assert stages(workspace.reader(), bank)[1] == {"scripted": "adaptive"}


def test_a_profiles_endpoint_is_asked_and_its_model_named(bank):
    workspace, bank = bank
    with FakeServer() as server:
        server.script(Answer(text="1: adaptive\n2: procedure"))
        found = label_stages(workspace, bank, [1, 2], Profile("fake", server.url, "fake-model"))
        body = server.bodies[-1]
    assert found.labelled == 2
    assert "fake-model" in found.model
    assert "Sort before comparing prices" in body["messages"][-1]["content"]
    assert stages(workspace.reader(), bank)[1] == {found.model: "adaptive"}


def test_the_endpoint_is_asked_from_a_process_of_its_own(bank):
    workspace, bank = bank
    heard = []
    with FakeServer() as server:
        server.script(Answer(text="1: adaptive\n2: procedure"))
        profile = Profile("fake", server.url, "fake-model")
        found = label_stages(workspace, bank, [1, 2], profile, isolated=True, told=lambda *at: heard.append(at))
    assert (found.labelled, heard) == (2, [(2, 2)])
    assert stages(workspace.reader(), bank) == {1: {found.model: "adaptive"}, 2: {found.model: "procedure"}}
    with pytest.raises(UsageError, match="practice model cannot say"):
        label_stages(workspace, bank, [1], PRACTICE, isolated=True)


def test_the_practice_model_is_not_asked(bank):
    workspace, bank = bank
    with pytest.raises(UsageError, match="practice model cannot say"):
        label_stages(workspace, bank, [1], PRACTICE)
    assert stages(workspace.reader(), bank) == {}


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("1: procedure\n2: Self-Check", {1: "procedure", 2: "self-check"}),
        ("- **1** - adaptive.\nItem 2: compositional", {1: "adaptive", 2: "compositional"}),
        ("1: procedure\n1: adaptive\n3: procedure", {}),
        ("I think lesson 1 is a procedure", {}),
    ],
)
def test_a_reply_is_read_line_by_line(reply, found):
    assert read_stages(reply, 2) == found


@given(st.lists(st.sampled_from(STAGES), max_size=12), st.text(max_size=40))
def test_any_reply_can_be_read(given_stages, noise):
    lines = [f"{n}: {stage}" for n, stage in enumerate(given_stages, 1)]
    assert read_stages("\n".join(lines), len(lines)) == dict(enumerate(given_stages, 1))
    assert all(1 <= number <= 5 and stage in STAGES for number, stage in read_stages(noise, 5).items())


def test_the_prompt_of_stages_enters_no_arm():
    hashes = PromptSet.with_overrides().hashes("web")
    assert "stage" in hashes
    without = {name: value for name, value in hashes.items() if name != "stage"}
    for memory in ("none", "reasoningbank", "awm"):
        assert ArmConfig("s", memory=memory, prompts=hashes).hash == ArmConfig("s", memory=memory, prompts=without).hash


def test_a_map_from_the_vectors_in_memory_is_the_same_and_takes_in_what_changed(bank):
    workspace, bank = bank
    picture = BankPicture(bank)
    workspace.run(lambda db: curation.set_state(db, bank, [2], ItemState.DELETED))
    for uid in ("new", "newer"):
        found = map_aside(workspace.path, bank, picture=picture)
        fresh = bank_map(workspace.reader(), bank, shared())
        assert found.ids.tolist() == fresh.ids.tolist()
        assert found.points == pytest.approx(fresh.points, abs=1e-5)
        assert (found.missing, found.sentence) == (fresh.missing, fresh.sentence)
        workspace.run(lambda db, uid=uid: curation.add_item(db, bank, MemoryItem(uid, uid, "d", "c")))
        workspace.run(lambda db: curation.edit_item(db, bank, 1, ItemText("Cook", "d", "Boil the water before.")))
        reembed(workspace, bank, isolated=False)


def test_a_map_can_be_stopped_before_it_begins(bank):
    workspace, bank = bank

    def stop(done, total):
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        map_aside(workspace.path, bank, told=stop)
