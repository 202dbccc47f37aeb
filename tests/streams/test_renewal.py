"""Certificates that are renewed on disk under a running worker."""

import os
import shutil
from pathlib import Path

from config.settings import Kafka, Tls
from streams.security import Renewal
from tests.certificates import Certificates, make_certificates


def begun(folder: Path) -> tuple[Certificates, Renewal]:
    files = make_certificates(folder)
    tls = Tls(ca=files.ca, certificate=files.certificate("client"), key=files.key("client"))
    return files, Renewal(Kafka(tls=tls))


def renew(path: Path, by: Path, at: int) -> None:
    shutil.copy(by, path)
    os.utime(path, (at, at))


def test_files_that_stay_are_not_renewed(tmp_path: Path) -> None:
    _, renewal = begun(tmp_path)
    assert [renewal.is_due() for _ in range(3)] == [False, False, False]
    assert not Renewal(Kafka()).is_due()


def test_a_renewal_counts_when_the_files_stand_still(tmp_path: Path) -> None:
    files, renewal = begun(tmp_path)
    renew(files.certificate("client"), files.certificate("server"), at=2_000_000_000)
    assert not renewal.is_due()  # its key is still the old one
    assert not renewal.is_due()
    renew(files.key("client"), files.key("server"), at=2_000_000_001)
    assert [renewal.is_due(), renewal.is_due()] == [False, True]


def test_a_file_that_is_away_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    files, renewal = begun(tmp_path)
    files.ca.rename(tmp_path / "away.pem")
    assert [renewal.is_due(), renewal.is_due()] == [False, False]
    (tmp_path / "away.pem").rename(files.ca)
    assert [renewal.is_due(), renewal.is_due()] == [False, False]  # it is the same as before
