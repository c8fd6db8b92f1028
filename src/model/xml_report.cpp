#include "model/xml_report.hpp"

#include <expat.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace sluice::model {

namespace {

constexpr std::size_t kMostPorts = std::size_t{3} * 65535;  ///< of a host: all of each protocol
constexpr std::size_t kLongestCpe = 4096;
constexpr XML_Index kLongestTag = XML_Index{16} << 20;  ///< bytes: what scripts have to say is in attributes

constexpr const char* kNoReport = "this is not a report of Nmap: <nmaprun> does not begin it";
constexpr const char* kEndsEarly =
    "the report ends before its end, as when a scan is interrupted; the hosts before were taken";

/// Of an element; "" for one that it does not have.
class Attributes {
 public:
  explicit Attributes(const XML_Char** pairs) : pairs_(pairs) {}
  [[nodiscard]] std::string_view operator[](std::string_view name) const {
    for (const XML_Char** pair = pairs_; *pair; pair += 2)
      if (name == pair[0]) return pair[1];
    return {};
  }

 private:
  const XML_Char** pairs_;
};

/// Reports write each byte above 0x7F as a character of its own, so the bytes are Latin-1 of the text.
std::string bytes_of(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if ((lead == 0xC2 || lead == 0xC3) && at + 1 < text.size())
      bytes += static_cast<char>((lead & 3) << 6 | (static_cast<unsigned char>(text[++at]) & 0x3F));
    else
      bytes += text[at];
  }
  return bytes;
}

void take_service(const Attributes& attributes, KnownPort& known) {
  known.tls = attributes["tunnel"] == "ssl";
  if (attributes["name"] != "unknown") known.service = bytes_of(attributes["name"]);
  if (attributes["method"] != "probed") return;
  known.detected = std::make_unique<Service>();
  Service& service = *known.detected;
  service.name = known.service;
  service.tls = known.tls;
  service.probed = true;
  service.product = bytes_of(attributes["product"]);
  service.version = bytes_of(attributes["version"]);
  service.extrainfo = bytes_of(attributes["extrainfo"]);
  service.hostname = bytes_of(attributes["hostname"]);
  service.ostype = bytes_of(attributes["ostype"]);
  service.devicetype = bytes_of(attributes["devicetype"]);
  service.fingerprint = bytes_of(attributes["servicefp"]);
  service.confidence = std::clamp(parse_number<int>(attributes["conf"]).value_or(service.confidence), 0, 10);
}

/// What one <host> holds, whatever stands in it and in which order.
class HostElement {
 public:
  void begin(std::string_view name, const Attributes& attributes) {
    if (name == "address") {
      take_address(attributes);
    } else if (name == "hostname" && attributes["type"] == "user") {
      name_ = bytes_of(attributes["name"]);
    } else if (name == "port") {
      take_port(attributes);
    } else if (name == "state" && port_) {
      open_ = attributes["state"] == "open";
    } else if (name == "service" && port_) {
      take_service(attributes, *port_);
    } else if (name == "cpe" && port_ && port_->detected) {
      cpe_.emplace();
    }
  }

  void text(std::string_view part) {
    if (cpe_ && cpe_->size() + part.size() <= kLongestCpe) *cpe_ += part;
  }

  void end(std::string_view name) {
    if (name == "cpe") {
      if (cpe_ && port_ && port_->detected) port_->detected->cpe.push_back(bytes_of(*cpe_));
      cpe_.reset();
    } else if (name == "port") {
      if (port_ && open_) ports_.push_back(std::move(*port_));
      port_.reset();
    }
  }

  /// Its open ports; nothing if it has none.
  std::optional<Result<std::vector<KnownPort>>> ports() && {
    if (!wrong_.empty()) return Error{std::move(wrong_)};
    if (ports_.empty()) return std::nullopt;
    if (!address_) return Error{"a host has no address"};
    for (KnownPort& port : ports_) {
      port.address = address_;
      port.hostname = name_;
    }
    return std::move(ports_);
  }

 private:
  void take_address(const Attributes& attributes) {
    if (attributes["addrtype"] == "mac") return;
    address_ = Address::parse(attributes["addr"]);
    if (!address_) wrong_ = "'" + std::string(attributes["addr"]) + "' is not an address";
  }

  void take_port(const Attributes& attributes) {
    port_.reset();
    open_ = false;
    const auto protocol = parse_protocol(attributes["protocol"]);
    const auto number = parse_number<std::uint16_t>(attributes["portid"]);
    if (!protocol) return;  // of a scan of IP protocols
    if (!number || *number == 0) {
      wrong_ = "'" + std::string(attributes["portid"]) + "' is not a port between 1 and 65535";
    } else if (ports_.size() == kMostPorts) {
      wrong_ = "a host has more ports than there are";
    } else {
      port_.emplace();
      port_->port = *number;
      port_->protocol = *protocol;
    }
  }

  std::optional<Address> address_;
  std::string name_, wrong_;
  std::vector<KnownPort> ports_;
  std::optional<KnownPort> port_;  ///< in which we are
  bool open_ = false;              ///< it is
  std::optional<std::string> cpe_;
};

}  // namespace

