# SPDX-License-Identifier: Apache-2.0
"""The cost of the three ways to account for slots, as models with the same event loop and load
(models/accounting.hpp)."""

import re
import statistics

from cases import Case
import harness

# Numbers of threads. They are smaller for slower models, so that a run takes at most minutes.
SIZES = {"proxy": (1000, 2000, 5000), "sweep": (1000, 5000, 20_000), "counted": (1000, 5000, 20_000, 100_000)}
QUICK = {"proxy": (500, 1000), "sweep": (1000, 2000), "counted": (1000, 10_000)}


def run(context, results):
    results.columns = ["slots", "accounting", "threads", "ns per thread"]
    sizes = context.sizes(SIZES, QUICK)
    for slots in (50, 1000):
        taken = {(name, threads): [] for name in sizes for threads in sizes[name] if threads >= slots}
        for turn in range(context.runs):
            for (name, threads), samples in taken.items():
                harness.progress(f"{name}: {threads} threads on {slots} slots, {turn + 1} of {context.runs}")
                task = harness.Task([context.floor("accountings"), name, threads, slots],
                                    harness.shows(f"^done {threads} ", 1))
                samples.append(float(re.search(r", (-?[\d.]+) ns each", harness.run(task)[1])[1]))
        medians = {key: statistics.median(samples) for key, samples in taken.items()}
        for (name, threads), median in medians.items():
            results.row(slots, name, threads, median)
        counted = max(median for (name, _), median in medians.items() if name == "counted")
        results.claim(f"{slots} slots: counted, ns per release and hand-over, the most at any size", counted, 100,
                      unit="ns")
        for name in ("sweep", "proxy"):
            threads = sizes[name][-1]
            nearest = min(sizes["counted"], key=lambda size: abs(size - threads))
            results.claim(f"{slots} slots: {name} at {threads:,} threads, times counted",
                          medians[name, threads] / medians["counted", nearest])


CASE = Case("accountings", "Compares what three ways to account for slots take per thread, that is, per release and "
            "grant, as models without I/O. Proxy: the garbage collector returns a slot, as in Nmap before 2009. Sweep: "
            "a walk over all threads and sockets in each turn returns it, as in Patrick Donnelly's patch of June 2009 "
            "to nmap-dev. Counted: sluice's slot pool.", run)
