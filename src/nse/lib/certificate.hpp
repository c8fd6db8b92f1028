#pragma once

#ifndef SLUICE_NO_TLS

#include <lua.hpp>
#include <memory>

struct x509_st;

namespace sluice::nse {

/// Makes the metatables that certificates need; once per state, before any function below is used.
void define_certificate(lua_State* state);

/// Pushes an SSL_CERT userdata without a certificate, and gives the place to put one. May raise (memory).
std::shared_ptr<x509_st>& push_empty_certificate(lua_State* state);

/// Makes of the userdata on top, which has its certificate now, what `socket:get_ssl_certificate` answers: that
/// userdata; nil and a text if its public key cannot be used; nil if it still has none. Returns the number of values.
/// May raise (memory). (spec cmodules.md, 2)
int finish_certificate(lua_State* state);

/// `nmap.socket.parse_ssl_certificate(der)`: the same for a script's own bytes; nil if they are no certificate.
int parse_ssl_certificate(lua_State* state);

}  // namespace sluice::nse

#endif
