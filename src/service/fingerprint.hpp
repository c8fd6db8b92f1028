#pragma once

#include <cstdint>
#include <sluice/report.hpp>
#include <span>
#include <string>
#include <string_view>

namespace sluice::service {

/// What stands in front of the responses of a service fingerprint.
struct FingerprintHeader {
  std::uint16_t port = 0;
  Protocol protocol = Protocol::Tcp;
  std::string version;      ///< of sluice
  bool tls = false;         ///< the responses came through TLS
  int intensity = 7;        ///< of the version scan
  int month = 1, day = 1;   ///< local date, both from 1
  std::uint32_t epoch = 0;  ///< seconds since 1970
  std::string platform;     ///< such as "x86_64-pc-linux-gnu"
};

inline constexpr std::size_t kShownBytes = 900;  ///< of a response, in a fingerprint

struct FingerprintResponse {
  std::string_view probe;  ///< name of the probe
  std::string_view bytes;  ///< what was received after it; the first kShownBytes are enough
  std::size_t size = 0;    ///< of the whole response, if `bytes` is less
};

/// Returns the fingerprint of an unrecognised service in one line, as XML and scripts have it; "" if all responses are
/// empty. `responses` in the order of probing. The format is in docs/nse-compat.md, "Service fingerprints".
std::string fingerprint(const FingerprintHeader& header, std::span<const FingerprintResponse> responses);

}  // namespace sluice::service
