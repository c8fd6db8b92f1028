#include <sluice/writer.hpp>

#include "output/grepable_writer.hpp"
#include "output/json_writer.hpp"
#include "output/text_writer.hpp"
#include "output/xml_writer.hpp"

namespace sluice {

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
  }
  return nullptr;
}

}  // namespace sluice
