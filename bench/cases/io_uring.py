"""The preset of the build that waits by io_uring, beside the one that waits by epoll, in the same work."""

from cases import Case, many_hosts
import harness
import servers

PRESET = harness.ROOT / "build" / "io_uring" / "sluice"


def beside(context, results, what, task):
    """`task(program)`, by both builds in turns."""
    costs = harness.alternate({"epoll": task(context.sluice), "io_uring": task(PRESET)}, context.runs)
    results.costs(what, costs)
    results.claim(f"{what}: CPU by io_uring, of that by epoll", costs["io_uring"].cpu / costs["epoll"].cpu)
    results.claim(f"{what}: wall by io_uring, of that by epoll", costs["io_uring"].wall / costs["epoll"].wall)


def run(context, results):
    if not PRESET.exists():
        raise harness.CannotMeasure("the preset is not built: make bench does that")
    hosts = context.sizes(4096, 256)
    with servers.banner(context, 9000):
        beside(context, results, f"banner over {hosts} hosts",
               lambda program: many_hosts.scan(program, "banner", 9000, hosts, many_hosts.BANNER))
    with servers.banner(context, 80, mode="http"):
        beside(context, results, f"http-title over {hosts} hosts",
               lambda program: many_hosts.scan(program, "http-title", 80, hosts, many_hosts.TITLE))


CASE = Case("io-uring", "Banner and http-title over 4096 hosts, by epoll and by io_uring (the preset of that name).", run)
