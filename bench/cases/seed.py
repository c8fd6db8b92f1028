# SPDX-License-Identifier: Apache-2.0
"""A thousand copies of banner.nse on 50 slots against one host. The patch of June 2009 to Nmap's accounting for slots
(models/accounting.hpp) was measured in this way."""

from cases import Case, rules
import harness
import servers

BANNER = "/usr/share/nmap/scripts/banner.nse"
SLOTS = 50
CLOSED = 8999


def task(program, folder, ports, results, slots=SLOTS, pattern=r"^\|[ _]banner-\d+: 220 "):
    """Returns the task with the options of that measurement. `results` lines must match the pattern."""
    return harness.Task([program, "-v", "-d", "--datadir", ".", "--max-parallelism", slots, "-Pn", "-n", "-p", ports,
                         "--script", folder, "127.0.0.1"], harness.shows(pattern, results))


def run(context, results):
    threads = context.sizes(1000, 200)
    folder = context.copies(BANNER, threads)
    programs = {"sluice": context.sluice, "nmap": context.nmap}
    with servers.refusing(CLOSED):
        for delay in (0, 200):
            with servers.banner(context, delay=delay):
                costs = harness.alternate({
                    (who, port): task(program, folder, port, threads if port == 9000 else 0)
                    for who, program in programs.items() for port in (9000, CLOSED)}, context.runs)
            when = f"banner after {delay} ms"
            for state, port in (("open port", 9000), ("closed port", CLOSED)):
                results.costs(f"{when}, {state}", {who: costs[who, port] for who in programs})
            ours, theirs = (costs[who, 9000] for who in programs)
            beyond = {who: costs[who, 9000] - costs[who, CLOSED] for who in programs}
            results.claim(f"{when}: CPU in all, of nmap's", ours.cpu / theirs.cpu, 1 / 2)
            results.claim(f"{when}: CPU beyond the closed port, of nmap's",
                          harness.ratio(beyond["sluice"].cpu, beyond["nmap"].cpu), 1 / 5)
            if not delay:
                lua = harness.alternate({"script": harness.Task(
                    rules.bare("action", rules.DATADIR, "banner", threads, 9000, "cslistener"),
                    harness.shows(rf"^done {threads}$", 1))}, context.runs)
                results.costs("the scripts' own Lua", {"bare Lua": lua["script"]})
            if delay:
                ideal = -(-threads // SLOTS) * delay / 1000
                results.claim(f"{when}: wall beyond the closed port, of the ideal {ideal:g} s",
                              beyond["sluice"].wall / ideal, 1.05)


CASE = Case("seed", "Runs 1000 copies of the stock script banner.nse on 50 slots against one host. Its banner comes at "
            "once or after 200 ms.", run)
