// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/result.hpp>
#include <string>

#include "base/text_decoder.hpp"

namespace sluice {

/// Reads all bytes from a descriptor. Blocks. Errors: the message is the reason only. Thread-safe.
Result<std::string> read_descriptor(int descriptor);

/// Reads a file without conversion. `path`: "-" is standard input. Returns its bytes. Blocks.
/// Errors: "cannot read 'PATH': REASON". Thread-safe.
Result<std::string> read_bytes(const std::string& path);

/// Reads a text file and decodes it by TextDecoder. `path`: "-" is standard input. Returns the text. Blocks.
/// Errors: "cannot read 'PATH': REASON". Thread-safe.
Result<std::string> read_text_file(const std::string& path, TextDecoder::Marks marks = TextDecoder::Marks::AtStart);

}  // namespace sluice
