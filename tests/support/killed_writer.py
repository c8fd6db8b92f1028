# SPDX-License-Identifier: Apache-2.0
import pathlib
import subprocess
import sys

LIMIT = 60  # seconds
WRITER = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN IMMEDIATE")
database.execute("UPDATE event SET line = 'x' || line")
for number in range(200):
  database.execute("INSERT INTO event VALUES (?, 'log', ?)", ((3 << 40) + number, "x" * 5000))
os._exit(0)
"""


def leave_transaction(journal):
    """Leaves the file FILE-journal of a database as a writer does that is killed in a transaction. Returns its path."""
    subprocess.run([sys.executable, "-c", WRITER, str(journal)], check=True, timeout=LIMIT)
    path = pathlib.Path(f"{journal}-journal")
    assert path.stat().st_size > 0, path
    return path
