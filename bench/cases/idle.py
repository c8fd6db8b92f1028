# SPDX-License-Identifier: Apache-2.0
"""The CPU time and memory of many threads that wait for a silent server."""

import dataclasses
import os
import time

from cases import Case
import harness
import servers

PORT = 9001
COPIES = 100  # of the script; the number of threads is this times the number of hosts
WATCHED = 10  # seconds


@dataclasses.dataclass(frozen=True)
class Idle:
    share: float  # of one core
    resident: int  # KiB


def connections(process):
    """Returns the number of descriptors of a server, of which nearly all are connections."""
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def watch(task, server, threads, seconds):
    """Starts the task, waits until the server has `threads` connections, and then measures for `seconds`."""
    before = connections(server)
    with open(harness.WORK / "output.txt", "wb") as sink:
        process = harness.start(task, sink)
        try:
            give_up = time.monotonic() + 60
            while connections(server) < before + threads:
                if process.poll() is not None or time.monotonic() > give_up:
                    raise harness.CannotMeasure(f"{connections(server) - before} of {threads} threads are connected")
                time.sleep(0.05)
            time.sleep(1)  # for work that remains after the last connect
            begun, spent = time.monotonic(), harness.spent(process.pid)
            time.sleep(seconds)
            share = (harness.spent(process.pid) - spent) / (time.monotonic() - begun)
            if connections(server) < before + threads:
                raise harness.CannotMeasure("threads ended while they were watched")
            return Idle(share, harness.resident(process.pid))
        finally:
            harness.stop(process)
            give_up = time.monotonic() + 30
            while connections(server) > before and time.monotonic() < give_up:
                time.sleep(0.05)


def scan(context, folder, threads):
    hosts = threads // COPIES
    return harness.Task([context.sluice, "-n", "-Pn", "-p", PORT, "--socket-slots", threads, "--host-slots", COPIES,
                         "--script", folder, "--script-args", f"hold.port={PORT},hold.seconds=300",
                         f"127.1.0.1-{hosts}"])


def bare(context, threads):
    return harness.Task([context.floor("lua_grab"), "-p", PORT, "-t", threads, "-P", threads])


def run(context, results):
    results.columns = ["who", "threads", "share of one core", "resident KiB"]
    few, many = context.sizes((1000, 10_000), (1000, 4000))
    seconds = context.sizes(WATCHED, 2)
    folder = context.copies(harness.ROOT / "bench/scripts/hold.nse", COPIES)
    per_thread = {}
    with servers.banner(context, PORT, mode="silent") as server:
        for who, make in (("sluice", lambda threads: scan(context, folder, threads)),
                          ("bare coroutines", lambda threads: bare(context, threads))):
            seen = {}
            for threads in (few, many):
                harness.progress(f"{who}: {threads} threads")
                seen[threads] = watch(make(threads), server, threads, seconds)
                results.row(who, threads, seen[threads].share, seen[threads].resident)
            per_thread[who] = (seen[many].resident - seen[few].resident) / (many - few)
            if who == "sluice":
                results.claim(f"share of one core while {many:,} threads are blocked", seen[many].share, 0.01, unit="%")
    told = ", ".join(f"{who} {kib:.2f}" for who, kib in per_thread.items())
    results.notes.append(f"KiB per further thread: {told}.")
    results.claim("KiB resident per blocked thread, over a bare coroutine's with its environment",
                  per_thread["sluice"] - per_thread["bare coroutines"], 8)


CASE = Case("idle", "Measures 10 000 threads that wait for a silent server for 10 s.", run)
