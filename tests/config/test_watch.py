"""An edit is noticed, taken whole or refused whole, and said once."""

import os
from pathlib import Path

from config.errors import ConfigError
from config.settings import Config
from config.watch import Watcher
from tests.config.samples import ENVIRON, SMALL, loaded, write


def _watcher(tmp_path: Path) -> tuple[Watcher, Config]:
    config = loaded(tmp_path)
    watcher = Watcher(tmp_path / "tocsin.yaml", environ=ENVIRON, digest=config.digest)
    assert _settled(watcher) is None
    return watcher, config


def _settled(watcher: Watcher) -> Config | ConfigError | None:
    """What two polls after one another say; the first one never says anything."""
    assert watcher.poll() is None
    return watcher.poll()


def _edit(tmp_path: Path, old: str, new: str, name: str = "tocsin.yaml") -> None:
    file = tmp_path / name
    before = file.stat().st_mtime_ns
    file.write_text(file.read_text().replace(old, new))
    os.utime(file, ns=(before + 1_000_000, before + 1_000_000))


def test_nothing_is_said_while_nothing_changes(tmp_path: Path) -> None:
    watcher, _ = _watcher(tmp_path)
    assert [watcher.poll() for _ in range(5)] == [None] * 5


def test_an_edit_is_taken_once_it_stands_still(tmp_path: Path) -> None:
    watcher, config = _watcher(tmp_path)
    _edit(tmp_path, "1/30d", "1/90d")
    edited = _settled(watcher)
    assert isinstance(edited, Config)
    assert edited.digest != config.digest
    assert _settled(watcher) is None


def test_a_file_that_is_still_being_written_is_not_read(tmp_path: Path) -> None:
    watcher, _ = _watcher(tmp_path)
    for text in ("k", "kafka", "kafka:\n", SMALL):
        write(tmp_path, text)
        assert watcher.poll() is None
    assert watcher.poll() is None  # in the end it is what was in use


def test_a_bad_edit_is_refused_once_and_a_good_one_ends_it(tmp_path: Path) -> None:
    watcher, config = _watcher(tmp_path)
    _edit(tmp_path, "receiver: shop", "receiver: shoop")
    refusal = _settled(watcher)
    assert isinstance(refusal, ConfigError)
    assert 'did you mean "shop"' in refusal.render()
    assert [watcher.poll() for _ in range(3)] == [None] * 3
    _edit(tmp_path, "receiver: shoop", "receiver: shop")
    restored = _settled(watcher)
    assert isinstance(restored, Config)
    assert restored.digest == config.digest


def test_the_same_mistake_saved_again_is_not_said_again(tmp_path: Path) -> None:
    watcher, _ = _watcher(tmp_path)
    _edit(tmp_path, "receiver: shop", "receiver: shoop")
    assert isinstance(_settled(watcher), ConfigError)
    _edit(tmp_path, "receiver: shoop", "receiver: shoop")
    assert _settled(watcher) is None
    _edit(tmp_path, "receiver: shoop", "receiver: shooop")
    assert isinstance(_settled(watcher), ConfigError)


def test_an_edit_of_a_comment_is_no_news(tmp_path: Path) -> None:
    watcher, _ = _watcher(tmp_path)
    _edit(tmp_path, "kafka:\n", "# ours\nkafka:\n")
    assert _settled(watcher) is None


def test_files_that_come_and_go_in_a_directory_are_noticed(tmp_path: Path) -> None:
    loaded(tmp_path)
    watcher = Watcher(tmp_path, environ=ENVIRON)
    assert isinstance(_settled(watcher), Config)
    write(tmp_path, "inputs:\n  - {name: host, topic: host}\n", "more.yaml")
    edited = _settled(watcher)
    assert isinstance(edited, Config)
    assert len(edited.inputs) == 2
    (tmp_path / "more.yaml").unlink()
    assert isinstance(_settled(watcher), Config)


def test_a_configuration_that_vanishes_is_refused_and_may_come_back(tmp_path: Path) -> None:
    watcher, _ = _watcher(tmp_path)
    (tmp_path / "tocsin.yaml").unlink()
    refusal = _settled(watcher)
    assert isinstance(refusal, ConfigError)
    assert "no such file" in refusal.render()
    write(tmp_path, SMALL)
    assert isinstance(_settled(watcher), Config)
