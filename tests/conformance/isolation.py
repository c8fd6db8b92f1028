# SPDX-License-Identifier: Apache-2.0
"""A network, a list of processes and a /run of the test's own, so that standard ports are free, nothing of the machine
is touched, and every server is gone with the test, however that ends."""

import fcntl
import os
import socket
import struct
import subprocess
import sys

# Modules that tests of several folders use.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

SKIPPED = 77  # what CTest takes for "skipped"
MARK = "SLUICE_ISOLATED"
UNSHARE = ["unshare", "--net", "--pid", "--mount", "--ipc", "--fork", "--kill-child", "--mount-proc", "--"]
IFF_UP, SIOCGIFFLAGS, SIOCSIFFLAGS = 0x1, 0x8913, 0x8914


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sH22x", b"lo", 0))
        flags = struct.unpack_from("16sH", request)[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | IFF_UP))


def isolate():
    """Starts this program again in isolation, and returns there. Where that is not allowed, ends as skipped."""
    if MARK in os.environ:
        raise_loopback()
        subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
        return
    if subprocess.run([*UNSHARE, "true"], capture_output=True).returncode:
        print("skipped: no namespaces can be made here (they need root)", file=sys.stderr)
        sys.exit(SKIPPED)
    os.environ[MARK] = "1"
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, *sys.argv])
