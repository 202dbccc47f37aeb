"""Kinds of channels: ours, and those that other packages bring."""

import os
import subprocess
import sys
from pathlib import Path

THEIRS = '''
class Pager:
    """A pager."""

    kind = "pager"

    def __init__(self, *, name: str, number: int) -> None:
        self.name, self.number = name, number
'''
CODE = """
from routing.channels.registry import CHANNELS
from routing.channels.slack import Slack
print(sorted(CHANNELS), CHANNELS["slack"] is Slack, CHANNELS["pager"](name="p", number=1).number)
"""


def test_a_package_brings_a_kind_and_cannot_replace_ours(tmp_path: Path) -> None:
    (tmp_path / "their_pager.py").write_text(THEIRS)
    info = tmp_path / "their_pager-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-pager\nVersion: 1.0\n")
    points = "[tocsin.channels]\npager = their_pager:Pager\nslack = their_pager:Pager\n"
    (info / "entry_points.txt").write_text(points)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    run = subprocess.run(
        [sys.executable, "-c", CODE],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    kinds = ["apprise", "email", "jira", "pager", "pagerduty", "slack", "webhook"]
    assert run.stdout.strip() == f"{kinds} True 1"
