#pragma once

#ifndef SLUICE_NO_TLS

#include <lua.hpp>
#include <string_view>

namespace sluice::nse {

/// Makes the metatables that certificates need; once per state, before either function below is used.
void define_certificate(lua_State* state);

/// Pushes what `socket:get_ssl_certificate` answers for a certificate in DER: the SSL_CERT userdata; nil if it cannot
/// be parsed; nil and a text if its public key cannot be used. Returns the number of values. May raise (memory); `der`
/// must outlive that and is not kept. (spec cmodules.md, 2)
int push_certificate(lua_State* state, std::string_view der);

/// `nmap.socket.parse_ssl_certificate(der)`: the same for a script's own bytes.
int parse_ssl_certificate(lua_State* state);

}  // namespace sluice::nse

#endif
