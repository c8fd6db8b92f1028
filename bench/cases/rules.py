# SPDX-License-Identifier: Apache-2.0
"""All stock scripts that have a portrule, against many open ports for which no rule is true."""

import pathlib
import re
import shutil

from cases import Case
import harness
import servers

DATADIR = pathlib.Path("/usr/share/nmap")
FIRST_PORT, PORTS = 21100, 20  # no rule selects these ports by their numbers
SPAN = f"{FIRST_PORT}-{FIRST_PORT + PORTS - 1}"
RULE = re.compile(r"^\s*(?:function\s+)?(prerule|hostrule|portrule|postrule)\s*[=(,]", re.MULTILINE)
COUNTER = harness.ROOT / "bench/scripts/rule-count.nse"


def bare(*words):
    """Returns the command that runs stock scripts in a bare Lua (floors/bare_lua.lua)."""
    lua = shutil.which("lua5.4")
    if not lua:
        raise harness.CannotMeasure("there is no lua5.4 to hold sluice against")
    return [lua, harness.ROOT / "bench/floors/bare_lua.lua", *words]


def scripts():
    """Returns the names of the scripts that have a portrule and no other rule. Leaves out those whose rule is true."""
    names = [path.stem for path in sorted(DATADIR.glob("scripts/*.nse"))
             if set(RULE.findall(path.read_text(errors="replace"))) == {"portrule"}]
    _, output = harness.run(harness.Task(bare("fires", DATADIR, SPAN, ",".join(names)), harness.shows("^done ", 1)))
    return [name for name in names if name not in output.split()]


def tasks(context, hosts, names):
    """Returns the tasks by program. An additional script, rule-count.nse, counts the calls of its rule."""
    scan = ["-n", "-Pn", "-p", SPAN, "--script", ",".join([*names, str(COUNTER)]), harness.block("127.1.0.0", hosts)]
    asked = harness.shows(rf"asked {hosts * PORTS} times", 1)
    return {"sluice": harness.Task([context.sluice, *scan], asked),
            "nmap": harness.Task([context.nmap, *scan], asked),
            "bare loop": harness.Task(bare("rules", DATADIR, hosts, SPAN, ",".join(names)),
                                      harness.shows(rf"^done {hosts * PORTS * len(names)}$", 1))}


def run(context, results):
    hosts = context.sizes(256, 4)
    names = scripts()
    with servers.banner(context, FIRST_PORT, PORTS):
        costs = harness.alternate(tasks(context, hosts, names), min(context.runs, 3), once=("nmap",))
    results.costs(f"{len(names)} scripts, {hosts} hosts, {PORTS} ports", costs)
    results.notes.append(f"The chunk and the rule run {len(names) * hosts * PORTS:,} times. Rules with `shortport.ssl` "
                         "send a probe to each port with an unknown service. In the bare loop the reply is a constant.")
    results.claim("CPU, of a bare loop over the same chunks and rules", costs["sluice"].cpu / costs["bare loop"].cpu,
                  1.5)
    results.claim("CPU, of nmap's", costs["sluice"].cpu / costs["nmap"].cpu)


CASE = Case("rules", "Runs all stock scripts with a portrule (and no other rule) on 256 hosts with 20 open ports. No "
            "rule returns true.", run)
