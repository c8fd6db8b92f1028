#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""laboratory_short.py SLUICE LAB: the part of the laboratory whose servers `make test` installs, started here and gone
at the end: every recorded answer must be sluice's, too, but for those that are left out by name.

Exit: 0 all are equal, or there is no laboratory (said in a line); 1 some are not.
"""

import collections
import os
import pathlib
import subprocess
import sys
import tempfile

import laboratory
import report

SERVICES = ("ssh", "proftpd", "nginx", "redis", "redis-auth")

# Cases that want more than these servers, or an idle machine: {(service, case): why}.
LEFT_OUT = {
    ("ssh", "fcrdns+1"): "asks the laboratory's name server",
    ("ssh", "reverse-index,port-states+1"): "its second target is another service of the laboratory",
    ("proftpd", "ftp-brute"): "goes by the time that the server takes to refuse",
    ("proftpd", "ftp-brute+1"): "the same",
}


def skip(why):
    print(f"laboratory: skipped: {why}", flush=True)


def start(place):
    """The services that came up; of the others it says so."""
    done = subprocess.run([place / "lab.sh", "up", *SERVICES], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    came_up = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("up ")]
    if not came_up:
        skip(" ".join((done.stdout + done.stderr).split()) or f"lab.sh ended with {done.returncode}")
    elif missing := sorted(set(SERVICES) - set(came_up)):
        skip(f"{', '.join(missing)} did not start")
    return came_up


def check(sluice, place, services):
    lab = laboratory.Laboratory(place)
    every = lab.records(services, "sample")
    records = [record for record in every if (record.service, record.case["id"]) not in LEFT_OUT]
    lab.run_alone(sluice, records)
    report.look_again(lab, sluice, records)
    unequal = [record for record in records if record.verdict not in report.SETTLED]
    report.tell(unequal)
    counts = collections.Counter(record.verdict for record in records)
    print(f"laboratory: {', '.join(services)}: {len(records)} answers, "
          f"{', '.join(f'{count} {verdict}' for verdict, count in counts.items())}, "
          f"{len(every) - len(records)} left out", flush=True)
    return 1 if unequal else 0


def main():
    sluice, place = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    if not (place / "lab.sh").exists():
        return skip(f"there is none at {place}")
    if os.geteuid() != 0:
        return skip("it needs root")
    # Beside any other that may be up.
    with tempfile.TemporaryDirectory(prefix="sluice-lab-") as scratch:
        os.environ.update(LAB_RUN=f"{scratch}/run", LAB_EXTRA=f"{scratch}/extra", LAB_WAIT="40")
        os.mkdir(f"{scratch}/extra")
        try:
            services = start(place)
            return check(sluice, place, services) if services else 0
        finally:
            subprocess.run([place / "lab.sh", "down"], stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
