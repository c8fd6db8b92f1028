# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import tempfile


def keep_lines(ndjson):
    """Keeps lines of NDJSON that a test has made, in the directory $SLUICE_NDJSON_LINES. After all tests,
    tests/tools/ndjson_lines_test.py validates them. No effect if the variable is not set."""
    directory = os.environ.get("SLUICE_NDJSON_LINES")
    if not directory:
        return
    pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
    descriptor, _ = tempfile.mkstemp(dir=directory)
    with open(descriptor, "w", encoding="utf-8") as lines:
        lines.write(ndjson)
