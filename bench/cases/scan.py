"""Port scans alone: every port of one host, and a thousand ports of 256 hosts."""

from cases import Case
import harness
import servers

OPEN = 10  # ports of each host


def task(program, ports, target, hosts, all_ports):
    def check(output):
        return harness.shows(r"^9\d\d/tcp +open ", OPEN * hosts)(output) or \
            harness.shows(rf"^Not shown: {all_ports - OPEN} closed ", hosts)(output)
    return harness.Task([program, "-sT", "-n", "-Pn", ports, target], check)


def run(context, results):
    hosts = context.sizes(256, 16)
    with servers.banner(context, 900, OPEN, mode="silent"):
        for what, *scan in (("all ports of one host", "-p-", "127.0.0.1", 1, 65535),
                            (f"1000 ports of {hosts} hosts", "-p1-1000", harness.block("127.1.0.0", hosts), hosts,
                             1000)):
            costs = harness.alternate({"sluice": task(context.sluice, *scan), "nmap": task(context.nmap, *scan)},
                                      context.runs)
            results.costs(what, costs)
            results.claim(f"{what}: wall, of nmap -sT's", costs["sluice"].wall / costs["nmap"].wall, 1)
            results.claim(f"{what}: CPU, of nmap -sT's", costs["sluice"].cpu / costs["nmap"].cpu, 1 / 2)


CASE = Case("scan", "-p- on one host, and 1000 ports of 256 hosts, by connecting.", run)
