// SPDX-License-Identifier: Apache-2.0
#pragma once

#ifndef SLUICE_NO_TLS

#include <lua.hpp>
#include <memory>

struct x509_st;

namespace sluice::nse {

// Certificates that scripts read (docs/nse-compat.md, "C modules"). A function that returns one pushes an empty
// userdata, sets its certificate, and then calls finish_certificate.

/// Creates the metatables of certificates and bignums. Call this once per Lua state, before the functions below.
void define_certificate(lua_State* state);

/// Pushes an SSL_CERT userdata without a certificate. Returns a reference through which the caller sets the
/// certificate. May raise (memory).
std::shared_ptr<x509_st>& push_empty_certificate(lua_State* state);

/// Pushes the results of `socket:get_ssl_certificate` for the userdata on top of the stack: the userdata with its
/// fields; nil and a text if the public key cannot be used; nil if no certificate was set. Returns the number of
/// results. May raise (memory).
int finish_certificate(lua_State* state);

/// `nmap.socket.parse_ssl_certificate(der)`: the same for bytes of the script; nil if they are no certificate.
int parse_ssl_certificate(lua_State* state);

}  // namespace sluice::nse

#endif
