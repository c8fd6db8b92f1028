// SPDX-License-Identifier: Apache-2.0
#include "arguments/options/entry.hpp"

namespace sluice::arguments {

namespace {

using namespace entry;

constexpr std::string_view kNoReports = "there are no report files; write the events that the callback receives";
constexpr std::string_view kNoReportFile = "there are no report files; leave it out";

template <Format format>
Done output(Draft& draft, std::string_view path) {
  return add_output(draft, format, path);
}

std::string built_in_stylesheet(const CommandLine& line) { return line.stylesheet.value_or(""); }

constexpr Option kReportOptions[] = {
    {.name = "oN",
     .value = kFile,
     .users = kReportWriters,
     .resumable = true,
     .apply = output<Format::Text>,
     .help = "write a text report",
     .together = "write a text, XML, grepable report",
     .text = "write a text, XML, grepable report. `-` is standard output, for one report only. FILE may contain `%` "
             "conversions.",
     .instead_embedded = kNoReports,
     .instead_in_settings = kOfOneRun},
    {.name = "oX",
     .value = kFile,
     .users = kReportWriters,
     .resumable = true,
     .apply = output<Format::Xml>,
     .help = "write an XML report",
     .instead_embedded = kNoReports,
     .instead_in_settings = kOfOneRun},
    {.name = "oG",
     .value = kFile,
     .users = kReportWriters,
     .resumable = true,
     .apply = output<Format::Grepable>,
     .help = "write a grepable report",
     .instead_embedded = kNoReports,
     .instead_in_settings = kOfOneRun},
    {.name = "oM",
     .value = kFile,
     .alias = true,
     .users = kReportWriters,
     .resumable = true,
     .apply = output<Format::Grepable>,
     .instead_embedded = kNoReports,
     .instead_in_settings = kOfOneRun},
    {.name = "oJ",
     .value = kFile,
     .own = true,
     .users = kReportWriters,
     .resumable = true,
     .apply = output<Format::Json>,
     .help = "write one JSON object per line",
     .text = "writes one JSON object per event and line ([ndjson.md](ndjson.md))",
     .instead_embedded = kNoReports,
     .instead_in_settings = kOfOneRun},
    {.name = "oA",
     .value = {Takes::Value, "BASE", ValueKind::File},
     .users = kReportWriters,
     .resumable = true,
     .apply = output_all,
     .help = "write text, XML and grepable reports",
     .text = "writes BASE.nmap, BASE.xml and BASE.gnmap",
     .instead_embedded = kNoReports,
     .instead_in_settings = kOfOneRun},
    {.name = "append-output",
     .users = kReportWriters,
     .apply = append_output,
     .help = "append to existing report files",
     .text = "appends to existing report files",
     .instead_embedded = kNoReportFile},
    {.name = "stylesheet",
     .value = text_value("URL"),
     .users = kReportWriters,
     .choices = choices_of(Choice::Stylesheet),
     .resumable = true,
     .apply = stylesheet,
     .help = "name this stylesheet in XML reports",
     .text = "names this stylesheet in XML reports. The default is the one of the installed Nmap.",
     .instead_embedded = kNoReportFile,
     .built_in = built_in_stylesheet},
    {.name = "no-stylesheet",
     .users = kReportWriters,
     .choices = choices_of(Choice::Stylesheet),
     .resumable = true,
     .apply = no_stylesheet,
     .help = "name no stylesheet",
     .text = "names no stylesheet",
     .instead_embedded = kNoReportFile},
    {.name = "webxml",
     .users = kReportWriters,
     .choices = choices_of(Choice::Stylesheet),
     .resumable = true,
     .apply = web_stylesheet,
     .help = "name the stylesheet at nmap.org",
     .text = "names the stylesheet at `https://svn.nmap.org/nmap/docs/nmap.xsl`",
     .instead_embedded = kNoReportFile},
};

}  // namespace

const OptionSection kReportsSection{"Reports", "  FILE may be - and may contain %Y %m %d %H %M %S ...\n",
                                    kReportOptions};

}  // namespace sluice::arguments
