"""More and more script threads in all: the copies of the seed's case against more and more ports of one host."""


from cases import Case, seed
import harness
import servers

COPIES = 1000
FIRST_PORT, FIRST_CLOSED = 9000, 8000


def tasks(context, folder, copies, threads, slots):
    """What is run at one size: sluice against open and closed ports, bare coroutines, and nmap where it is bearable."""
    ports = threads // copies
    span = lambda first: f"{first}-{first + ports - 1}"
    made = {"sluice": seed.task(context.sluice, folder, span(FIRST_PORT), threads, slots),
            "sluice, closed": seed.task(context.sluice, folder, span(FIRST_CLOSED), 0, slots),
            "bare coroutines": harness.Task([context.floor("lua_grab"), "-p", FIRST_PORT, "-n", ports, "-t", threads,
                                             "-P", slots], harness.shows(rf"^done {threads} ", 1))}
    if slots == 50 and 10_000 <= threads <= 50_000:
        made["nmap"] = seed.task(context.nmap, folder, span(FIRST_PORT), threads, slots)
        made["nmap, closed"] = seed.task(context.nmap, folder, span(FIRST_CLOSED), 0, slots)
    return made


def beyond(costs, who):
    return costs[who] - costs[f"{who}, closed"]


def run(context, results):
    results.columns = ["slots", "threads", "who", "µs of user CPU per thread", "CPU s", "wall s",
                       "instructions per thread"]
    copies = context.sizes(COPIES, 100)
    sizes = [copies * step for step in context.sizes((1, 10, 50, 100), (1, 10, 20))]
    folder = context.copies(seed.BANNER, copies)
    with servers.banner(context, FIRST_PORT, sizes[-1] // copies):
        for slots in context.sizes((20, 50, 1000), (50,)):
            user, counted, floors, ratio_to_nmap = {}, {}, {}, None
            for threads in sizes:
                all_tasks = tasks(context, folder, copies, threads, slots)
                runs = context.runs_at(threads) if threads != sizes[0] else context.runs
                costs = harness.alternate(all_tasks, runs, once=("nmap", "nmap, closed") if threads > 10_000 else ())
                counted[threads] = (harness.instructions(all_tasks["sluice"]) -
                                    harness.instructions(all_tasks["sluice, closed"])) / threads
                user[threads] = beyond(costs, "sluice").user / threads
                floors[threads] = costs["bare coroutines"].user / threads
                for who, cost, count in (("sluice beyond the closed port", beyond(costs, "sluice"), counted[threads]),
                                         ("bare coroutines", costs["bare coroutines"], "")):
                    results.row(slots, threads, who, cost.user / threads * 1e6, cost.cpu, cost.wall, count)
                if "nmap" in costs:
                    theirs = beyond(costs, "nmap")
                    results.row(slots, threads, "nmap beyond the closed port", theirs.user / threads * 1e6, theirs.cpu,
                                theirs.wall, "")
                    ratio_to_nmap = threads, harness.ratio(theirs.user, beyond(costs, "sluice").user)
            claim(results, slots, user, counted, floors, ratio_to_nmap)


def claim(results, slots, user, counted, floors, ratio_to_nmap):
    first, last = min(counted), max(counted)
    drift = max(abs(count / counted[first] - 1) for count in counted.values())
    results.claim(f"{slots} slots: instructions per thread, {first:,} to {last:,} threads, from the first by", drift,
                  0.05, unit="%")
    # Below 10 000 threads the kernel's split between user and system time is too coarse to compare.
    large = [threads for threads in user if threads >= 10_000] or sorted(user)[1:]
    results.claim(f"{slots} slots: user CPU per thread, {large[0]:,} to {last:,} threads, from the first by",
                  max(abs(harness.ratio(user[threads], user[large[0]]) - 1) for threads in large), 0.30, unit="%")
    results.claim(f"{slots} slots: user CPU per thread, of bare coroutines', the worst from {large[0]:,} threads",
                  max(harness.ratio(user[threads], floors[threads]) for threads in large), 5)
    if ratio_to_nmap:
        threads, ratio = ratio_to_nmap
        results.claim(f"{slots} slots: nmap's user CPU at {threads:,} threads, of sluice's", ratio, 20, at_least=True)


CASE = Case("growth", "1000 copies of banner.nse against 1 to 100 ports of one host: 1 000 to 100 000 script threads "
            "in all, on 20, 50 and 1000 slots.", run)
