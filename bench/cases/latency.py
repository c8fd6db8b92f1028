# SPDX-License-Identifier: Apache-2.0
"""The time per exchange of one script, alone and beside threads that wait."""

import re
import statistics

from cases import Case
import harness
import servers

TALKING, SILENT = 9000, 9001
SCRIPTS = harness.ROOT / "bench/scripts"
HOLD = 8  # seconds that the others wait; longer than the start and the exchanges of each program


def task(program, script, company, others):
    """Returns a task in which `others` threads of the scripts `company` wait during all exchanges of `script`."""
    words = [program, "-n", "-Pn", "-p", f"{TALKING},{SILENT}", "--max-parallelism", "1100", "--script",
             ",".join([str(SCRIPTS / f"{script}.nse"), *company]), "--script-args",
             f"chat.port={TALKING},hold.port={SILENT},chat.others={others},hold.seconds={HOLD}", "127.0.0.1"]
    return harness.Task(words, harness.shows(rf"^\|_{script}: [\d.]+ ms per exchange beside {others}$", 1))


def milliseconds(task):
    return float(re.search(r": ([\d.]+) ms per exchange", harness.run(task)[1])[1])


def run(context, results):
    results.columns = ["script", "company", "who", "ms per exchange"]
    crowds = {"sluice": context.sizes(1000, 100), "nmap": context.sizes(999, 100)}
    crowded = f"beside {crowds['sluice']} that wait"
    results.notes.append("Nmap runs at most 1000 threads at a time, so 999 of them wait there.")
    programs = {"sluice": context.sluice, "nmap": context.nmap}
    situations = ("alone", "beside a sleeper", crowded)

    def company(who, situation):
        if situation == "alone":
            return [], 0
        if situation == crowded:
            return [context.copies(SCRIPTS / "hold.nse", crowds[who])], crowds[who]
        return [str(SCRIPTS / "sleeper.nse")], 1

    with servers.banner(context, TALKING, mode="echo"), servers.banner(context, SILENT, mode="silent"):
        for script in ("chat", "reconnect"):
            taken = {(who, situation): [] for situation in situations for who in programs}
            for turn in range(context.runs):
                for (who, situation), samples in taken.items():
                    harness.progress(f"{script} {situation}, {who}: {turn + 1} of {context.runs}")
                    samples.append(milliseconds(task(programs[who], script, *company(who, situation))))
            medians = {key: statistics.median(samples) for key, samples in taken.items()}
            for (who, situation), median in medians.items():
                results.row(script, situation, who, median)
            for situation in situations[1:]:
                ours = medians["sluice", situation]
                results.claim(f"{script} {situation}: of the same alone", ours / medians["sluice", "alone"], 2)
                results.claim(f"{script} {situation}: times faster than nmap", medians["nmap", situation] / ours, 200,
                              at_least=True)


CASE = Case("latency", "Measures 20 exchanges on one connection (chat), and 20 times connect, receive, close "
            "(reconnect). The script runs alone, beside a thread that sleeps, and beside 1000 threads that wait for a "
            "silent server.", run)
