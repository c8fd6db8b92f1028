# SPDX-License-Identifier: Apache-2.0
"""Version detection, compared with `nmap -sV` by default, with -T5, and tuned; on loopback and behind a slow link."""

import contextlib
import re

from cases import Case
import harness
import servers

DELAY = 20  # round-trip time of the link in ms
# Prefix and device of the hosts: of loopback, and behind the link. They do not include the machine's own address there.
PLACES = {"no round trip": ("127.1.4.", "lo"), f"{DELAY} ms": ("10.77.4.", "link")}
NMAPS = {"nmap": [], "nmap -T5": ["-T5"], "tuned nmap": ["--min-parallelism", 300]}
SLUICE, TUNED = "sluice", "tuned nmap"
HTTP, GREETING = (80, 8000, 8008, 8080, 8888), (2001, 2002, 2003, 2004, 2005)
SSH, SILENT, ODD = 22, 31337, 31338
MANY = 200  # SSH servers; with fewer, the CPU time of the additional ones is too small to measure
RESIDENT = harness.ROOT / "bench/scripts/resident.nse"


def services(http, ssh):
    """Returns a check that `http` HTTP servers and `ssh` SSH servers were recognised, with their versions."""
    checks = (harness.shows(r"^\d+/tcp +open +http +nginx 1\.22\.1$", http),
              harness.shows(r"^\d+/tcp +open +ssh +OpenSSH 9\.2p1 ", ssh))
    return lambda output: next(filter(None, (check(output) for check in checks)), None)


def scan(program, hosts, ports, check, *options):
    command = [program, "-sT", "-n", "-Pn", "-p", ",".join(map(str, ports)), *options, hosts]
    return harness.Task(command, check)


def versions(context, hosts, ports, check, *options):
    """Returns the same task for sluice and for each set of options of nmap, by program."""
    tasks = {SLUICE: scan(context.sluice, hosts, ports, check, "-sV", *options)}
    return tasks | {who: scan(context.nmap, hosts, ports, check, "-sV", *how, *options) for who, how in NMAPS.items()}


def no_scripts():
    """Creates a directory for --datadir with an empty script.db. Other data files come from the usual directories."""
    folder = harness.WORK / "no-version-scripts"
    (folder / "scripts").mkdir(parents=True, exist_ok=True)
    (folder / "scripts/script.db").write_text("")
    return folder


def faster(results, what, costs, limits):
    """Adds claims of how many times faster sluice was than other programs. `limits`: {program: limit or None}."""
    for who, limit in limits.items():
        results.claim(f"{what}: times faster than {who}, wall", harness.ratio(costs[who].wall, costs[SLUICE].wall),
                      limit, at_least=True)


def one_http(context, results, where, network):
    what = f"one HTTP server, {where}"
    costs = harness.alternate(versions(context, f"{network}1", [80], services(1, 0)), context.runs, once=NMAPS)
    results.costs(what, costs)
    faster(results, what, costs, {"nmap": 10, "nmap -T5": None, TUNED: None})


def greeting(context, results, where, network):
    """Measures many SSH servers. The cost of loading is that of a scan of one server."""
    what = f"{MANY} SSH servers, {where}"
    costs, single = (harness.alternate(
        versions(context, f"{network}1-{count}", [SSH], services(0, count)), context.runs) for count in (MANY, 1))
    results.costs(what, costs)
    results.costs(f"one SSH server, {where}", single)
    results.claim(f"{what}: wall, of tuned nmap's", costs[SLUICE].wall / costs[TUNED].wall, 1)
    for who in NMAPS:
        results.claim(f"{what}: CPU beyond one server, of {who}'s", harness.ratio(
            (costs[SLUICE] - single[SLUICE]).cpu, (costs[who] - single[who]).cpu), 1 / 2 if who == "nmap" else None)


def many(context, results, where, network):
    """Measures ten ports of many hosts. nmap runs once, because it takes minutes."""
    hosts = context.sizes(100, 10)
    what = f"10 ports of {hosts} hosts, {where}"
    place = f"{network}1-{hosts}"
    check = services(len(HTTP) * hosts, len(GREETING) * hosts)
    tasks = versions(context, place, HTTP + GREETING, check)
    without_scripts = versions(context, place, HTTP + GREETING, check, "--datadir", no_scripts())
    bare = {f"{who}, no version scripts": without_scripts[who] for who in (SLUICE, TUNED)}
    if network.startswith("127."):
        bare["bare client"] = harness.Task(
            [context.floor("probe_grab"), "-a", f"{network}1", "-H", hosts, "-P", 300,
             *(f"{port}:get" for port in HTTP), *GREETING], harness.shows(f"^done {10 * hosts} ", 1))
    costs = harness.alternate(tasks | bare, context.runs, once={who for who in tasks | bare if "nmap" in who})
    results.costs(what, costs)
    faster(results, what, costs, {"nmap": 15, "nmap -T5": None, TUNED: 4})
    for who in (SLUICE, TUNED):
        without = costs[f"{who}, no version scripts"]
        for name, part in (("wall", without.wall / costs[who].wall), ("CPU", without.cpu / costs[who].cpu)):
            results.claim(f"{what}: the version scripts' part of {who}'s {name}", 1 - part, unit="%")
    if "bare client" in costs:
        results.claim(f"{what}: CPU without version scripts, of a bare client's",
                      harness.ratio(costs[f"{SLUICE}, no version scripts"].cpu, costs["bare client"].cpu))


