#pragma once

#include <chrono>
#include <sluice/report.hpp>
#include <string>
#include <string_view>
#include <vector>

// Wording that several formats share.

namespace sluice::output {

/// Whole seconds since 1970, as XML wants its times.
long long unix_seconds(WallTime time);
/// By strftime's format, in local time.
std::string local_time(WallTime time, const char* format);
/// "Tue Nov 24 04:00:00 2026", local time.
std::string ctime_text(WallTime time);
/// "2026-11-24T04:00:00.000000Z".
std::string utc_text(WallTime time);
/// "0.05".
std::string seconds_text(std::chrono::milliseconds elapsed);
/// "0:01:05".
std::string clock_text(std::chrono::milliseconds elapsed);

/// The command line on one line: arguments with white space (or none at all) in double quotes, '"' and '\' escaped.
std::string command_text(const std::vector<std::string>& arguments);
/// "1 IP address (1 host up) scanned in 0.05 seconds".
std::string totals_text(const event::RunFinished& run);
/// " against name (127.0.0.1:80)", without the parts that are unknown (spec scheduler.md 14); empty for pre and post
/// rules.
std::string against_text(const ScriptPlace& place);

/// What the opening line of a file and the "version" of XML call this program. Readers of Nmap's files look for
/// "# Nmap ... scan initiated" (its own --resume, the converters of grepable files) and for scanner="nmap", the only
/// value that nmap.dtd allows; the version is the place left to say who really wrote the file.
std::string writer_version();
/// "Nmap VERSION scan initiated CTIME as: COMMAND".
std::string initiated_text(const event::RunStarted& run, WallTime time);

/// Name of the service behind a port: found out, else from the table, else "unknown" if something else is known of it,
/// such as a TLS tunnel or a fingerprint, "" if nothing is.
std::string_view service_name(const PortReport& port);
/// The same behind "ssl/" for a TLS tunnel, and with `detection` (WriterOptions) before a "?" if the port is open and
/// the name is only assumed.
std::string service_text(const PortReport& port, bool detection);
/// "product version (extrainfo)", without the parts that are missing.
std::string version_text(const Service& service);
/// Returns a service fingerprint cut into lines of 74 characters; all but the first begin with "SF:". No line feed at
/// the end.
std::string wrap_fingerprint(std::string_view fingerprint);

}  // namespace sluice::output
