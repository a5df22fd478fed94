"""Keys: found in order, bound to host and profile, never shown."""

import logging
import pickle
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rb_studio.models import redact as redaction
from rb_studio.models.errors import SettingsError
from rb_studio.models.keys import KeyStore
from rb_studio.models.profile import Profile
from rb_studio.models.redact import MASK, RedactingFilter, Secret, redact

HERE = Profile("mine", "http://localhost:8080/v1", "llama", key_env="MY_KEY")
THERE = Profile("mine", "http://elsewhere:8080/v1", "llama", key_env="MY_KEY")


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setattr(redaction, "_known", set())


class Ring:
    """A keyring in memory with the functions of the real one."""

    def __init__(self, broken=False):
        self.entries, self.broken = {}, broken

    def get_password(self, service, user):
        if self.broken:
            raise RuntimeError("no backend")
        return self.entries.get((service, user))

    def set_password(self, service, user, key):
        if self.broken:
            raise RuntimeError(f"no backend for {key}")
        self.entries[service, user] = key

    def delete_password(self, service, user):
        del self.entries[service, user]


def test_environment_comes_before_keyring_before_memory():
    environment, ring = {}, Ring()
    keys = KeyStore(environment, ring)
    assert keys.find(HERE) is None
    assert keys.source(HERE) is None
    keys.keep(HERE, "from-memory")
    assert (keys.find(HERE).reveal(), keys.source(HERE)) == ("from-memory", "memory")
    keys.save(HERE, "from-keyring")
    assert (keys.find(HERE).reveal(), keys.source(HERE)) == ("from-keyring", "keyring")
    environment["MY_KEY"] = " from-environment \n"
    assert (keys.find(HERE).reveal(), keys.source(HERE)) == ("from-environment", "environment")


def test_a_key_kept_for_one_host_is_not_given_to_another():
    keys = KeyStore({}, Ring())
    keys.keep(HERE, "first-key")
    keys.save(HERE, "second-key")
    assert keys.find(THERE) is None


def test_removing_forgets_memory_and_keyring():
    ring = Ring()
    keys = KeyStore({}, ring)
    keys.keep(HERE, "first-key")
    keys.save(HERE, "second-key")
    keys.remove(HERE)
    assert keys.find(HERE) is None
    assert ring.entries == {}


def test_a_broken_keyring_is_no_key_and_saving_says_so_without_the_key():
    keys = KeyStore({}, Ring(broken=True))
    assert keys.find(HERE) is None
    with pytest.raises(SettingsError, match="MY_KEY") as error:
        keys.save(HERE, "very-secret-key")
    assert "very-secret-key" not in str(error.value)
    assert error.value.__cause__ is None


def test_without_a_keyring_saving_names_the_variable():
    with pytest.raises(SettingsError, match="MY_KEY"):
        KeyStore({}, None).save(HERE, "very-secret-key")


def test_a_secret_does_not_show_itself():
    secret = Secret("hunter2-hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    assert redact("it was hunter2-hunter2!") == f"it was {MASK}!"


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-proj-abc123def456ghi789.",
        "sk-abcd****************wxyz is wrong",
        "{'Authorization': 'Bearer abc.def-123'}",
        "api_key=abcdef123456",
        '{"api-key": "abcdef123456"}',
        "https://user:abcdef123456@host/v1",
    ],
)
def test_what_looks_like_a_key_is_masked(text):
    masked = redact(text)
    assert MASK in masked
    assert not any(part in masked for part in ("abc123", "wxyz", "abc.def", "abcdef123456"))


@pytest.mark.parametrize(
    "text", ["set OPENAI_API_KEY", "task-1234567890", "a risk-free basic idea", "http://host:80/v1"]
)
def test_ordinary_text_stays(text):
    assert redact(text) == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=8), st.text(), st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_known_key_never_survives(key, before, after):
    Secret(key)
    assert key not in redact(before + key + after).replace(MASK, "")


def test_log_lines_and_tracebacks_are_masked():
    secret = Secret("hunter3-hunter3")
    lines = []

    class Collector(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = Collector()
    handler.addFilter(RedactingFilter())
    logger = logging.getLogger("rb_studio.test.redaction")
    logger.addHandler(handler)
    try:
        logger.warning("sent %s", secret.reveal())
        try:
            raise ValueError(secret.reveal())
        except ValueError:
            logger.exception("failed")
    finally:
        logger.removeHandler(handler)
    assert len(lines) == 2
    assert "ValueError" in lines[1]
    assert "hunter3" not in "".join(lines)


def test_a_secret_can_travel_to_a_worker_process():
    assert pickle.loads(pickle.dumps(Secret("travelling-key"))).reveal() == "travelling-key"


def test_a_key_kept_in_memory_reaches_processes_started_later_and_no_other_host(monkeypatch):
    monkeypatch.delenv("MY_KEY", raising=False)
    KeyStore(keyring=None).keep(HERE, "kept-in-memory")
    question = (
        "from rb_studio.models.keys import KeyStore; from rb_studio.models.profile import Profile\n"
        "for host in ('localhost', 'elsewhere'):\n"
        "    profile = Profile('mine', f'http://{host}:8080/v1', 'llama', key_env='MY_KEY')\n"
        "    print(KeyStore(keyring=None).source(profile))"
    )
    told = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["memory", "None"]
    KeyStore(keyring=None).remove(HERE)
    assert KeyStore(keyring=None).find(HERE) is None
