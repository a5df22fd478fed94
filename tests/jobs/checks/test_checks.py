"""Checks of an installation say what is wrong and what to do, and never fail themselves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from rb_studio.jobs.checks import models, qt, system
from rb_studio.jobs.checks.base import _guarded
from rb_studio.models import settings
from rb_studio.models.profile import Profile


@contextmanager
def server(status: int) -> Iterator[tuple[int, list[str]]]:
    """An HTTP server on loopback that answers every GET with one status and records the paths."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Location", "http://192.0.2.1/elsewhere")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Silent."""

    http = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    try:
        yield http.server_port, asked
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.mark.parametrize(
    ("version", "python", "ok"),
    [
        ("6.10.3", (3, 11), True),
        ("6.12.0", (3, 11), False),
        ("6.12.0", (3, 12), True),
        ("7.0", (3, 11), False),
    ],
)
def test_a_qt_that_leaks_on_this_python_is_refused(version: str, python: tuple[int, int], ok: bool) -> None:
    assert system.qt_version(version, python).ok is ok


def test_qt_starts_offscreen_and_a_missing_platform_is_a_sentence() -> None:
    assert qt.start("offscreen").fault is None
    fault = qt.start("no-such-platform").fault
    assert fault is not None
    assert "plugin" in fault


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("ImportError: libEGL.so.1: cannot open shared object file: No such file or directory", "libEGL.so.1"),
        ("qt.qpa.plugin: From 6.5.0, xcb-cursor0 or libxcb-cursor0 is needed to load the plugin.", "xcb-cursor0"),
        ("", "without a word"),
    ],
)
def test_the_missing_library_is_named(said: str, named: str) -> None:
    assert named in qt._reason(said)


@pytest.mark.parametrize("status", [200, 302, 401, 404, 500])
def test_any_http_answer_of_a_local_endpoint_counts_and_no_redirect_is_followed(status: int) -> None:
    with server(status) as (port, asked):
        assert models.answer_fault(Profile("mine", f"http://127.0.0.1:{port}/v1", "m")) is None
    assert asked == ["/v1/models"]


def test_an_endpoint_nobody_listens_on_is_a_note_with_a_mend(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(tmp_path))
    with server(200) as (port, _):
        pass
    profile = Profile("mine", f"http://localhost:{port}/v1", "m")
    settings.save(settings.Settings().with_profile(profile))
    (check,) = models.endpoints()
    assert (check.ok, check.essential) == (False, False)
    assert str(port) in check.detail
    assert "mine" in check.mend


def test_only_loopback_addresses_are_asked() -> None:
    far = Profile("far", "http://192.0.2.1/v1", "m")
    settings.save(settings.Settings().with_profile(far))
    (check,) = models.endpoints()
    assert (check.ok, check.detail) == (True, "no profile on this computer (profiles: 1)")


def test_a_check_that_breaks_is_a_finding() -> None:
    def broken() -> Iterator[object]:
        raise ZeroDivisionError("odd")
        yield

    (check,) = _guarded("odd", broken)
    assert (check.name, check.ok) == ("odd", False)
    assert "odd" in check.detail


def test_a_damaged_embedding_model_is_named_with_its_mend(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"cut short")
    monkeypatch.setattr("rb_studio.models.minilm.model_folder", lambda: tmp_path)
    (check,) = models.embedder()
    assert not check.ok
    assert "pip install" in check.mend
