// SPDX-License-Identifier: Apache-2.0
#include <sluice/command_line.hpp>

namespace sluice {

std::string usage() {
  return R"(Usage: sluice [options] target...

Runs NSE scripts against hosts and ports. Options have Nmap's names and meaning wherever Nmap has them; those marked *
are sluice's own and are spelled in full. docs/options.md lists all, also those of Nmap's that sluice does not have.

Targets
  host, 10.0.0.0/24, 10.0.0-3.*, ::1 (with -6)
  -iL FILE                  read targets from FILE (- for standard input)
  --targets-from FILE *     known ip:port[/proto][,service[,hostname]] lines, or a
                            report (-oX, -oG) of a scanner; no scan; may be a live
                            pipe (-)
  --exclude LIST, --excludefile FILE
  -n, -R                    never, always look up the names of addresses
  --dns-servers LIST        ask these instead of the system's (--system-dns)
  --unique, --rH            each address once; in random order (--randomize-hosts)
  -4, -6                    address family
Ports and scan
  -p PORTS                  such as 22,80, 1-1000, U:53,T:443, http*, -
  -F, --top-ports N, --port-ratio R, --exclude-ports PORTS
  -sT, -sU                  TCP by connecting (the default), UDP
  -sn, -sL, -Pn             hosts only; list the targets; take all hosts for up
  -PS, -PA, -PU[PORTS]      look for hosts at these TCP (80), UDP (40125) ports (without: TCP 80 and 443)
  -PE, -PP, -PR             look for hosts by ICMP echo, ICMP timestamp, ARP (all of them by default, for root)
  --disable-arp-ping        no ARP and no neighbour discovery on the local link
  -r                        probe ports in order
  --open, --reason          report open ports only; report why
  -e NAME, -S ADDRESS, -g PORT, --ttl N
  --iflist                  show interfaces and routes
What runs behind a port
  -sV                       services and their versions, by the probes of nmap-service-probes
  -A                        -sV and -sC
  --version-intensity 0-9   how rare a probe may be (7); --version-light: 2, --version-all: 9
  --version-patience TIME * how long a service may stay silent before it is asked; exact: Nmap's waits
  --version-connections N * to one port at a time, 1 to 64 (2; -T4: 4, -T5: 8)
  --versiondb FILE, --allports, --version-trace
Scripts
  -sC, --script RULES       the default scripts; names, globs, categories, directories, expressions
  --script-args ARGS, --script-args-file FILE
  --script-help RULES, --script-updatedb, --script-trace
  --script-timeout TIME     end a script after so long
  --script-burst TIME *     ... and after so much CPU time without waiting (60s; 0: never)
  --script-slice TIME *     let others run after so much CPU time without waiting (1s, then every 50ms)
  --unsafe-lua *            scripts may use C modules of their own, bytecode and all of debug
  --datadir DIR             where scripts and data files are looked for first
Speed (times: 30, 1.5s, 100ms, 5m, 2h)
  -T0 to -T5                from paranoid to insane
  --max-parallelism N       probes in flight, and socket slots
  --socket-slots N *        script threads that may have connections at a time
  --host-slots N *          ... to one host
  --workers N *             threads that run scripts, auto for one per core (1)
  --receive-limit BYTES *   what one receive call may gather (16M)
  --script-memory BYTES *   what all scripts together may take (half of the memory, at most 4G; 0: no bound)
  --max-rate N, --min-rate N    probes a second, over all hosts
  --max-retries N, --host-timeout TIME, --scan-delay TIME, --max-scan-delay TIME
  --initial-rtt-timeout TIME, --min-rtt-timeout TIME, --max-rtt-timeout TIME
  --min-hostgroup N, --max-hostgroup N, --min-parallelism N
Reports (FILE may be - and may contain %Y %m %d %H %M %S ...)
  -oN FILE, -oX FILE, -oG FILE, -oJ FILE *    text, XML, grepable, one JSON object per line
  -oA BASE                  text, XML and grepable at once
  --append-output, --stylesheet URL, --no-stylesheet, --webxml
  -v, -d                    tell more; twice or with a number (-v2) for still more
  --stats-every TIME, --packet-trace
  -V, -h                    version, this text
)";
}

}  // namespace sluice
