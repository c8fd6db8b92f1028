#pragma once

#include <sluice/result.hpp>
#include <string>

#include "base/text_decoder.hpp"

namespace sluice {

/// Reads a whole file, byte for byte; `path` "-" is standard input. Blocks.
/// Errors: "cannot read 'PATH': REASON".
Result<std::string> read_bytes(const std::string& path);

/// Reads a whole text file, decoded by TextDecoder; `path` "-" is standard input. Blocks.
/// Errors: "cannot read 'PATH': REASON".
Result<std::string> read_text_file(const std::string& path, TextDecoder::Marks marks = TextDecoder::Marks::AtStart);

}  // namespace sluice
