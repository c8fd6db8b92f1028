#!/usr/bin/env python3
"""Counts how much of the stock collection behaves as under Nmap, and writes the counts as a table.

The laboratory (LAB: services that run, and what nmap says of them) is installed and up; its README tells how.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import stock

VERDICTS = ("equal", "different", "missing", "crashed")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sluice", type=pathlib.Path)
    parser.add_argument("--lab", type=pathlib.Path, required=True)
    parser.add_argument("--silent", choices=("none", "sample", "all"), default="sample",
                        help="which of those of which nmap says nothing (all: half an hour more)")
    parser.add_argument("--services", help="only these, comma separated")
    parser.add_argument("--write", type=pathlib.Path, help="the table goes here, and is printed otherwise")
    return parser.parse_args()


def verdicts(sluice, options):
    """What the laboratory's compare.py finds: one record per pair. What differs is printed by it on the way."""
    with tempfile.NamedTemporaryFile() as found:
        command = [options.lab.resolve() / "compare.py", "--split", "public", "--silent", options.silent,
                   "--json", found.name, *(["--services", options.services] if options.services else []),
                   f"{sluice} {{opts}} {{target}}"]
        done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL)
        try:
            return json.loads(pathlib.Path(found.name).read_text())
        except json.JSONDecodeError:
            sys.exit(f"{command[0]} failed with exit code {done.returncode}")


def table(records):
    by_service = collections.defaultdict(collections.Counter)
    for record in records:
        by_service[record["service"]][record["verdict"]] += 1
        by_service[record["service"]]["silent"] += record["where"] == "silent"
    by_service["all"] = sum(by_service.values(), collections.Counter())
    yield "| service | pairs | of them silent | " + " | ".join(VERDICTS) + " |"
    yield "|---|" + "---:|" * (2 + len(VERDICTS))
    for service in sorted(by_service, key=lambda name: (name == "all", name)):
        counts = by_service[service]
        numbers = (sum(counts[verdict] for verdict in VERDICTS), counts["silent"], *(counts[v] for v in VERDICTS))
        yield f"| {service} | " + " | ".join(map(str, numbers)) + " |"


def unequal(records):
    for record in records:
        if record["verdict"] != "equal":
            yield f"| {record['service']} | {record['case']} | {record['where']} | {record['verdict']} |"


def report(options):
    sluice = options.sluice.resolve()
    loading, installed = stock.scripts_that_load(sluice)
    tests = stock.unit_tests(sluice)
    records = verdicts(sluice, options)
    yield "# Conformance"
    yield ""
    yield "Made by `make conformance LAB=...`; what is behind the differences: [nse-compat](nse-compat.md) and"
    yield "[differences](differences.md)."
    yield ""
    yield "| what | count |"
    yield "|---|---:|"
    yield f"| stock scripts that load | {len(loading)} of {len(installed)} |"
    yield f"| nselib's own unit tests that pass | {tests.passed} of {tests.total}, in {tests.suites} suites |"
    yield f"| libraries of theirs that do not load | {', '.join(tests.libraries_not_loaded) or 'none'} |"
    yield ""
    yield "## Services"
    yield ""
    yield "A pair is one script's answer in one place (a port, a host, a phase), as text and as structure; a silent one"
    yield f"is a script of which nmap says nothing ({options.silent} of them)."
    yield ""
    yield from table(records)
    yield ""
    yield "Pairs that are not equal:"
    yield ""
    yield "| service | case | where | verdict |"
    yield "|---|---|---|---|"
    yield from unequal(records)


def main():
    options = arguments()
    text = "\n".join(report(options)) + "\n"
    if options.write:
        options.write.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