/// Expat's parser, which calls for each tag and takes no exceptions.
class XmlReportReader::Parser {
 public:
  Parser() : expat_(XML_ParserCreate(nullptr)) {
    if (!expat_) throw std::bad_alloc();
    listen();
  }
  ~Parser() { XML_ParserFree(expat_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  void feed(std::string_view bytes, bool last) {
    while (!over_) {
      if (complete_ && !begin_another(bytes)) return;
      fed_ += static_cast<XML_Index>(bytes.size());
      const XML_Status status = XML_Parse(expat_, bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0);
      if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
      if (status == XML_STATUS_ERROR) return tell_wrong();
      const XML_Index place = XML_GetCurrentByteIndex(expat_);
      if (status == XML_STATUS_OK) {
        if (fed_ - place > kLongestTag) stop("a tag is longer than 16 MiB");
        return;
      }
      bytes.remove_prefix(bytes.size() - static_cast<std::size_t>(fed_ - place - XML_GetCurrentByteCount(expat_)));
    }
  }

  std::deque<Host> hosts;

 private:
  void listen() {
    XML_SetUserData(expat_, this);
    XML_SetElementHandler(
        expat_,
        [](void* self, const XML_Char* name, const XML_Char** pairs) {
          static_cast<Parser*>(self)->guarded([&](Parser& parser) { parser.begin(name, Attributes(pairs)); });
        },
        [](void* self, const XML_Char* name) {
          static_cast<Parser*>(self)->guarded([&](Parser& parser) { parser.end(name); });
        });
    XML_SetCharacterDataHandler(expat_, [](void* self, const XML_Char* text, int size) {
      static_cast<Parser*>(self)->guarded([&](Parser& parser) {
        if (parser.host_) parser.host_->text({text, static_cast<std::size_t>(size)});
      });
    });
  }

  template <class Action>
  void guarded(Action action) noexcept {
    if (over_ || failure_) return;
    try {
      action(*this);
    } catch (...) {
      failure_ = std::current_exception();
      XML_StopParser(expat_, XML_FALSE);
    }
  }

  void begin(std::string_view name, const Attributes& attributes) {
    if (depth_++ == 0 && name != "nmaprun") return stop(kNoReport);
    if (host_)  // anything else is a <hosthint> or a script of no host
      host_->begin(name, attributes);
    else if (name == "host")
      host_.emplace();
  }

  void end(std::string_view name) {
    if (host_) host_->end(name);
    if (name == "host" && host_)
      if (auto ports = (*std::exchange(host_, std::nullopt)).ports()) hosts.push_back({*std::move(ports), line()});
    if (--depth_ > 0) return;
    complete_ = true;
    XML_StopParser(expat_, XML_TRUE);  // what follows is another report, if anything
  }

  /// False if nothing has come of it yet.
  bool begin_another(std::string_view& bytes) {
    const std::size_t blank =
        static_cast<std::size_t>(std::find_if_not(bytes.begin(), bytes.end(), is_space) - bytes.begin());
    lines_before_ +=
        static_cast<std::size_t>(std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(blank), '\n'));
    bytes.remove_prefix(blank);
    if (bytes.empty()) return false;
    lines_before_ += XML_GetCurrentLineNumber(expat_) - 1;
    XML_ParserReset(expat_, nullptr);
    listen();
    host_.reset();
    complete_ = false;
    fed_ = 0;
    return true;
  }

  [[nodiscard]] std::size_t line() const { return lines_before_ + XML_GetCurrentLineNumber(expat_); }

  void tell_wrong() {
    if (over_) return;
    const XML_Error error = XML_GetErrorCode(expat_);
    const bool early = error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
                       error == XML_ERROR_PARTIAL_CHAR || error == XML_ERROR_UNCLOSED_CDATA_SECTION;
    stop(early ? kEndsEarly : std::string("this is not well-formed XML: ") + XML_ErrorString(error));
  }

  void stop(std::string why) {
    over_ = true;
    hosts.push_back({Error{std::move(why)}, line()});
    XML_StopParser(expat_, XML_FALSE);
  }

  XML_Parser expat_;
  std::size_t depth_ = 0;  ///< of the element in which we are
  std::optional<HostElement> host_;
  XML_Index fed_ = 0;             ///< bytes of this report that expat has been given
  std::size_t lines_before_ = 0;  ///< of the reports before
  bool complete_ = false;         ///< this report is
  bool over_ = false;             ///< nothing more is read
  std::exception_ptr failure_;    ///< of a handler
};

XmlReportReader::XmlReportReader() : parser_(std::make_unique<Parser>()) {}
XmlReportReader::~XmlReportReader() = default;

void XmlReportReader::feed(std::string_view bytes, bool last) { parser_->feed(bytes, last); }

std::optional<XmlReportReader::Host> XmlReportReader::next() {
  if (parser_->hosts.empty()) return std::nullopt;
  std::optional host(std::move(parser_->hosts.front()));
  parser_->hosts.pop_front();
  return host;
}

bool XmlReportReader::ready() const noexcept { return !parser_->hosts.empty(); }

}  // namespace sluice::model
