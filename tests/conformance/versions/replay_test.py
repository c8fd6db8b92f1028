#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Replays lines of the installed nmap-service-probes: for each line drawn at random, a server that answers its probe, and
nothing else, with a text that the line matches. `nmap -sV` and `sluice -sV`, with Nmap's waits and with its own, must
report the same services.

The runs read a copy of the file in which waits are short, and each probe lists the ports of its servers alone, so that
it is the first one they are sent. Ports that differ are repeated for all programs, and count if they differ in each of
three runs. SAMPLER is the program sample_lines of the build.
"""

import argparse
import asyncio
import concurrent.futures
import contextlib
import dataclasses
import difflib
import itertools
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import isolation  # noqa: E402: found by the line above
import repeated  # noqa: E402: found by isolation

import scans  # noqa: E402
import stubs  # noqa: E402

DATABASE = pathlib.Path("/usr/share/nmap/nmap-service-probes")
FIRST_PORT = 20000
WAIT = 900  # milliseconds for a response
RUN_LIMIT = 600  # seconds
AT_ONCE = 100  # ports
PROGRAMS = {"nmap": ["--min-parallelism", str(AT_ONCE), "--max-parallelism", str(AT_ONCE)],
            "exact": ["--version-patience", "exact", "--socket-slots", str(AT_ONCE)],
            "default": ["--socket-slots", str(AT_ONCE)]}
ADDRESSES = {name: f"127.0.30.{number}" for number, name in enumerate(PROGRAMS, 1)}


@dataclasses.dataclass
class Sample:
    protocol: str
    probe: str
    line: int
    payload: bytes
    text: bytes
    hit: int
    port: int = 0

    @classmethod
    def of(cls, row):
        protocol, probe, line, payload, text, hit = row.split()
        return cls(protocol, probe, int(line), bytes.fromhex(payload.strip("-")), bytes.fromhex(text), int(hit))

    def listed_by(self):
        """The probe that lists the port."""
        return self.protocol.upper(), self.probe

    def key(self):
        return f"{self.port}/{self.protocol}"


def draw(sampler, seed, count):
    rows = subprocess.run([sampler, str(DATABASE), str(seed), str(count)], check=True, capture_output=True, text=True)
    samples = sorted(map(Sample.of, rows.stdout.splitlines()), key=Sample.listed_by)
    for position, sample in enumerate(samples):
        sample.port = FIRST_PORT + position
    return samples


def database(samples):
    """The installed file with the waits and the ports of the replay."""
    # As a range: nmap 7.93 takes the rest of a line of some kilobytes for a line of its own.
    ports = {}
    for probe, group in itertools.groupby(samples, Sample.listed_by):
        numbers = [sample.port for sample in group]
        ports[probe] = f"{numbers[0]}-{numbers[-1]}"
    lines = []
    for line in DATABASE.read_text(encoding="latin-1").split("\n"):
        if re.match(r"(ports|sslports|totalwaitms|Exclude) ", line):
            continue
        lines.append(line)
        if probe := re.match(r"Probe (\w+) (\S+) ", line):
            lines.append(f"totalwaitms {WAIT}")
            if probe.groups() in ports and probe[2] != "NULL":
                lines.append("ports " + ports[probe.groups()])
    return "\n".join(lines)


class Server(asyncio.DatagramProtocol):
    """Serves a sample on TCP (`serve`) or UDP."""

    def __init__(self, sample):
        self.sample, self.transport = sample, None

    async def serve(self, reader, writer):
        with contextlib.suppress(OSError):  # the peer closes at any time
            if not self.sample.payload:
                writer.write(self.sample.text)
            while data := await reader.read(65536):
                if data == self.sample.payload:
                    writer.write(self.sample.text)
                elif data[0] == stubs.HANDSHAKE_RECORD:  # no TLS here
                    break
                await writer.drain()
        writer.close()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        if data == self.sample.payload:
            self.transport.sendto(self.sample.text, peer)

    async def start(self, address):
        if self.sample.protocol == "tcp":
            await asyncio.start_server(self.serve, address, self.sample.port)
        else:
            await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, (address, self.sample.port))


@contextlib.contextmanager
def serving(samples):
    """Serves all samples at the address of each program, in a thread of its own."""
    loop = asyncio.new_event_loop()

    async def start():
        for address in ADDRESSES.values():
            for sample in samples:
                await Server(sample).start(address)

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


class Replay:
    def __init__(self, options, scratch):
        self.programs = {"nmap": options.nmap, "exact": options.sluice, "default": options.sluice}
        self.scratch, self.data = scratch, scans.data_files(scratch / "data")
        (self.data / "nmap-services").write_text("nothing\t1/tcp\t0.1\n")
        self.samples = draw(options.sampler, options.seed, options.lines)
        (scratch / "probes").write_text(database(self.samples), encoding="latin-1")
        self.compared, self.left, self.differences = {}, self.samples, {}

    def command(self, name, report):
        ports = {protocol: [str(sample.port) for sample in self.left if sample.protocol == protocol]
                 for protocol in ("tcp", "udp")}
        wanted = ",".join(f"{protocol[0].upper()}:{','.join(found)}" for protocol, found in ports.items() if found)
        return [self.programs[name], "-n", "-Pn", *(["-sT"] if ports["tcp"] else []), *(["-sU"] if ports["udp"] else []),
                "-p", wanted, "-sV", "--version-intensity", "0", "--datadir", self.data, "--versiondb",
                self.scratch / "probes", *PROGRAMS[name], "-oX", report, ADDRESSES[name]]

    def run(self, name):
        report = self.scratch / f"{name}.xml"
        done = subprocess.run(list(map(str, self.command(name, report))), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=RUN_LIMIT)
        if done.returncode:
            raise RuntimeError(f"{name}: exit code {done.returncode}: {done.stderr[-2000:]}")
        return scans.services(report)

    def observe(self):
        """{name: {port: lines}}; all programs run at once."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            return dict(zip(self.programs, pool.map(self.run, self.programs)))

    @repeated.until_equal
    def compare(self):
        """Compares the samples that have not been found equal."""
        seen = self.observe()
        self.differences = {}
        for sample in self.left:
            theirs = seen["nmap"].get(sample.key(), [])
            self.compared[sample.key()] = theirs
            found = [line for name in ("exact", "default") for line in difflib.unified_diff(
                theirs, seen[name].get(sample.key(), []), "nmap", name, lineterm="", n=9)]
            if found:
                self.differences[sample.key()] = [f"line {sample.line} of {sample.probe}, recognised by {sample.hit}, text "
                                                  f"{sample.text!r}", *found]
        self.left = [sample for sample in self.left if sample.key() in self.differences]
        if self.left:
            raise AssertionError("\n".join(line for lines in self.differences.values() for line in lines))

    def recognised(self):
        return sum('method="probed"' in lines and 'name="tcpwrapped"' not in lines for lines in self.compared.values())


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sluice", metavar="SLUICE")
    parser.add_argument("sampler", metavar="SAMPLER")
    parser.add_argument("--lines", type=int, default=500, help="how many lines (500)")
    parser.add_argument("--seed", type=int, default=1, help="chooses the lines and the texts (1)")
    parser.add_argument("--nmap", default="nmap", help="the reference (nmap)")
    return parser.parse_args(arguments)


def main(arguments):
    options, started = parse(arguments), time.monotonic()
    if not DATABASE.is_file():
        print(f"skipped: there is no {DATABASE}", file=sys.stderr)
        return isolation.SKIPPED
    with tempfile.TemporaryDirectory() as scratch:
        replay = Replay(options, pathlib.Path(scratch))
        with serving(replay.samples):
            with contextlib.suppress(AssertionError):
                replay.compare()
    for lines in replay.differences.values():
        print(*lines, sep="\n")
    print(f"{len(replay.samples) - len(replay.left)} of {len(replay.samples)} lines are equal, "
          f"{time.monotonic() - started:.0f} s; nmap recognises {replay.recognised()}")
    # A comparison of unrecognised ports alone would show nothing.
    return 1 if replay.left or replay.recognised() < 0.9 * len(replay.samples) else 0


if __name__ == "__main__":
    isolation.isolate()
    sys.exit(main(sys.argv[1:]))
