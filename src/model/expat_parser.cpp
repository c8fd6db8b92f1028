// SPDX-License-Identifier: Apache-2.0
#include "model/expat_parser.hpp"

#include <expat.h>

#include <new>
#include <utility>

#include "model/expat_versions.hpp"

namespace sluice::model {

ExpatParser::ExpatParser() : expat_(XML_ParserCreate(nullptr)) {
  if (!expat_) throw std::bad_alloc();
}
ExpatParser::~ExpatParser() { XML_ParserFree(expat_); }

template <class Action>
void ExpatParser::guarded(void* self, Action action) noexcept {
  auto& parser = *static_cast<ExpatParser*>(self);
  if (!parser.stopped_.empty() || parser.failure_) return;
  try {
    action(parser);
  } catch (...) {
    parser.failure_ = std::current_exception();
    XML_StopParser(parser.expat_, XML_FALSE);
  }
}

void ExpatParser::reset(const std::string& encoding) {
  XML_ParserReset(expat_, encoding.empty() ? nullptr : encoding.c_str());
  XML_SetUserData(expat_, this);
#ifdef SLUICE_EXPAT_DEFERS
  XML_SetReparseDeferralEnabled(expat_, XML_FALSE);  // otherwise a complete host waits for more bytes
#endif
  XML_SetElementHandler(
      expat_,
      [](void* self, const XML_Char* name, const XML_Char** pairs) {
        guarded(self, [&](ExpatParser& parser) { parser.open_element(name, XmlAttributes(pairs)); });
      },
      [](void* self, const XML_Char* name) {
        guarded(self, [&](ExpatParser& parser) { parser.close_element(name); });
      });
  XML_SetCharacterDataHandler(expat_, [](void* self, const XML_Char* part, int size) {
    guarded(self, [&](ExpatParser& parser) { parser.text({part, static_cast<std::size_t>(size)}); });
  });
  XML_SetStartCdataSectionHandler(expat_,
                                  [](void* self) { guarded(self, [](ExpatParser& parser) { parser.open_cdata(); }); });
  XML_SetXmlDeclHandler(expat_, [](void* self, const XML_Char*, const XML_Char* declared, int) {
    guarded(self, [&](ExpatParser& parser) {
      if (declared) parser.declare_encoding(declared);
    });
  });
  XML_SetEntityDeclHandler(expat_, [](void* self, const XML_Char*, int, const XML_Char*, int, const XML_Char*,
                                      const XML_Char*, const XML_Char*, const XML_Char*) {
    guarded(self, [](ExpatParser& parser) { parser.declare_entity(); });
  });
  stopped_.clear();
}

ExpatParser::Parsed ExpatParser::parse(std::string_view bytes, bool last) {
  const XML_Status status = XML_Parse(expat_, bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  if (status == XML_STATUS_OK) return Parsed::All;
  return status == XML_STATUS_SUSPENDED ? Parsed::Suspended : Parsed::Failed;
}

void ExpatParser::stop(std::string why) {
  stop_line_ = current_line();
  stop_place_ = current_place();
  stopped_ = std::move(why);
  XML_StopParser(expat_, XML_FALSE);
}

std::size_t ExpatParser::current_line() const { return stopped_.empty() ? line_number(expat_) : stop_line_; }
std::int64_t ExpatParser::current_place() const { return stopped_.empty() ? byte_index(expat_) : stop_place_; }
bool ExpatParser::at_empty_tag() const { return byte_count(expat_) == 0; }
std::string ExpatParser::syntax_error() const {
  return std::string("this is not well-formed XML: ") + XML_ErrorString(XML_GetErrorCode(expat_));
}

}  // namespace sluice::model
