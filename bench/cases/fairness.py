# SPDX-License-Identifier: Apache-2.0
"""A thousand equal exchanges on few slots: the waits of the threads, and the order in which slots are granted."""

import re
import statistics

from cases import Case
import harness
import servers

THREADS, SLOTS, DELAY = 1000, 50, 20  # DELAY: of the server, in ms
LINE = re.compile(r"^\|[ _]waits-\d+: asked (\d+) at ([\d.]+) connected (\d+) at ([\d.]+)$", re.MULTILINE)


def percentile(samples, percent):
    return sorted(samples)[(len(samples) - 1) * percent // 100]


def scan(context, program, folder):
    return harness.Task([program, "-n", "-Pn", "-p", 9000, "--max-parallelism", SLOTS, "--script", folder, "127.0.0.1"],
                        harness.shows(LINE.pattern, THREADS))


def waits(output):
    """Returns the maximum distance between a thread's places in the orders of requests and of connects, and the waits
    in ms of the threads that had to wait."""
    lines = [tuple(map(float, line)) for line in LINE.findall(output)]
    strays = max(abs(connected - asked) for asked, _, connected, _ in lines)
    return strays, [at - since for asked, since, _, at in lines if asked > SLOTS]


def run(context, results):
    results.columns = ["who", "p50 ms waited", "p99 ms waited", "places out of order, at most", "wall s"]
    folder = context.copies(harness.ROOT / "bench/scripts/waits.nse", THREADS)
    bare = harness.Task([context.floor("lua_grab"), "-e", "-t", THREADS, "-P", SLOTS],
                        harness.shows(rf"^done {THREADS} ", 1))
    p50, p99, strays, walls = ({who: [] for who in ("sluice", "nmap", "bare coroutines")} for _ in range(4))
    with servers.banner(context, delay=DELAY):
        for turn in range(context.runs):
            for who, program in (("sluice", context.sluice), ("nmap", context.nmap)):
                harness.progress(f"{who}: {turn + 1} of {context.runs}")
                cost, output = harness.run(scan(context, program, folder))
                strayed, waited = waits(output)
                for samples, value in ((p50, percentile(waited, 50)), (p99, percentile(waited, 99)), (strays, strayed),
                                       (walls, cost.wall)):
                    samples[who].append(value)
            cost, output = harness.run(bare)
            told = re.search(r"^waited \d+ p50 ([\d.]+) p99 ([\d.]+)", output, re.MULTILINE)
            for samples, value in ((p50, float(told[1])), (p99, float(told[2])), (strays, 0), (walls, cost.wall)):
                samples["bare coroutines"].append(value)
    median = statistics.median
    for who in p99:
        results.row(who, *(float(median(samples[who])) for samples in (p50, p99, strays, walls)))
    results.claim("places between the order of asking and of being connected, at most", median(strays["sluice"]), 0)
    results.claim("p99 of waiting, of bare coroutines'", median(p99["sluice"]) / median(p99["bare coroutines"]), 1.05)


CASE = Case("fairness", f"Runs {THREADS} threads of {DELAY} ms exchanges on {SLOTS} slots. The waiting time is that "
            "from the request to the connection, of the threads that had to wait.", run)
