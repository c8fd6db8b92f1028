// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sluice/report.hpp>
#include <span>
#include <string>
#include <string_view>

namespace sluice::service {

/// The part of a service fingerprint before the responses.
struct FingerprintHeader {
  std::uint16_t port = 0;
  Protocol protocol = Protocol::Tcp;
  std::string version;      ///< version of sluice
  bool tls = false;         ///< true if the responses came through TLS
  int intensity = 7;        ///< --version-intensity
  int month = 1, day = 1;   ///< local date; 1 is the first month and day
  std::uint32_t epoch = 0;  ///< seconds since 1970-01-01 00:00 UTC
  std::string platform;     ///< for example "x86_64-pc-linux-gnu"
};

inline constexpr std::size_t kShownBytes = 900;  ///< bytes of a response that a fingerprint has

/// A response in a fingerprint.
struct FingerprintResponse {
  std::string_view probe;  ///< name of the probe
  std::string_view bytes;  ///< at least the first kShownBytes of the response
  std::size_t size = 0;    ///< size of the whole response if `bytes` has less
};

/// Returns the fingerprint of a service that was not recognised, in one line, as XML and scripts have it; "" if all
/// responses are empty. `responses`: in the order of the probes. docs/nse-compat.md, "Service fingerprints".
std::string fingerprint(const FingerprintHeader& header, std::span<const FingerprintResponse> responses);

}  // namespace sluice::service
