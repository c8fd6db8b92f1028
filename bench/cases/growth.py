# SPDX-License-Identifier: Apache-2.0
"""An increasing number of script threads: the scripts of the case `seed` against an increasing number of ports of one
host."""

from cases import Case, seed
import harness
import servers

COPIES = 1000
# No library treats these ports specially. On 9001, for example, comm.lua tries TLS first.
FIRST_PORT, FIRST_CLOSED = 19000, 18000
GRAB = harness.ROOT / "bench/scripts/grab.nse"  # does the same as the bare coroutines
SHOWN = {"banner": r"^\|[ _]banner-\d+: 220 ", "grab": r"^\|[ _]grab-\d+: 220 "}


def pair(who, program, script, folder, ports, slots):
    """Returns two tasks by name: one against open ports, and one against the same number of closed ports."""
    def task(first, results):
        return seed.task(program, folder, f"{first}-{first + ports - 1}", results, slots, SHOWN[script])
    return {who: task(FIRST_PORT, int(folder.strip("/").rpartition("-")[2]) * ports),
            f"{who}, closed": task(FIRST_CLOSED, 0)}


def tasks(context, folders, copies, threads, slots):
    """Returns the tasks of one size. They include nmap only if it does not take too long."""
    ports = threads // copies
    made = {**pair("sluice", context.sluice, "banner", folders["banner"], ports, slots),
            **pair("sluice, trivial script", context.sluice, "grab", folders["grab"], ports, slots),
            "bare coroutines": harness.Task([context.floor("lua_grab"), "-p", FIRST_PORT, "-n", ports, "-t", threads,
                                             "-P", slots], harness.shows(rf"^done {threads} ", 1))}
    if slots == 50 and 10_000 <= threads <= 50_000:
        made.update(pair("nmap", context.nmap, "banner", folders["banner"], ports, slots))
    return made


def beyond_closed(costs):
    """Returns the costs by program. Subtracts the cost of the task against closed ports, if there is one."""
    return {who: cost - costs[f"{who}, closed"] if f"{who}, closed" in costs else cost
            for who, cost in costs.items() if not who.endswith(", closed")}


def run(context, results):
    results.columns = ["slots", "threads", "who", "µs of user CPU per thread", "CPU s", "wall s",
                       "instructions per thread"]
    copies = context.sizes(COPIES, 100)
    sizes = [copies * step for step in context.sizes((1, 10, 50, 100), (1, 10, 20))]
    folders = {"banner": context.copies(seed.BANNER, copies), "grab": context.copies(GRAB, copies)}
    results.notes.append("The same against a closed port is subtracted, so that the scan and the loading of the "
                         "scripts do not count.")
    with servers.banner(context, FIRST_PORT, sizes[-1] // copies):
        for slots in context.sizes((20, 50, 1000), (50,)):
            user, counted = {}, {}  # per thread, by size
            for threads in sizes:
                all_tasks = tasks(context, folders, copies, threads, slots)
                costs = beyond_closed(harness.alternate(all_tasks, context.runs_at(threads), once=(
                    "nmap", "nmap, closed") if threads > 10_000 else ()))
                counted[threads] = (harness.instructions(all_tasks["sluice"]) -
                                    harness.instructions(all_tasks["sluice, closed"])) / threads
                user[threads] = {who: cost.user / threads for who, cost in costs.items()}
                for who, cost in costs.items():
                    results.row(slots, threads, who, user[threads][who] * 1e6, cost.cpu, cost.wall,
                                counted[threads] if who == "sluice" else "")
            claim(results, slots, user, counted)


def claim(results, slots, user, counted):
    first, last = min(counted), max(counted)
    drift = max(abs(count / counted[first] - 1) for count in counted.values())
    results.claim(f"{slots} slots: instructions per thread, {first:,} to {last:,} threads, from the first by", drift,
                  0.05, unit="%")
    # With fewer than 10 000 threads the kernel's division into user and system time is too coarse to compare.
    large = [threads for threads in user if threads >= 10_000] or sorted(user)[1:]
    ours = {threads: user[threads]["sluice"] for threads in large}
    results.claim(f"{slots} slots: user CPU per thread, {large[0]:,} to {last:,} threads, from the first by",
                  max(abs(harness.ratio(ours[threads], ours[large[0]]) - 1) for threads in large), 0.30, unit="%")
    results.claim(f"{slots} slots: user CPU per thread of a trivial script, of bare coroutines', the worst from "
                  f"{large[0]:,} threads", max(harness.ratio(user[threads]["sluice, trivial script"],
                                                             user[threads]["bare coroutines"]) for threads in large), 5)
    compared = [threads for threads in user if "nmap" in user[threads]]
    if compared:
        threads = max(compared)
        results.claim(f"{slots} slots: nmap's user CPU at {threads:,} threads, of sluice's",
                      harness.ratio(user[threads]["nmap"], ours[threads]), 20, at_least=True)


CASE = Case("growth", "Runs 1000 copies of banner.nse against 1 to 100 ports of one host: 1000 to 100 000 script "
            "threads, on 20, 50 and 1000 slots.", run)
