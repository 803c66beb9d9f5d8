"""What the profile promises, where no cluster is needed to see it."""

import subprocess

from .conftest import PROFILE


def test_the_stand_in_for_sacct_asks_squeue(root, tmp_path):
    """It answers a question about a run as squeue does, and refuses all others."""
    squeue = tmp_path / "squeue"
    squeue.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    squeue.chmod(0o755)

    def sacct(*arguments):
        command = [root / PROFILE / "bin" / "sacct", *arguments]
        path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        return subprocess.run(
            command, env=path, capture_output=True, text=True, check=False
        )

    asked = sacct("-X", "--parsable2", "--endtime", "now", "--name", "run-1")
    assert asked.returncode == 0
    assert asked.stdout.split() == [
        *("--noheader", "--states=all", "--format=%i|%T", "--name", "run-1")
    ]
    assert sacct("-j", "7", "-n", "-X", "-o", "nodelist%-256").returncode == 1
