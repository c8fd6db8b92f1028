// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "model/xml_attributes.hpp"

struct XML_ParserStruct;

namespace sluice::model {

constexpr std::size_t kMaxTagBytes = std::size_t{16} << 20;  ///< bytes; the output of scripts is in attributes
constexpr std::size_t kMaxElementDepth = 256;                ///< nesting depth of elements

/// Base of the readers of XML: an expat parser whose handlers are virtual functions. Exceptions must not pass through
/// expat: one that a handler throws is thrown again by parse(). After that the object must not be used. Not
/// thread-safe.
class ExpatParser {
 public:
  ExpatParser(const ExpatParser&) = delete;
  ExpatParser& operator=(const ExpatParser&) = delete;

 protected:
  ExpatParser();
  virtual ~ExpatParser();

  /// Handles the beginning of an element, a part of its text, and its end. No handler is called after stop().
  virtual void open_element(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual void text(std::string_view part) = 0;
  virtual void close_element(std::string_view name) = 0;
  /// Handles the beginning of a CDATA section, the encoding of the XML declaration, and the declaration of an entity.
  virtual void open_cdata() {}
  virtual void declare_encoding(std::string_view) {}
  virtual void declare_entity() {}

  /// Parses the next bytes as a new document. `encoding`: overrides the declared one; "" for none.
  void reset(const std::string& encoding);
  enum class Parsed : unsigned char { All, Suspended, Failed };
  /// Parses the next bytes. `last`: true if no bytes follow. REQUIRES: bytes.size() <= kMaxTagBytes.
  Parsed parse(std::string_view bytes, bool last);
  /// Stops the parser with an error at the tag that is being handled. REQUIRES: a handler runs.
  void stop(std::string why);
  /// Returns the argument of stop(); "" if it was not called since reset().
  [[nodiscard]] const std::string& stopped() const noexcept { return stopped_; }

  /// Return the line and the index of the byte that is parsed, or at which stop() was called. Both count from reset()
  /// on. The first line is 1. The index is -1 if it is unknown.
  [[nodiscard]] std::size_t current_line() const;
  [[nodiscard]] std::int64_t current_place() const;
  /// True if the element that ends is one tag: <a/> instead of <a></a>. REQUIRES: close_element() runs.
  [[nodiscard]] bool at_empty_tag() const;
  /// Returns "this is not well-formed XML: CAUSE". REQUIRES: parse() has failed.
  [[nodiscard]] std::string syntax_error() const;

  XML_ParserStruct* const expat_;

 private:
  template <class Action>
  static void guarded(void* self, Action action) noexcept;

  std::string stopped_;
  std::size_t stop_line_ = 0;
  std::int64_t stop_place_ = 0;
  std::exception_ptr failure_;  ///< exception of a handler
};

}  // namespace sluice::model
