// SPDX-License-Identifier: Apache-2.0
#include <sluice/command_line.hpp>

namespace sluice {

std::string usage() {
  return R"(Usage: sluice [options] target...
       sluice convert|show FILE [options]              (docs/journal.md)
       sluice merge FILE... [options]                  (docs/journal.md)
       sluice history [FILE] [options]                 (docs/keep-history.md)
       sluice diff OLD NEW [options]                   (docs/compare-scans.md)

Runs NSE scripts against hosts and ports. Options have the names and meanings of
Nmap. Options marked * are sluice's own and must be spelled in full.
docs/options.md describes every option, also those of Nmap that sluice does not
have.

Targets
  host, 10.0.0.0/24, 10.0.0-3.*, ::1 (with -6)
  -iL FILE                  read targets from FILE (- is standard input)
  --targets-from FILE *     read known open ports: lines
                            ip:port[/proto][,service[,hostname]], or a report
                            (-oX, -oG) of a scanner; do not scan. FILE may be a
                            live pipe (-)
  --exclude LIST, --excludefile FILE    exclude targets
  -n, -R                    never, always look up the names of addresses
  --dns-servers LIST        use these DNS servers instead of those of the system
                            (--system-dns)
  --unique, --rH            scan each address once; in random order
                            (--randomize-hosts)
  --shard I/N *             take part I (1 to N) of N parts of the targets
  -4, -6                    address family
Ports and scan
  -p PORTS                  ports, such as 22,80, 1-1000, U:53,T:443, http*, -
  -F, --top-ports N, --port-ratio R, --exclude-ports PORTS
  -sT, -sU                  scan TCP by connections (the default), UDP
  -sn, -sL, -Pn             discover hosts only; list the targets; treat all
                            hosts as up
  -PS, -PA, -PU[PORTS]      discover hosts by these TCP (80), UDP (40125) ports
                            (default: TCP 80 and 443)
  -PE, -PP, -PR             discover hosts by ICMP echo, ICMP timestamp, ARP
                            (the default for root)
  --disable-arp-ping        use no ARP and no neighbour discovery on the local
                            link
  -r                        probe ports in ascending order
  --open, --reason          report open ports only; report reasons
  -e NAME, -S ADDRESS, -g PORT, --ttl N
                            interface, source address, source port, time to live
  --iflist                  print the interfaces and routes
Version detection
  -sV                       detect services and versions with the probes of
                            nmap-service-probes
  -A                        -sV and -sC
  --version-intensity 0-9   highest rarity of probes (7); --version-light: 2,
                            --version-all: 9
  --version-patience TIME * time after which a silent service is probed; exact:
                            waiting times of Nmap
  --version-connections N * connections to one port at a time, 1 to 64 (2;
                            -T4: 4, -T5: 8)
  --versiondb FILE, --allports, --version-trace
Scripts
  -sC, --script RULES       run the default scripts; names, globs, categories,
                            directories, expressions
  --script-args ARGS, --script-args-file FILE
  --script-help RULES, --script-updatedb, --script-trace
  --script-timeout TIME     kill a script after this time
  --script-burst TIME *     kill a script after this CPU time without waiting
                            (60s; 0: no limit)
  --script-slice TIME *     preempt a script after this CPU time without waiting
                            (1s, then every 50ms)
  --unsafe-lua *            allow C modules from any place, bytecode and all of
                            debug
  --datadir DIR             look for scripts and data files in DIR first
Timing and limits (times: 30, 1.5s, 100ms, 5m, 2h)
  -T0 to -T5                timing template, from paranoid to insane
  --max-parallelism N       limit of probes in flight and of socket slots
  --socket-slots N *        script threads that have connections at the same
                            time
  --host-slots N *          the same for one host
  --workers N *             worker threads, auto: one per core (1)
  --receive-limit BYTES *   limit of one receive call of a script (16M)
  --script-memory BYTES *   limit of the memory of all scripts (half of the
                            memory, at most 4G; 0: no limit)
  --max-rate N, --min-rate N    probes per second over all hosts
  --max-time TIME *         end the run after this time, with complete reports
  --max-retries N, --host-timeout TIME, --scan-delay TIME, --max-scan-delay TIME
  --initial-rtt-timeout TIME, --min-rtt-timeout TIME, --max-rtt-timeout TIME
  --min-hostgroup N, --max-hostgroup N, --min-parallelism N
Reports (FILE may be - and may contain %Y %m %d %H %M %S ...)
  -oN FILE, -oX FILE, -oG FILE, -oJ FILE *
                            text, XML, grepable, one JSON object per line
  -oA BASE                  text, XML and grepable reports
  --journal FILE *          keep all events in FILE, of which convert makes
                            reports; --journal-sync full|normal *
  --no-journal *            do not keep runs of more than 3 s in the history
  --append-output, --stylesheet URL, --no-stylesheet, --webxml
  -v, -d                    raise the verbosity, the debugging level; -vN, -dN
                            set it
  --stats-every TIME, --packet-trace
  -V, -h                    print the version, this text
)";
}

}  // namespace sluice
