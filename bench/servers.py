"""What the scans connect to: servers on loopback, for as long as a `with` lasts."""

import contextlib
import socket
import subprocess

import harness


@contextlib.contextmanager
def running(*command):
    """A server that prints a line when it is ready and ends when its standard input does."""
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


def banner(context, port=9000, ports=1, delay=0, mode="banner"):
    """`delay` is in milliseconds; the modes are those of floors/banner_server.cpp."""
    return running(context.floor("banner_server"), "-p", port, "-n", ports, "-d", delay, "-m", mode)


@contextlib.contextmanager
def refusing(port, address="127.0.0.1"):
    """Nobody listens there, and nobody else gets the port."""
    with socket.socket() as taken:
        try:
            taken.bind((address, port))
        except OSError as error:
            raise harness.CannotMeasure(f"port {port}: {error}") from error
        yield
