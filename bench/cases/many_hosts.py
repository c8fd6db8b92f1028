# SPDX-License-Identifier: Apache-2.0
"""One stock script against each of many hosts: banner, http-title, ssl-cert, ssh-hostkey."""

import contextlib
import pathlib
import subprocess
import tempfile

from cases import Case, rules
import harness
import servers

FIRST_HOST = "127.1.0.0"
# Patterns that the report of each host must match.
BANNER = r"^\|_banner: 220 "
TITLE = r"^\|_http-title: The sluice is open"
SUBJECT = r"^\| ssl-cert: Subject: commonName=bench\.example"
KEYS = r"^\| ssh-hostkey: *$"


def scan(program, script, port, hosts, pattern):
    """Returns a task that scans `hosts` addresses, a power of two. Each must have a result that matches the pattern."""
    return harness.Task([program, "-n", "-Pn", "-p", port, "--script", script,
                         harness.block(FIRST_HOST, hosts)], harness.shows(pattern, hosts))


def bare(context, name, port, hosts):
    """Returns a task that does one exchange with each host by a bare program."""
    return harness.Task([context.floor(name), "-a", FIRST_HOST, "-H", hosts, "-p", port, "-t", hosts],
                        harness.shows(rf"^done {hosts} ", 1))


@contextlib.contextmanager
def certificate():
    """Creates the files of an RSA certificate and of its key."""
    with tempfile.TemporaryDirectory() as directory:
        files = [pathlib.Path(directory) / name for name in ("certificate", "key")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bench.example",
                        "-out", files[0], "-keyout", files[1]], check=True, stderr=subprocess.DEVNULL)
        yield files


def measure(context, results, name, tasks, hosts):
    costs = harness.alternate(tasks, context.runs)
    for who, cost in costs.items():
        results.row(name, who, hosts, hosts / cost.cpu, cost.cpu, cost.wall)
    return costs


def against_nmap(context, results, name, server, port, hosts, pattern, limit, floors={}):
    with server:
        costs = measure(context, results, name, {
            "sluice": scan(context.sluice, name, port, hosts, pattern),
            "nmap": scan(context.nmap, name, port, hosts, pattern), **floors}, hosts)
    results.claim(f"{name}: exchanges per CPU second, of nmap's", costs["nmap"].cpu / costs["sluice"].cpu, limit,
                  at_least=True)


def tls(context, results, hosts):
    with certificate() as (public, key), servers.running(context.floor("tls_server"), 443, public, key):
        costs = measure(context, results, "ssl-cert", {
            "sluice": scan(context.sluice, "ssl-cert", 443, hosts, SUBJECT),
            "nmap": scan(context.nmap, "ssl-cert", 443, hosts, SUBJECT),
            "bare handshakes": bare(context, "tls_grab", 443, hosts),
            "the script's Lua, bare": harness.Task(
                rules.bare("action", rules.DATADIR, "ssl-cert", hosts, 443, "https", public),
                harness.shows(rf"^done {hosts}$", 1))}, hosts)
    floor = costs["bare handshakes"].cpu + costs["the script's Lua, bare"].cpu
    results.claim("ssl-cert: CPU, of bare handshakes and the script's Lua over a canned certificate",
                  costs["sluice"].cpu / floor, 1.3)
    results.claim("ssl-cert: exchanges per CPU second, of nmap's", costs["nmap"].cpu / costs["sluice"].cpu)


def run(context, results):
    results.columns = ["script", "who", "hosts", "exchanges per CPU s", "CPU s", "wall s"]
    hosts = context.sizes(4096, 256)
    against_nmap(context, results, "banner", servers.banner(context, 9000), 9000, hosts, BANNER, 10, floors={
        "bare client": bare(context, "raw_grab", 9000, hosts),
        "bare coroutines": bare(context, "lua_grab", 9000, hosts)})
    against_nmap(context, results, "http-title", servers.banner(context, 80, mode="http"), 80, hosts, TITLE, 3)
    tls(context, results, hosts)
    # Fewer hosts, because sshd starts a process for each connection.
    try:
        against_nmap(context, results, "ssh-hostkey", servers.ssh(), 22, context.sizes(64, 16), KEYS, None)
    except harness.CannotMeasure as error:
        results.missing.append(f"ssh-hostkey: {error}")


CASE = Case("many-hosts", "Runs the stock scripts banner, http-title and ssl-cert on 4096 hosts, and ssh-hostkey "
            "on 64.", run)
