// SPDX-License-Identifier: Apache-2.0
#include "model/xml_attributes.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace sluice::model {

std::string bytes_of(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if ((lead == 0xC2 || lead == 0xC3) && at + 1 < text.size())
      bytes += static_cast<char>((lead & 3) << 6 | (static_cast<unsigned char>(text[++at]) & 0x3F));
    else
      bytes += text[at];
  }
  return bytes;
}

Service read_service(const XmlAttributes& attributes) {
  Service service;
  if (attributes["name"] != "unknown") service.name = bytes_of(attributes["name"]);
  service.tls = attributes["tunnel"] == "ssl";
  service.probed = attributes["method"] == "probed";
  service.product = bytes_of(attributes["product"]);
  service.version = bytes_of(attributes["version"]);
  service.extrainfo = bytes_of(attributes["extrainfo"]);
  service.hostname = bytes_of(attributes["hostname"]);
  service.ostype = bytes_of(attributes["ostype"]);
  service.devicetype = bytes_of(attributes["devicetype"]);
  service.fingerprint = bytes_of(attributes["servicefp"]);
  service.confidence = std::clamp(parse_number<int>(attributes["conf"]).value_or(service.confidence), 0, 10);
  return service;
}

}  // namespace sluice::model
