// SPDX-License-Identifier: Apache-2.0
#ifndef SLUICE_NO_TLS  // without TLS there is no openssl library

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

/// Specified members of a table or object. "NAME" in `names` is a function, "NAME:TYPE" a member of another type.
/// "NAME?" is a function that only newer versions of the library have.
struct Members {
  const char* of;  ///< Lua expression; may use `host` and `port`
  const char* names;
  bool all = true;  ///< true: the table has no other members
};

/// All members that NSE specifies, except nmap.socket.loop, which is for Nmap's engine.
constexpr Members kSurface[] = {
    {"nmap",
     "get_port_state get_ports set_port_state set_port_version port_is_excluded add_targets new_targets_num verbosity "
     "debugging version_intensity timing_level address_family have_ssl is_privileged get_ttl get_payload_length "
     "get_interface get_dns_servers fetchfile clock clock_ms get_random_bytes log_write resolve list_interfaces "
     "get_interface_info new_try mutex condvar new_socket new_dnet registry:table socket:table dnet:table"},
    {"nmap.registry", "args:table", false},
    {"nmap.socket", "new sleep get_stats parse_ssl_certificate"},
    {"nmap.dnet", "new get_interface_info"},
    {"methods(nmap.new_socket())",
     "bind close connect get_info get_ssl_certificate pcap_close pcap_open pcap_receive receive receive_buf "
     "receive_bytes receive_lines reconnect_ssl send sendto set_timeout"},
    {"methods(nmap.new_dnet())", "ethernet_open ethernet_send ethernet_close ip_open ip_send ip_close"},
    {"stdnse", "new_thread base gettid getid getinfo gethostport isworker silent_require sleep", false},
    {"host",
     "ip:string name:string targetname:string registry:table reason:string reason_ttl:number interface_mtu:number "
     "bin_ip:string times:table _Target:userdata"},
    {"host.times", "srtt:number rttvar:number timeout:number"},
    {"port", "number:number protocol:string state:string service:string reason:string reason_ttl:number version:table"},
    {"port.version", "name:string name_confidence:number service_tunnel:string service_dtype:string cpe:table"},
    {"openssl",
     "md4 md5 sha1 ripemd160 digest hmac encrypt decrypt DES_string_to_key rand_bytes rand_pseudo_bytes "
     "supported_digests supported_ciphers bignum_bin2bn bignum_dec2bn bignum_hex2bn bignum_bn2bin bignum_bn2mpi "
     "bignum_bn2dec bignum_bn2hex bignum_num_bits bignum_num_bytes bignum_set_bit bignum_clear_bit bignum_is_bit_set "
     "bignum_is_prime bignum_is_safe_prime bignum_add bignum_mod_exp bignum_div bignum_rand bignum_pseudo_rand"},
    {"methods(openssl.bignum_dec2bn '1')",
     "tobin tompi todec tohex num_bits num_bytes set_bit clear_bit is_bit_set is_prime is_safe_prime"},
    {"zlib",
     "version adler32 crc32 compress decompress deflate inflate NO_COMPRESSION:number BEST_SPEED:number "
     "BEST_COMPRESSION:number DEFAULT_COMPRESSION:number FILTERED:number HUFFMAN_ONLY:number RLE:number FIXED:number "
     "DEFAULT_STRATEGY:number MINIMUM_MEMLEVEL:number MAXIMUM_MEMLEVEL:number DEFAULT_MEMLEVEL:number "
     "DEFAULT_WINDOWBITS:number MINIMUM_WINDOWBITS:number MAXIMUM_WINDOWBITS:number GZIP_WINDOWBITS:number "
     "RAW_WINDOWBITS:number _COPYRIGHT:string _DESCRIPTION:string _VERSION:string"},
    {"methods(zlib.deflate(print))", "write flush close adler", false},
    {"methods(zlib.inflate(''))", "read lines close", false},
    {"libssh2",
     "session_open hostkey_hash set_timeout userauth_banner? userauth_list userauth_password userauth_publickey "
     "userauth_publickey_frommemory userauth_keyboard_interactive read_publickey publickey_canauth open_channel "
     "channel_request_pty_ex channel_request channel_shell channel_exec channel_read channel_read_stderr "
     "channel_write channel_send_eof channel_eof channel_close session_close"},
    {"lfs", "dir mkdir rmdir link get_path_separator _COPYRIGHT:string _DESCRIPTION:string _VERSION:string"},
    {"methods(select(2, lfs.dir '/'))", "next close"},
    {"lpeg", "B C Carg Cb Cc Cf Cg Cmt Cp Cs Ct P R S V locale match pcode ptree setmaxstack type utfR? version"},
    {"nmapdb", "mac2corp getservbyport getprotbynum getprotbyname"},
    {"bit", "band bor bxor bnot lshift rshift arshift mod"},
    {"bit32", "band bor bxor btest bnot lshift rshift arshift lrotate rrotate extract replace"},
    {"_G",
     "assert collectgarbage dofile error getmetatable ipairs load loadfile next pairs pcall print rawequal rawget "
     "rawlen rawset require select setmetatable tonumber tostring type warn xpcall _VERSION:string",
     false},
    {"coroutine", "close create isyieldable resume running status wrap yield"},
    {"debug",
     "debug gethook getinfo getlocal getmetatable getregistry getupvalue getuservalue sethook setlocal setmetatable "
     "setupvalue setuservalue traceback upvalueid upvaluejoin",
     false},
    {"io",
     "close flush input lines open output popen read tmpfile type write stdin:userdata stdout:userdata "
     "stderr:userdata"},
    {"math",
     "abs acos asin atan ceil cos deg exp floor fmod log max min modf rad random randomseed sin sqrt tan tointeger "
     "type ult huge:number pi:number maxinteger:number mininteger:number",
     false},
    {"os", "clock date difftime execute exit getenv remove rename setlocale time tmpname"},
    {"package", "loadlib searchpath config:string cpath:string path:string loaded:table preload:table searchers:table"},
    {"string", "byte char dump find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper"},
    {"table", "concat insert move pack remove sort unpack"},
    {"utf8", "char codepoint codes len offset charpattern:string"},
};

