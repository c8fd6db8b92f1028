// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <sluice/writer.hpp>

#include "output/csv_writer.hpp"
#include "output/document_writer.hpp"
#include "output/grepable_writer.hpp"
#include "output/json_writer.hpp"
#include "output/text_writer.hpp"
#include "output/xml_writer.hpp"

namespace sluice {

WriterOptions writer_options(const Options& options) {
  WriterOptions wanted;
  wanted.verbosity = options.verbosity;
  wanted.debugging = options.debugging;
  wanted.reason = options.reason || options.debugging > 0 || options.verbosity > 1;
  wanted.versions = options.versions || options.targets_from;  // whose services may come from a report of -sV
  wanted.detection = options.versions && options.port_scan;
  wanted.open_only = options.open_only;
  return wanted;
}

std::optional<Format> parse_format(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames{"text", "xml", "grepable", "ndjson", "json", "csv"};
  static_assert(static_cast<std::size_t>(Format::Csv) == kNames.size() - 1);
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Format>(found - kNames.begin());
}

std::unique_ptr<Observer> make_writer(Format format, const WriterOptions& options, Sink sink) {
  switch (format) {
    case Format::Text:
      return std::make_unique<output::TextWriter>(options, std::move(sink));
    case Format::Xml:
      return std::make_unique<output::XmlWriter>(options, std::move(sink));
    case Format::Grepable:
      return std::make_unique<output::GrepableWriter>(options, std::move(sink));
    case Format::Json:
      return std::make_unique<output::JsonWriter>(options, std::move(sink));
    case Format::Document:
      return std::make_unique<output::DocumentWriter>(options, std::move(sink));
    case Format::Csv:
      return std::make_unique<output::CsvWriter>(options, std::move(sink));
  }
  return nullptr;
}

}  // namespace sluice
