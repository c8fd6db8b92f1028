"""A network namespace of the benchmarks' own: loopback, every port free, no way out.

`enter()` runs the program once more, as the only child, in namespaces for network, mounts and processes. The kernel
takes them down with all processes in them when the program ends, however it ends. Where they cannot be had the program
goes on as it is: the servers keep to the loopback device, and a port that somebody else has is a case that cannot be
measured.
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
GRACE = 3  # seconds for whatever runs inside to end in order


def enter():
    """Returns inside the namespaces, with loopback up, or where none can be made; ends the program otherwise."""
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