def small_database():
    """Returns options for a small file of service probes and for no version scripts. The file has as many probes as the
    installed file has for a silent TCP port at intensity 7, with a twentieth of the waits."""
    path = harness.WORK / "silent-probes"
    probes = ["Probe TCP NULL q||\ntotalwaitms 300\nmatch bench m|^bench|\n"]
    probes += [f"Probe TCP Bench{number} q|bench {number}\\r\\n|\nrarity 5\ntotalwaitms 250\nmatch bench m|^bench|\n"
               for number in range(28)]
    path.write_text("".join(probes))
    return ["--versiondb", path, "--datadir", no_scripts()]


def silent(context, results):
    """Measures a silent port. Each program runs once, because it waits for minutes with the installed file."""
    what = f"a silent port, {'a database of the bench' if context.quick else 'the installed database'}"
    database = small_database() if context.quick else []
    check = harness.shows(rf"^{SILENT}/tcp +open ", 1)
    with servers.banner(context, SILENT, mode="silent"):
        costs = harness.alternate({
            f"{who} {timing}": scan(program, "127.1.4.1", [SILENT], check, "-sV", timing, *database)
            for timing in ("-T3", "-T5") for who, program in (("sluice", context.sluice), ("nmap", context.nmap))}, 1)
    results.costs(what, costs)
    for timing, limit in (("-T3", 0.55), ("-T5", 0.2)):
        ours, theirs = (costs[f"{who} {timing}"].wall for who in ("sluice", "nmap"))
        results.claim(f"{what}, {timing}: wall, of nmap's", ours / theirs, limit)


def ssh_servers(program, hosts, *options):
    """Returns a task with -sV against SSH servers. Version scripts run, unless the options exclude them."""
    return scan(program, f"127.1.4.1-{hosts}", [SSH], services(0, hosts), "-sV", *options)


def starts(program):
    """Returns {options: task} for one SSH server: with -sV, and with the version scripts only."""
    return {"-sV": ssh_servers(program, 1),
            "--script version": scan(program, "127.1.4.1", [SSH], harness.shows(rf"^{SSH}/tcp +open +ssh", 1),
                                     "--script", "version")}


def start(context, results):
    costs = harness.alternate({
        f"{who} {options}": task for who, program in (("sluice", context.sluice), ("nmap", context.nmap))
        for options, task in starts(program).items()}, context.runs * 3)
    results.costs("start, one SSH port", costs)
    for who, limit in (("sluice", 50), ("nmap", None)):
        more = costs[f"{who} -sV"].cpu - costs[f"{who} --script version"].cpu
        results.claim(f"start: {who}'s CPU with -sV, beyond --script version", 1000 * more, limit, unit="ms")


def peak(task):
    """Returns the peak of the resident memory of a task in MiB, which resident.nse prints."""
    _, output = harness.run(task)
    return int(re.search(r"resident: *(\d+) KiB", output)[1]) / 1024


def memory(context, results):
    """Measures the memory of the service probes. No line matches the answers of the server, so that all lines are
    used."""
    check = harness.shows(r"resident: *\d+ KiB", 1)
    with servers.banner(context, ODD, mode="odd"):
        used, unused = (peak(scan(context.sluice, "127.1.4.1", [ODD], check, *options, "--script",
                                  f"version,{RESIDENT}")) for options in (["-sV"], []))
    results.notes.append(f"Peak of the resident memory with the same scripts: {used:.1f} MiB with -sV, "
                         f"{unused:.1f} MiB without.")
    results.claim("resident memory of the database in use", used - unused, 25, unit="MiB")


@contextlib.contextmanager
def network(context, device):
    with contextlib.ExitStack() as stack:
        if device == "link":
            stack.enter_context(servers.link(context, DELAY))
        for port in HTTP:
            stack.enter_context(servers.banner(context, port, mode="http", device=device))
        stack.enter_context(servers.banner(context, GREETING[0], len(GREETING), mode="ssh", device=device))
        stack.enter_context(servers.banner(context, SSH, mode="ssh", device=device))
        yield


def run(context, results):
    results.notes.append("The version scripts run with `-sV`, with both programs, unless the row says otherwise.")
    for where, (first, device) in PLACES.items():
        try:
            with network(context, device):
                for part in (one_http, greeting, many):
                    attempt(results, part, context, results, where, first)
                if device == "lo":
                    attempt(results, start, context, results)
        except harness.CannotMeasure as error:
            results.missing.append(f"{where}: {error}")
    attempt(results, silent, context, results)
    attempt(results, memory, context, results)


def attempt(results, part, *arguments):
    """Measures a part. If it cannot be measured, adds it to the missing parts."""
    try:
        part(*arguments)
    except harness.CannotMeasure as error:
        results.missing.append(f"{part.__name__}: {error}")


CASE = Case("versions", "Measures `-sV`: HTTP and SSH servers, 10 ports of 100 hosts, a silent port, the start, the "
            "memory.", run)
