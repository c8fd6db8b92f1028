// SPDX-License-Identifier: Apache-2.0
// What differs between the versions of c-ares. From 1.28 on, queries have parsed records as results; the function with
// bytes is deprecated.
#pragma once

#include <ares.h>

#include <cstddef>

namespace sluice::net {

/// Sets in `options` that no response is cached, because a cache would grow with the number of hosts. Returns the flag
/// of this option for ares_init_options(); 0 if this version has no cache.
inline int disable_cache([[maybe_unused]] ares_options& options) {
#ifdef ARES_OPT_QUERY_CACHE
  options.qcache_max_ttl = 0;
  return ARES_OPT_QUERY_CACHE;
#else
  return 0;
#endif
}

/// Queries the PTR record of `name` and passes its response to Done(argument, status, bytes, size). The bytes are null
/// if there is no response; they are valid during the call.
template <void (*Done)(void* argument, int status, const unsigned char* bytes, std::size_t size)>
void query_pointer(ares_channel channel, const char* name, void* argument) {
#if ARES_VERSION >= 0x011c00
  const auto forward = [](void* of, ares_status_t status, std::size_t, const ares_dns_record_t* record) {
    unsigned char* bytes = nullptr;
    std::size_t size = 0;
    if (record && ares_dns_write(record, &bytes, &size) != ARES_SUCCESS) bytes = nullptr;
    Done(of, status, bytes, bytes ? size : 0);
    ares_free_string(bytes);
  };
  const ares_status_t status =
      ares_query_dnsrec(channel, name, ARES_CLASS_IN, ARES_REC_TYPE_PTR, forward, argument, nullptr);
  (void)status;  // the callback has received it
#else
  constexpr int kInternet = 1, kPtr = 12;  // class and type (RFC 1035)
  const auto forward = [](void* of, int status, int, unsigned char* bytes, int size) {
    Done(of, status, bytes, bytes ? static_cast<std::size_t>(size) : 0);
  };
  ares_query(channel, name, kInternet, kPtr, forward, argument);
#endif
}

}  // namespace sluice::net
