"""Settings survive a round trip, never lose a damaged file, never hold a key."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rb_studio.models import settings as module
from rb_studio.models.errors import ProfileError, SettingsError
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings, load, save, settings_path

LOCAL = Profile("local", "http://localhost:8080/v1", "llama", temperature=0.0, price_in=1.5, extra={"top_p": 0.9})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def test_without_a_file_the_defaults_hold_and_nothing_is_written(folder):
    assert load() == Settings()
    assert not (folder / "config").exists()


def test_what_is_saved_is_read_back(folder):
    chosen = Settings(embedder="hashing", allow_downloads=True).with_profile(LOCAL)
    assert save(chosen) is None
    assert load() == chosen
    assert [path.name for path in (folder / "config").iterdir()] == ["settings.toml"]


def test_folders_follow_the_environment(folder):
    assert settings_path() == folder / "config" / "settings.toml"
    assert module.data_folder() == folder / "data"


def test_a_profile_can_be_removed_once():
    chosen = Settings().with_profile(LOCAL).without_profile("local")
    assert chosen.profiles == {}
    with pytest.raises(ProfileError, match="local"):
        chosen.without_profile("local")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("half = [", "damaged"),
        ("\x00\x01", "damaged"),
        ("version = 99", "newer"),
        ("colour = 'red'", "colour"),
        ("allow_downloads = 'perhaps'", "allow_downloads"),
        ("profiles = 3", "profiles"),
        ("[profiles]\nlocal = 3", "local"),
        ("[profiles.local]\nbase_url = 'http://x/v1'\nmodel = 'm'\ntimeout = -1", "timeout"),
        ("[profiles.local]\nbase_url = 'http://x/v1'\nmodel = 5", "model"),
        ("[profiles.local]\nbase_url = 'http://x/v1'\nmodel = 'm'\nkey = 'sk-1234567890abcdef'", "unknown entry 'key'"),
        ("[profiles.practice]\nbase_url = 'http://x/v1'\nmodel = 'm'", "practice"),
    ],
)
def test_a_damaged_file_gives_one_sentence_and_is_put_aside_when_saving(text, part):
    settings_path().parent.mkdir()
    settings_path().write_text(text)
    with pytest.raises(SettingsError, match=part) as error:
        load()
    assert "\n" not in str(error.value)
    assert "1234567890" not in str(error.value)
    assert settings_path().read_text() == text
    aside = save(Settings())
    assert aside is not None
    assert aside.read_text() == text
    assert load() == Settings()


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_bytes_are_settings_or_a_sentence(folder, data):
    path = folder / "any.toml"
    path.write_bytes(data)
    try:
        message = repr(load(path))
    except SettingsError as error:
        message = str(error)
    assert message.startswith("Settings(") or str(path) in message


def test_a_folder_in_the_way_is_named(folder):
    (folder / "config").write_text("a file, not a folder")
    with pytest.raises(SettingsError, match="cannot be written"):
        save(Settings())


def test_a_failed_write_leaves_the_old_file_and_no_rest(folder, monkeypatch):
    save(Settings(embedder="hashing"))
    before = settings_path().read_bytes()

    def fail(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", fail)
    with pytest.raises(SettingsError, match="No space left"):
        save(Settings())
    assert settings_path().read_bytes() == before
    assert [path.name for path in (folder / "config").iterdir()] == ["settings.toml"]


def test_whose_word_counts_is_kept_and_checked():
    chosen = Settings(precedence=("human", "truth"))
    save(chosen)
    assert load() == chosen
    assert load().precedence == ("human", "truth")
    with pytest.raises(ValueError, match="cannot be"):
        Settings(precedence=("human", "human"))
    settings_path().write_text('precedence = ["nobody"]', "utf-8")
    with pytest.raises(SettingsError, match="precedence"):
        load()
