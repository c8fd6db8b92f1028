#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `nmap -sV` with `sluice -sV --version-patience exact` on random databases of service probes and servers: the
service of each port, the reports' lines, and the bytes that each connection received, in order.

Each case is a function of its number. A case that differs is repeated for both programs, and counts if it differs in
each of three runs; then its database, servers, commands, reports and the difference are kept in a folder. If only a few
cases differ, they are repeated in the same way when all others have ended: a busy machine delays a server by more than
the waits of the database allow. Repeat a case with --case NUMBER. SLUICE may be another nmap, or a program whose name
begins with nmap.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import difflib
import itertools
import os
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import isolation  # noqa: E402: found by the line above
import repeated  # noqa: E402: found by isolation

import cases  # noqa: E402
import scans  # noqa: E402
import stubs  # noqa: E402

FEW = 3  # as many cases differ by chance at most


def leave_out_sockets(theirs, ours):
    """Leaves the sockets out of the UDP ports for which nmap has opened more than sluice: nmap 7.95 opens one for each probe
    (docs/nse-compat.md)."""
    for name in theirs.keys() & ours.keys():
        if name.endswith("/udp") and theirs[name].count("socket") > ours[name].count("socket"):
            for seen in (theirs, ours):
                seen[name] = [entry for entry in seen[name] if entry != "socket"]


class Comparison:
    def __init__(self, options, scratch):
        self.programs = {"nmap": options.nmap, "sluice": options.sluice}
        self.kept = pathlib.Path(options.keep)
        self.keep_all = options.case is not None
        self.scratch, self.numbers = scratch, itertools.count()
        self.context, self.data = stubs.certificate(scratch), scans.data_files(scratch / "data")
        self.seen = collections.Counter()

    def addresses(self):
        """Two addresses that no other run has."""
        number = next(self.numbers)
        return [f"127.{net}.{number // 250 % 250}.{number % 250 + 1}" for net in (101, 102)]

    def observe(self, case):
        """Both programs at once, each with servers of its own."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(scans.observation, program, case, address, self.context,
                                self.scratch / f"case-{case.seed}" / name, self.data)
                    for (name, program), address in zip(self.programs.items(), self.addresses())]
            return [run.result() for run in runs]

    def compare(self, case):
        theirs, ours = self.observe(case)
        leave_out_sockets(theirs, ours)
        difference = [line for key in dict.fromkeys([*theirs, *ours]) if theirs.get(key) != ours.get(key)
                      for line in [key, *difflib.unified_diff(theirs.get(key, []), ours.get(key, []), "nmap", "sluice",
                                                              lineterm="", n=9)]]
        if difference:
            raise AssertionError("\n".join([f"case {case.seed}", *difference]))
        return theirs

    def run(self, seed):
        """The difference that counts, or None."""
        case = cases.random_case(seed)
        directory = self.scratch / f"case-{seed}"
        difference = None
        try:
            self.count(repeated.until_equal(self.compare)(case))
        except repeated.FAILURES as failure:
            difference = str(failure)
        if difference or self.keep_all:
            (directory / "case").write_text(case.description())
            (directory / "difference").write_text((difference or "none") + "\n")
            shutil.copytree(directory, self.kept / directory.name, dirs_exist_ok=True)
        shutil.rmtree(directory, ignore_errors=True)
        return difference

    def count(self, seen):
        """Counts what the cases led to: a comparison of nothing but silence would say little."""
        for name, lines in seen.items():
            if name.startswith("service "):
                text = " ".join(lines)
                self.seen.update(word for word in ("tcpwrapped", 'conf="10"', 'conf="3"', "servicefp=", 'tunnel="ssl"',
                                                   "product=", "cpe ", "udp-response") if word in text)
                self.seen["ports"] += 1
            elif name.startswith("received "):
                self.seen["connections"] += len(lines)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sluice", metavar="SLUICE", type=lambda name: os.path.abspath(
        shutil.which(name) or parser.error(f"{name}: no such program")))  # it runs in other folders
    parser.add_argument("--cases", type=int, default=50, help="how many cases (50)")
    parser.add_argument("--seed", type=int, default=1, help="number of the first case (1)")
    parser.add_argument("--case", type=int, help="this case alone; its folder is kept in any event")
    parser.add_argument("--jobs", type=int, default=20, help="cases at once (20)")
    parser.add_argument("--nmap", default="nmap", help="the reference (nmap)")
    parser.add_argument("--keep", default="versions-differences", help="folder for cases that differ")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    seeds = range(options.seed, options.seed + options.cases) if options.case is None else [options.case]
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="versions-")))
        comparison = Comparison(options, scratch)
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(options.jobs))
        different = {seed: difference for seed, difference in zip(seeds, pool.map(comparison.run, seeds)) if difference}
        if len(different) <= FEW:
            different = {seed: difference for seed in different if (difference := comparison.run(seed))}
        for seed, difference in different.items():
            print(f"case {seed} differs in each of {repeated.RUNS} runs, the last one:\n{difference}", flush=True)
    print(f"{len(seeds) - len(different)} of {len(seeds)} cases are equal, {time.monotonic() - started:.0f} s;",
          ", ".join(f"{word.strip()} {number}" for word, number in comparison.seen.most_common()))
    if different:
        print(f"different: {' '.join(map(str, different))}; kept in {comparison.kept.resolve()}")
    return 1 if different else 0


if __name__ == "__main__":
    isolation.isolate()
    sys.exit(main(sys.argv[1:]))
