# SPDX-License-Identifier: Apache-2.0
"""The cost of the start: the help of all scripts, and one script against one port."""

from cases import Case, rules
import harness
import servers


def tasks(context):
    scripts = len(list(rules.DATADIR.glob("scripts/*.nse")))
    return {"sluice": harness.Task([context.sluice, "--script-help", "all"], harness.shows("^Categories: ", scripts)),
            "nmap": harness.Task([context.nmap, "--script-help", "all"], harness.shows("^Categories: ", scripts)),
            "bare Lua": harness.Task(rules.bare("load", rules.DATADIR), harness.shows(rf"^done {scripts}$", 1))}


def run(context, results):
    costs = harness.alternate(tasks(context), context.runs)
    results.costs("--script-help all", costs)
    results.claim("--script-help all: CPU, of a bare Lua that loads the same chunks",
                  costs["sluice"].cpu / costs["bare Lua"].cpu, 1.3)
    results.claim("--script-help all: CPU, of nmap's", costs["sluice"].cpu / costs["nmap"].cpu)

    scan = ["-n", "-Pn", "-p", "9000", "--script", "banner", "127.0.0.1"]
    with servers.banner(context):
        costs = harness.alternate({who: harness.Task([program, *scan], harness.shows(r"^\|_banner: 220 ", 1))
                                   for who, program in (("sluice", context.sluice), ("nmap", context.nmap))},
                                  context.runs * 3)
    results.costs("one script, one port", costs)
    results.claim("one script, one port: wall, of nmap's", costs["sluice"].wall / costs["nmap"].wall, 1 / 2)


CASE = Case("start", "Runs `--script-help all`, and one script against one port.", run)
