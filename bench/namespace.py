"""A network namespace of the benchmarks' own: loopback, every port free, no way out.

`enter()` re-executes the program in namespaces for network, mounts and processes. The kernel takes them down with all
processes in them when the program ends, however it ends. Where they cannot be had the program goes on as it is: the
servers keep to the loopback device, and a port that somebody else has is a case that cannot be measured.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

INSIDE = "SLUICE_BENCH_NAMESPACE"
SIOCSIFFLAGS = 0x8914
IFF_UP_RUNNING = 0x41


def enter():
    """True: in namespaces of its own, with loopback up."""
    if INSIDE in os.environ:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP_RUNNING))
        return True
    unshare = [shutil.which("unshare") or "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child",
               "--mount-proc"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    try:
        subprocess.run([*unshare, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        print("bench: no network namespace can be made here; everything runs on the machine's own loopback",
              file=sys.stderr)
        return False
    os.execve(unshare[0], [*unshare, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})
