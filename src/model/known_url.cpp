// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.hpp"
#include "model/known_place.hpp"

namespace sluice::model {

namespace {

struct Scheme {
  std::string_view name, service;
  bool tls;
  std::string_view port;
};
constexpr Scheme kSchemes[] = {{"http", "http", false, "80"},
                               {"https", "http", true, "443"},
                               {"ws", "http", false, "80"},
                               {"wss", "http", true, "443"},
                               {"ftp", "ftp", false, "21"},
                               {"ftps", "ftp", true, "990"},
                               {"ssh", "ssh", false, "22"},
                               {"sftp", "ssh", false, "22"},
                               {"telnet", "telnet", false, "23"},
                               {"telnets", "telnet", true, "992"},
                               {"smtp", "smtp", false, "25"},
                               {"smtps", "smtp", true, "465"},
                               {"imap", "imap", false, "143"},
                               {"imaps", "imap", true, "993"},
                               {"pop3", "pop3", false, "110"},
                               {"pop3s", "pop3", true, "995"},
                               {"ldap", "ldap", false, "389"},
                               {"ldaps", "ldap", true, "636"},
                               {"redis", "redis", false, "6379"},
                               {"rediss", "redis", true, "6379"},
                               {"amqp", "amqp", false, "5672"},
                               {"amqps", "amqp", true, "5671"},
                               {"mqtt", "mqtt", false, "1883"},
                               {"mqtts", "mqtt", true, "8883"},
                               {"irc", "irc", false, "6667"},
                               {"ircs", "irc", true, "6697"},
                               {"sip", "sip", false, "5060"},
                               {"sips", "sip", true, "5061"},
                               {"rdp", "ms-wbt-server", false, "3389"},
                               {"vnc", "vnc", false, "5900"},
                               {"smb", "microsoft-ds", false, "445"},
                               {"mysql", "mysql", false, "3306"},
                               {"postgres", "postgresql", false, "5432"},
                               {"postgresql", "postgresql", false, "5432"},
                               {"mongodb", "mongodb", false, "27017"},
                               {"rtsp", "rtsp", false, "554"},
                               {"ipp", "ipp", false, "631"},
                               {"rsync", "rsync", false, "873"},
                               {"tcp", "", false, ""},
                               {"udp", "", false, ""},
                               {"sctp", "", false, ""}};

/// True if a port follows the host.
bool has_port(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']'), colon = authority.rfind(':');
  return colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
}

}  // namespace

Result<void> parse_url(std::string_view url, KnownPort& known) {
  const std::size_t separator = url.find("://");
  const std::string scheme = to_lower(url.substr(0, separator));
  std::string_view authority = url.substr(separator + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const std::size_t user = authority.rfind('@'); user != std::string_view::npos) authority.remove_prefix(user + 1);

  const auto* found =
      std::find_if(std::begin(kSchemes), std::end(kSchemes), [&](const Scheme& each) { return each.name == scheme; });
  const Scheme meaning = found == std::end(kSchemes) ? Scheme{scheme, scheme, false, ""} : *found;
  std::string place(authority);
  if (!has_port(authority)) {
    if (meaning.port.empty()) return wrong_part(url, "has no port, and its scheme has none");
    place.append(":").append(meaning.port);
  }
  if (auto read = parse_place(place, known); !read) return read;
  if (const auto protocol = parse_protocol(scheme)) known.protocol = *protocol;
  known.service = meaning.service;
  known.tls = meaning.tls;
  return {};
}

}  // namespace sluice::model
