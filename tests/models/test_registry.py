"""Names lead to the right model, and to a sentence when there is none."""

import subprocess
import sys

import pytest

from rb_studio.models import minilm, registry
from rb_studio.models.errors import ProfileError
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.models.keys import KeyStore
from rb_studio.models.openai_chat import OpenAIChat
from rb_studio.models.openai_embedder import OpenAIEmbedder
from rb_studio.models.practice import PracticeModel
from rb_studio.models.practice_constants import DEFAULT
from rb_studio.models.profile import PRACTICE, Profile
from rb_studio.models.sentence_worker import SentenceWorkerEmbedder
from rb_studio.models.settings import Settings, save
from rb_studio.records.calls import CallSettings, Message

LOCAL = Profile("local", "http://localhost:8080/v1", "llama")
STORED = Settings().with_profile(LOCAL)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(tmp_path))


def test_a_profile_is_found_by_name_address_or_practice():
    assert registry.profile("local", STORED) is LOCAL
    assert registry.profile("m@http://x/v1", STORED).model == "m"
    assert registry.profile("practice", STORED) is PRACTICE


def test_profiles_are_read_from_the_settings_file():
    save(STORED)
    assert registry.profile("local") == LOCAL


def test_an_unknown_profile_names_the_known_ones():
    with pytest.raises(ProfileError, match="practice, local"):
        registry.profile("locale", STORED)


def test_a_chat_model_answers_with_the_key_of_its_profile(server, profile):
    server.key = "the-right-key"
    model = registry.chat_model(profile, KeyStore({"RB_STUDIO_TEST_KEY": "the-right-key"}, None))
    assert isinstance(model, OpenAIChat)
    assert model.reply([Message("user", "hi")], CallSettings(), 1).text == "ok"
    model.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("all-MiniLM-L6-v2", minilm.MiniLmEmbedder),
        ("sentence-transformers/all-MiniLM-L6-v2", minilm.MiniLmEmbedder),
        ("practice", minilm.MiniLmEmbedder),
        ("hashing", HashingEmbedder),
        ("local", OpenAIEmbedder),
        ("m@http://x/v1", OpenAIEmbedder),
        (LOCAL, OpenAIEmbedder),
        (PRACTICE, minilm.MiniLmEmbedder),
        ("org/another-model", SentenceWorkerEmbedder),
    ],
)
def test_an_embedder_is_found_by_name(name, kind):
    found = registry.embedder(name, STORED, KeyStore({}, None))
    assert isinstance(found, kind)
    assert found.low_quality is (kind is HashingEmbedder)


def test_the_packaged_embedder_is_shared():
    assert registry.embedder() is registry.embedder("minilm")


def test_naming_models_imports_nothing_slow():
    script = (
        "import sys; from rb_studio.models import registry; registry.embedder('all-MiniLM-L6-v2')\n"
        "slow = {'openai', 'httpx2', 'pydantic', 'torch', 'keyring', 'scipy', 'sentence_transformers'}\n"
        "sys.exit(bool(slow & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_a_constant_of_the_practice_model_can_be_multiplied_by_name():
    plain, timid = registry.profile("practice"), registry.profile("practice:gain*0.5")
    assert (timid.name, dict(timid.extra)) == ("practice", {"gain": 0.5})
    assert registry.chat_model(plain).identity == "practice-1"
    assert registry.chat_model(timid).identity == PracticeModel(DEFAULT.scaled("gain", 0.5)).identity != "practice-1"
    assert registry.chat_model(timid).simulated


@pytest.mark.parametrize(
    "text", ["practice:", "practice:luck*2", "practice:gain*0", "practice:gain*-1", "practice:gain"]
)
def test_a_variant_that_cannot_be_is_a_sentence_with_the_constants(text):
    with pytest.raises(ProfileError, match=r"careful\.save"):
        registry.profile(text)
