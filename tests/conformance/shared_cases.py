#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""shared_cases.py SLUICE PLACE: runs the cases below PLACE, of which each starts its own servers on loopback and ends
with 0 if sluice does right: bugs/*/run, attacks/*/run and scripts/run.sh. Two at a time; some measure, and run alone.

Exit: 0 all are right, or there are none (said in a line); 1 some are wrong, and what they printed is shown.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import time

AT_ONCE = 2
LIMIT = 240  # seconds for a case
ALONE = {"attacks/13-one-endless-server-starves-all", "attacks/10-sigterm-while-a-file-blocks",
         "attacks/15-sigterm-and-bursts-in-c-hold", "attacks/03-memory-beyond-the-limit", "scripts"}


def skip(why):
    print(f"cases: skipped: {why}", flush=True)
    return 0


def is_sanitized(program):
    """A sanitizer takes more address space than cases allow."""
    linked = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return "libasan" in linked or "libtsan" in linked


def find(place):
    """{name: program}"""
    found = {f"{kind}/{path.parent.name}": path for kind in ("bugs", "attacks") for path in place.glob(f"{kind}/*/run")}
    if (place / "scripts" / "run.sh").exists():
        found["scripts"] = place / "scripts" / "run.sh"
    return dict(sorted(found.items()))


def run(name, program, sluice):
    """Whether it was right, and what it printed."""
    started = time.monotonic()
    interpreter = [] if os.access(program, os.X_OK) else ["bash"]
    with tempfile.TemporaryDirectory(prefix="sluice-case-") as scratch:
        case = subprocess.Popen([*interpreter, program, sluice], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, errors="replace", cwd=scratch,
                                start_new_session=True)
        try:
            said, _ = case.communicate(timeout=LIMIT)
            right = case.returncode == 0
        except subprocess.TimeoutExpired:
            os.killpg(case.pid, 9)
            said, right = f"{case.communicate()[0]}did not end within {LIMIT} s\n", False
    print(f"{'right' if right else 'WRONG'} {name} ({time.monotonic() - started:.0f} s)", flush=True)
    return right, said


def main():
    sluice, place = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    cases = find(place)
    if not cases:
        return skip(f"there are none at {place}")
    if is_sanitized(sluice):
        return skip(f"{sluice} has a sanitizer")
    results = {}
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        together = [name for name in cases if name not in ALONE]
        results.update(zip(together, pool.map(lambda name: run(name, cases[name], sluice), together)))
    results.update({name: run(name, cases[name], sluice) for name in cases if name in ALONE})
    wrong = {name: said for name, (right, said) in results.items() if not right}
    for name, said in wrong.items():
        print(f"== {name}", said, sep="\n", flush=True)
    print(f"cases: {len(results) - len(wrong)} of {len(results)} right", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
