# SPDX-License-Identifier: Apache-2.0
"""The cases `rules` and `many-hosts` with one worker thread and with two."""

import dataclasses
import os
import subprocess

from cases import Case, many_hosts, rules
import harness
import servers


def with_workers(task):
    """Returns {1: task, 2: task}, by number of worker threads."""
    return {workers: dataclasses.replace(task, command=[*task.command, "--workers", workers]) for workers in (1, 2)}


def compare(context, results, what, task, runs):
    costs = harness.alternate({(what, workers): made for workers, made in with_workers(task).items()}, runs)
    for (_, workers), cost in costs.items():
        results.row(what, workers, cost.cpu, cost.wall)
    return costs[what, 1], costs[what, 2]


def run(context, results):
    if "--workers" not in subprocess.run([context.sluice, "--help"], capture_output=True, text=True).stdout:
        raise harness.CannotMeasure("--workers is not offered by this binary")
    if os.cpu_count() < 2:
        raise harness.CannotMeasure("there is one core only")
    results.columns = ["what", "workers", "CPU s", "wall s"]
    with servers.banner(context, rules.FIRST_PORT, rules.PORTS):
        task = rules.tasks(context, context.sizes(256, 8), rules.scripts())["sluice"]
        one, two = compare(context, results, "rules", task, min(context.runs, 3))
    results.claim("rules: throughput of two workers, of one's", one.wall / two.wall, 1.8, at_least=True)
    hosts = context.sizes(4096, 512)
    with many_hosts.certificate() as (public, key), servers.banner(context, 9000), \
            servers.banner(context, 80, mode="http"), servers.running(context.floor("tls_server"), 443, public, key):
        for name, port, pattern in (("banner", 9000, many_hosts.BANNER), ("http-title", 80, many_hosts.TITLE),
                                    ("ssl-cert", 443, many_hosts.SUBJECT)):
            one, two = compare(context, results, name, many_hosts.scan(context.sluice, name, port, hosts, pattern),
                               context.runs)
            results.claim(f"{name}: CPU per exchange with two workers, of one's", two.cpu / one.cpu, 1.1)


CASE = Case("cores", "Runs the cases rules and many-hosts with `--workers` 1 and 2. In many-hosts, the servers "
            "share the machine.", run)
