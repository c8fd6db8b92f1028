#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""live.py SLUICE LAB [SERVICE...]: what is recorded nowhere. All other stock scripts go to the services of the
laboratory, which are up, through nmap and through sluice alike: one run per service, then each that differs alone.

Prints a line per service, and each difference on which nmap agrees with itself. Exit: 0 there is none; 1 there are.
"""

import concurrent.futures
import json
import pathlib
import sys

import laboratory
import report
import together

JOBS = 4
LEFT_OUT_CATEGORIES = {"broadcast", "external",  # ask others than the target
                       "dos", "fuzzer"}  # or load it for minutes
LEFT_OUT_SCRIPTS = {"http-slowloris-check", "qscan",  # measure time
                    "clock-skew",  # speaks if a second turned over between two clocks
                    "firewalk", "path-mtu", "traceroute-geolocation"}  # ask the route


def unrecorded(contents):
    """The scripts of which nothing is recorded for a service."""
    known = {script for entry in contents["cases"] for script in entry["case"]["scripts"]
             if entry["pairs"] or script in entry["silent"]}
    return sorted(script for script, names in together.categories().items()
                  if script not in known | LEFT_OUT_SCRIPTS and not script.startswith("targets-")
                  and not LEFT_OUT_CATEGORIES & set(names))


def alike(lab, script, one, other):
    if one is None or other is None:
        return one is other
    return lab.common.alike({**one, "script": script, "masked": True}, other)


def differing(lab, one, other):
    """The keys (where, script) of answers that differ."""
    return {key for key in one.keys() | other.keys() if not alike(lab, key[1], one.get(key), other.get(key))}


def differences(lab, sluice, service, scripts):
    """Lines on what sluice says alone: nmap says something else, and the same each time."""
    def ask(program, names):
        return lab.answers({"service": service, "scripts": names}, program)

    theirs, ours = ask("nmap", scripts), ask(sluice, scripts)
    if theirs is None or ours is None:
        return [f"{service}: {'nmap' if theirs is None else 'sluice'} failed"]
    lines = []
    for script in sorted({script for _, script in differing(lab, theirs, ours)}):
        theirs, ours = ([ask(program, [script]) for _ in range(report.RUNS_AGAIN)] for program in ("nmap", sluice))
        if None in ours or None in theirs:
            lines.append(f"{service} {script}: failed")
            continue
        for key in set.union(*(differing(lab, one, other) for one in theirs for other in ours)):
            said = [answers.get(key) for answers in theirs]
            if all(alike(lab, script, said[0], one) for one in said) and \
                    not any(alike(lab, script, said[0], answers.get(key)) for answers in ours):
                lines += [f"{service} {key[0]} {script}", f"    nmap:   {json.dumps(said[0])}",
                          f"    sluice: {json.dumps(ours[0].get(key))}"]
    return lines


def main():
    sluice, lab = pathlib.Path(sys.argv[1]).resolve(), laboratory.Laboratory(pathlib.Path(sys.argv[2]))
    recorded = lab.common.load()

    def look(service):
        scripts = unrecorded(recorded.get(service, {"cases": []}))
        lines = differences(lab, sluice, service, scripts)
        print(f"{service}: {len(scripts)} scripts", *lines, sep="\n", flush=True)
        return bool(lines)

    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        return int(any(list(pool.map(look, sys.argv[3:] or lab.common.services()))))


if __name__ == "__main__":
    sys.exit(main())