class ScriptApi : public RuntimeFixture {};

TEST_F(ScriptApi, TablesHaveSpecifiedMembersOnly) {
  report.ports[1].table_service = "http";
  std::string action = R"(
    local faults = {}
    local function methods(object) return getmetatable(object).__index end
    local function check(of, members, names, all)
      local named = {}
      for name, optional, kind in names:gmatch('([%w_]+)(%??):?(%l*)') do
        local there, wanted = type(members[name]), kind == '' and 'function' or kind
        if there ~= wanted and not (optional == '?' and there == 'nil') then faults[#faults + 1] = ('%s.%s is a %s, no %s'):format(of, name, there, wanted) end
        named[name] = true
      end
      for name in pairs(all and members or {}) do
        if not named[name] then faults[#faults + 1] = of .. '.' .. name .. ' is not in the specification' end
      end
    end
)";
  for (const Members& members : kSurface)
    action += std::string("check([[") + members.of + "]], " + members.of + ", [[" + members.names + "]], " +
              (members.all ? "true" : "false") + ")\n";
  EXPECT_EQ(act(action + "return 'faults: ' .. table.concat(faults, '\\n')"), "faults: ");
}

TEST_F(ScriptApi, ModulesAreLoadedAndGlobalAtStart) {
  EXPECT_EQ(act(R"(
    local faults = {}
    for name in ('nmap lfs lpeg openssl zlib libssh2 nmapdb bit bit32 _G coroutine debug io math os package string ' ..
                 'table utf8'):gmatch '%S+' do
      if type(_G[name]) ~= 'table' or package.loaded[name] ~= _G[name] then faults[#faults + 1] = name end
    end
    for name in ('socket dnet'):gmatch '%S+' do
      if package.loaded['nmap.' .. name] ~= nmap[name] or rawget(_G, name) then faults[#faults + 1] = name end
    end
    return 'faults: ' .. table.concat(faults, ' '))"),
            "faults: ");
}

}  // namespace
}  // namespace sluice::nse

#endif
