// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "core/ticket.hpp"

namespace sluice::net {

// Replies of the NativeNetwork. Scripts receive the texts (docs/nse-compat.md, "Sockets"; docs/differences.md).

inline constexpr char kNoTls[] = "sorry, you don't have OpenSSL";
inline constexpr char kFailedAtOnce[] = "Nsock connect failed immediately";
inline constexpr char kTooLong[] = "Message too long for DTLS, which takes 16384 bytes";

inline core::Reply error_reply(int error) { return {.status = core::Status::Error, .error = error}; }
inline core::Reply refused(std::string text) { return {.status = core::Status::Refused, .data = std::move(text)}; }

}  // namespace sluice::net
