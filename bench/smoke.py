# SPDX-License-Identifier: Apache-2.0
"""Checks that small cases need no more instructions than recorded.

Counts user-space instructions with callgrind, as ratios to a bare program in the same run. These ratios vary little
from run to run and from machine to machine. The recorded ratios are in recorded.json, which `run --smoke --record`
writes.
"""

import json

from cases import many_hosts, rules, scan, seed, start, versions
import harness
import servers

RECORDED = harness.ROOT / "bench/recorded.json"
TOLERANCE = 0.20


def per_unit(tasks):
    """Returns the instructions per additional unit between two tasks, {size: task}. The start of the programs cancels
    out."""
    (few, small), (many, large) = sorted(tasks.items())
    return (harness.instructions(large) - harness.instructions(small)) / (many - few)


def beyond_closed(context, threads):
    folder = context.copies(seed.BANNER, threads)
    counted = [harness.instructions(seed.task(context.sluice, folder, port, results))
               for port, results in ((9000, threads), (seed.CLOSED, 0))]
    return (counted[0] - counted[1]) / threads


def bare_exchange(context):
    """Returns the instructions of an exchange by a bare coroutine, which is the unit of most ratios."""
    return per_unit({threads: harness.Task([context.floor("lua_grab"), "-t", threads],
                                           harness.shows(f"^done {threads} ", 1)) for threads in (500, 1500)})


def detection(context, unit):
    """Returns the ratios of version detection: its start with version scripts, and each additional server without
    them."""
    with servers.banner(context, versions.SSH, mode="ssh"):
        started = [harness.instructions(task) for task in versions.starts(context.sluice).values()]
        further = per_unit({hosts: versions.ssh_servers(context.sluice, hosts, "--datadir", versions.no_scripts())
                            for hosts in (32, 128)})
    return {"start with -sV, of one with --script version": started[0] / started[1],
            "SSH server with -sV, of a bare coroutine": further / unit}


def measure(context):
    """Measures all cases. Returns {name: ratio}."""
    with servers.refusing(seed.CLOSED), servers.banner(context):
        unit = bare_exchange(context)
        small, large = (beyond_closed(context, threads) for threads in (200, 400))
        ratios = {"script thread, of a bare coroutine": large / unit,
                  "script thread at 400, of one at 200": large / small}
        ratios["banner per host, of a bare coroutine"] = per_unit({
            hosts: many_hosts.scan(context.sluice, "banner", 9000, hosts, many_hosts.BANNER) for hosts in (128, 512)
        }) / unit
    with servers.banner(context, 900, scan.OPEN, mode="silent"):
        ratios["probed port, of a bare coroutine"] = per_unit({
            ports: scan.task(context.sluice, "127.0.0.1", 1, ports) for ports in (1000, 3000)}) / unit
    names = rules.scripts()[::10]
    with servers.banner(context, rules.FIRST_PORT, rules.PORTS):
        few, many = (rules.tasks(context, hosts, names) for hosts in (2, 8))
        ratios["rule, of one in a bare loop"] = per_unit({2: few["sluice"], 8: many["sluice"]}) / per_unit(
            {2: few["bare loop"], 8: many["bare loop"]})
    ratios |= detection(context, unit)
    loading = start.tasks(context)
    ratios["help of all scripts, of loading them in a bare Lua"] = \
        harness.instructions(loading["sluice"]) / harness.instructions(loading["bare Lua"])
    return ratios


def check(context, record):
    """Returns the rows of a table, and the exit code: 0 if no ratio is too high, 1 if one is too high or not
    recorded."""
    ratios = measure(context)
    if record:
        rounded = {name: float(f"{ratio:.4g}") for name, ratio in ratios.items()}
        RECORDED.write_text(json.dumps(rounded, indent=2) + "\n")
    recorded = json.loads(RECORDED.read_text())
    rows, code = [["what", "now", "recorded", "verdict"]], 0
    for name, ratio in ratios.items():
        before = recorded.get(name)
        change = ratio / before - 1 if before else 0
        verdict = "not recorded" if not before else "DEARER" if change > TOLERANCE else \
            "cheaper: --record it" if change < -TOLERANCE else "as recorded"
        code = 1 if verdict in ("DEARER", "not recorded") else code
        rows.append([name, f"{ratio:.3f}", f"{before:.3f} ({change:+.1%})" if before else "", verdict])
    return rows, code
