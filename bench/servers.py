# SPDX-License-Identifier: Apache-2.0
"""Servers for the scans, as context managers."""

import contextlib
import os
import pathlib
import socket
import subprocess
import tempfile
import time

import harness
import namespace


@contextlib.contextmanager
def running(*command):
    """Runs a server that prints "ready" when it listens, and ends when its standard input ends."""
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline() != "ready\n":
            raise harness.CannotMeasure(f"no server: {process.stderr.read().strip()}")
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def banner(context, port=9000, ports=1, delay=0, mode="banner", device="lo"):
    """Runs floors/banner_server.cpp. `delay`: milliseconds."""
    return running(context.floor("banner_server"), "-p", port, "-n", ports, "-d", delay, "-m", mode, "-i", device)


def link(context, delay, lost=0, quiet="0-0"):
    """Runs floors/slow_link.cpp: the network 10.77.0.0/16 behind the device `link`. `delay`: round-trip time in
    milliseconds. `lost`: packets of 1000 that are lost. `quiet`: ports (FIRST-LAST) to which all packets are
    dropped."""
    if namespace.INSIDE not in os.environ:
        raise harness.CannotMeasure("a slow link needs a network namespace of its own")
    return running(context.floor("slow_link"), "-d", delay, "-l", lost, "-q", quiet)


@contextlib.contextmanager
def refusing(port, address="127.0.0.1"):
    """Reserves a port that refuses connections."""
    with socket.socket() as taken:
        try:
            taken.bind((address, port))
        except OSError as error:
            raise harness.CannotMeasure(f"port {port}: {error}") from error
        yield


@contextlib.contextmanager
def ssh(port=22):
    """Runs the installed sshd, on all addresses. Only in a network namespace, where all addresses are those of
    loopback."""
    if namespace.INSIDE not in os.environ:
        raise harness.CannotMeasure("sshd would listen beyond loopback without a network namespace of its own")
    if not os.path.exists("/usr/sbin/sshd"):
        raise harness.CannotMeasure("there is no sshd (Debian package openssh-server)")
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)  # sshd requires this directory
        kinds = ("rsa", "ecdsa", "ed25519")
        for kind in kinds:
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", directory / kind], check=True)
        (directory / "sshd_config").write_text(
            "".join(f"HostKey {directory}/{kind}\n" for kind in kinds) +
            f"Port {port}\nListenAddress 0.0.0.0\nPidFile none\nUsePAM no\nMaxStartups 2000\nStrictModes no\n")
        process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", directory / "sshd_config"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port, process)
            yield process
        finally:
            harness.stop(process)


def wait_for(port, process, patience=10):
    """Waits until a server listens on the port. Raises CannotMeasure if the process ends, or after `patience`
    seconds."""
    give_up = time.monotonic() + patience
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > give_up:
                raise harness.CannotMeasure(f"nobody listens on port {port}: {error}") from error
            time.sleep(0.02)
