// SPDX-License-Identifier: Apache-2.0
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

using namespace entry;

constexpr Option kVersionOptions[] = {
    {.name = "sV",
     .member = true,
     .users = kRunAndExplain,
     .apply = set<&Options::versions, true>,
     .help = "detect services and versions",
     .text = "detects services and versions of open ports ([versions.md](versions.md)). Has no effect, except a "
             "warning, with `-sn` and `-sL`."},
    {.name = "A",
     .users = kRunAndExplain,
     .apply = aggressive,
     .help = "-sV and -sC",
     .text = "implies `-sV` and `-sC`. One warning says that the report lacks operating systems and routes."},
    {.name = "version-intensity",
     .value = kNumber,
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Intensity),
     .apply = version_intensity,
     .help = "highest rarity of service probes, 0 to 9 (7)",
     .text = "0 to 9; the default is 7. sluice sends service probes of a higher rarity only to ports that they list.",
     .built_in = shown<&Options::version_intensity>},
    {.name = "version-light",
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Intensity),
     .apply = set<&Options::version_intensity, 2>,
     .help = "intensity 2",
     .together = "intensity 2, intensity 9",
     .text = "intensity 2, intensity 9. The last of these three options counts."},
    {.name = "version-all",
     .users = kRunAndExplain,
     .choices = choices_of(Choice::Intensity),
     .apply = set<&Options::version_intensity, 9>,
     .help = "intensity 9"},
    {.name = "version-patience",
     .value = text_value("TIME"),
     .own = true,
     .apply = version_patience,
     .help = "time after which a silent service is probed; exact: waiting times of Nmap",
     .text = "time after which a silent service counts as one that does not speak first; 0 is allowed "
             "([versions.md](versions.md)). `exact` uses the waiting times of Nmap and one connection at a time, and "
             "excludes `--version-connections` above 1."},
    {.name = "version-connections",
     .value = kNumber,
     .own = true,
     .resumable = true,
     .apply = number<&Options::version_connections>,
     .help = "connections to one port at a time, 1 to 64 (2; -T4: 4, -T5: 8)",
     .text = "limit of connections to one port at a time for its service probes; 1 to 64. The default is 1 with `-T0` "
             "to `-T2`, 2 with `-T3`, 4 with `-T4`, 8 with `-T5`.",
     .built_in = shown<&Options::version_connections>},
    {.name = "versiondb",
     .value = kFile,
     .users = kRunAndExplain,
     .apply = text<&Options::version_file>,
     .help = "read service probes from FILE",
     .text = "reads service probes from FILE instead of `nmap-service-probes`; not read without `-sV`"},
    {.name = "allports",
     .users = kRunAndExplain,
     .apply = set<&Options::all_ports, true>,
     .help = "detect also the ports that the service probes exclude",
     .text = "detects also the ports that the file of service probes excludes"},
    {.name = "version-trace",
     .users = kRunAndExplain,
     .apply = version_trace,
     .help = "trace version detection",
     .text = "traces version detection, and raises the debugging level by one (so that the report has the column "
             "REASON), but not the verbosity"},
    {.name = "O",
     .value = optional_value(""),
     .apply = note<&Draft::systems>,
     .help = "accepted with a warning: sluice detects no operating systems",
     .text = "One warning says that the report lacks operating systems. The rest of the command line applies."},
    {.name = "osscan-limit", .alias = true, .apply = note<&Draft::systems>},
    {.name = "osscan-guess", .alias = true, .apply = note<&Draft::systems>},
    {.name = "fuzzy", .alias = true, .apply = note<&Draft::systems>},
    {.name = "max-os-tries", .value = kNumber, .alias = true, .apply = note<&Draft::systems>},
};

}  // namespace

const OptionSection kVersionsSection{"Versions and operating systems", "", kVersionOptions};

}  // namespace sluice::arguments
