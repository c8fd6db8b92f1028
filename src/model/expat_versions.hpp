// SPDX-License-Identifier: Apache-2.0
// What differs between the versions of expat. From 2.9 on, places in a document have 64 bits; the functions for others
// are deprecated.
#pragma once

#include <expat.h>

#include <cstdint>

namespace sluice::model {

#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9
inline std::uint64_t line_number(XML_Parser parser) { return XML_GetCurrentLineNumber64(parser); }
inline std::int64_t byte_index(XML_Parser parser) { return XML_GetCurrentByteIndex64(parser); }
inline std::uint64_t byte_count(XML_Parser parser) { return XML_GetCurrentByteCount64(parser); }
#else
/// Return the number of the current line, from 1 on; the index of the current byte, from 0 on, -1 if it is unknown; and
/// the number of bytes of the current tag, 0 for the end of an element that is one tag.
inline std::uint64_t line_number(XML_Parser parser) { return XML_GetCurrentLineNumber(parser); }
inline std::int64_t byte_index(XML_Parser parser) { return XML_GetCurrentByteIndex(parser); }
inline std::uint64_t byte_count(XML_Parser parser) {
  return static_cast<std::uint64_t>(XML_GetCurrentByteCount(parser));
}
#endif

}  // namespace sluice::model
