# SPDX-License-Identifier: Apache-2.0
"""little_memory_test.py SLUICE: with little address space a run is refused with one line or ends normally, and never
aborts."""
import resource, subprocess, sys

wrong = 0
for size in range(24, 97, 4):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (size << 20,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    p = subprocess.run([sys.argv[1], "-n", "-Pn", "-p", "9", "127.0.0.1"], capture_output=True, text=True, preexec_fn=limit, timeout=120)
    lines = [line for line in p.stderr.splitlines() if line != "QUITTING!"]
    # 127: the dynamic loader had too little address space.
    right = p.returncode in (0, 1, 2, 127) and (p.returncode in (0, 127) or len(lines) == 1)
    if not right:
        wrong += 1
        print(f"{size} MiB: exit code {p.returncode}: {p.stderr.strip()[:200]}")
sys.exit(1 if wrong else 0)
