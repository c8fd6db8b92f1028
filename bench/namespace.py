# SPDX-License-Identifier: Apache-2.0
"""A network namespace for the benchmarks. It has only loopback, and no ports in use.

`enter()` runs the program again, as a child, in new namespaces for network, mounts and processes. When the program
ends, for any reason, the kernel ends all processes in them. If the namespaces cannot be created, the program continues
without them: the servers listen on the loopback device only, and a case whose ports are in use cannot be measured.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys

INSIDE = "SLUICE_BENCH_NAMESPACE"
SIOCSIFFLAGS = 0x8914
IFF_UP_RUNNING = 0x41
PR_SET_PDEATHSIG = 1
GRACE = 3  # seconds for the program inside to stop


def enter():
    """Returns if this program runs inside the namespaces, with loopback up, or if they cannot be created. Otherwise
    runs the program inside them, and then exits with its exit code."""
    if INSIDE in os.environ:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP_RUNNING))
        return
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    try:
        subprocess.run([*unshare, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        print("bench: no network namespace can be made here; everything runs on the machine's own loopback",
              file=sys.stderr)
        return
    libc = ctypes.CDLL(None)
    inside = subprocess.Popen([*unshare, sys.executable, *sys.argv], env={**os.environ, INSIDE: "1"},
                              preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
    try:
        code = inside.wait()
    except KeyboardInterrupt:
        try:
            inside.wait(GRACE)
        except subprocess.TimeoutExpired:
            inside.kill()
        raise
    sys.exit(code)
