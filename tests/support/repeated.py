"""Comparisons of two programs on a machine that may be busy: a time-out of either makes them differ by chance."""

import functools
import subprocess
import sys

RUNS = 3
FAILURES = (AssertionError, RuntimeError, subprocess.SubprocessError)


def until_equal(compare):
    """Decorates what runs both programs and raises where they differ: it is repeated, and raises only if they differ
    in each of RUNS runs. Differences that did not count are printed."""
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
