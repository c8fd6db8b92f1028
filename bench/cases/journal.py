# SPDX-License-Identifier: Apache-2.0
"""The cost of a journal, and the time of the commands that read large reports."""

import pathlib
import re
import tempfile

from cases import Case, many_hosts
import harness
import servers

PER_HOST = 25  # µs of CPU for a host with one open port and one result
READ = 3  # s
MEMORY = 300  # MiB


def per_host(context, results, place):
    """Measures a journal as the library writes it, and SQLite alone with the same rows."""
    hosts = context.sizes(50_000, 5_000)
    command = [context.floor("journal_cost"), hosts, place]
    shown = []
    for _ in range(context.runs):
        shown.append(harness.run(harness.Task(command, harness.shows("^SQLite alone: ", 1)))[1])
        for file in place.glob("*.db*"):
            file.unlink()
    alone, ours = (sorted(float(re.search(expression, text)[1]) for text in shown)[context.runs // 2]
                   for expression in (r"alone: ([\d.]+) us", r"journal: ([\d.]+) us"))
    results.notes.append(f"SQLite alone, with the rows of {hosts} hosts: {alone:.1f} µs of CPU per host.")
    results.claim("CPU per host with one open port and one result", ours, PER_HOST, unit="µs")


def scan(context, results, place):
    """Measures a run of the case many-hosts with a journal and without."""
    hosts = context.sizes(4096, 256)
    with many_hosts.certificate() as (public, key), servers.running(context.floor("tls_server"), 443, public, key):
        without = many_hosts.scan(context.sluice, "ssl-cert", 443, hosts, many_hosts.SUBJECT)
        kept = harness.Task([*without.command, "--journal", place / "scan.db"], without.check)
        costs = harness.alternate({"with a journal": kept, "without": without}, context.runs)
    results.costs(f"ssl-cert, {hosts} hosts", costs)
    journal, none = costs["with a journal"], costs["without"]
    results.claim("ssl-cert: CPU, of that without a journal", journal.cpu / none.cpu, 1.05)
    results.claim("ssl-cert: wall, of that without a journal", journal.wall / none.wall, 1.03)
    results.claim("ssl-cert: memory more than without a journal", journal.peak - none.peak, 8, unit="MiB")


def large_reports(context, results, place):
    """Measures `convert` and `diff` of two runs, in each format, and reading alone."""
    hosts = context.sizes(65_536, 1_024)
    old, new = place / "old.db", place / "new.db"
    harness.run(harness.Task([context.floor("compare_pair"), hosts, 16, old, new]))
    for run in (old, new):
        harness.run(harness.Task([context.sluice, "convert", run, "-oX", run.with_suffix(".xml"), "-oJ",
                                  run.with_suffix(".json")]))
    for kind, suffix in (("journal", ".db"), ("NDJSON", ".json"), ("XML", ".xml")):
        one, other = old.with_suffix(suffix), new.with_suffix(suffix)
        tasks = {"reading alone": harness.Task([context.floor("read_report"), one], harness.shows(f"^done {hosts}$", 1)),
                 "convert to XML": harness.Task([context.sluice, "convert", one, "-oX", place / "out.xml"]),
                 "convert to NDJSON": harness.Task([context.sluice, "convert", one, "-oJ", place / "out.json"]),
                 "diff": harness.Task([context.sluice, "diff", one, other, "--json"], code=1)}
        costs = harness.alternate(tasks, context.runs)
        results.costs(f"{kind}, {hosts} hosts with 16 ports", costs)
        floor = costs.pop("reading alone")
        for what, cost in costs.items():
            if kind == "journal":
                results.claim(f"{what}: wall, from journals of {hosts * 16} ports", cost.wall, READ, unit="s")
                results.claim(f"{what}: memory", cost.peak, MEMORY, unit="MiB")
            else:
                results.claim(f"{what}: wall, of reading one report in {kind} alone", cost.wall / floor.wall, 2)


def run(context, results):
    with tempfile.TemporaryDirectory(dir=harness.WORK) as directory:
        place = pathlib.Path(directory)
        per_host(context, results, place)
        scan(context, results, place)
        large_reports(context, results, place)


CASE = Case("journal", "Measures the cost of a journal, and `convert` and `diff` of reports with 10^6 ports.", run)
