# SPDX-License-Identifier: Apache-2.0
"""Repeats comparisons of two programs. On a busy machine a timeout of one of them can make them differ by chance."""

import functools
import subprocess
import sys

RUNS = 3
FAILURES = (AssertionError, RuntimeError, subprocess.SubprocessError)


def until_equal(compare):
    """Decorator for a function that runs both programs and raises if they differ. Calls it up to RUNS times, and raises
    only if each call has raised. Prints the earlier differences."""
    @functools.wraps(compare)
    def repeated(*arguments, **named):
        for left in reversed(range(RUNS)):
            try:
                return compare(*arguments, **named)
            except FAILURES as difference:
                if left == 0:
                    raise
                print(f"{compare.__name__}: differs, and is repeated:", difference, file=sys.stderr, flush=True)
    return repeated
