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
constexpr std::size_t kLongestCpe = 4096, kMostCpes = 64;   ///< bytes; of a port
constexpr std::size_t kLongestTag = std::size_t{16} << 20;  ///< bytes: what scripts have to say is in attributes
constexpr std::size_t kDeepest = 256;                       ///< elements within each other
constexpr std::string_view kProlog = "<?xml";               ///< can stand at the beginning of a report only

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
  if (!attributes["banner"].empty()) return;  // masscan, whose names are those of what it has read
  known.tls = attributes["tunnel"] == "ssl";
  if (attributes["name"] != "unknown") known.service = bytes_of(attributes["name"]);
  const bool probed = attributes["method"] == "probed";
  if (!probed && attributes["servicefp"].empty()) return;  // that is what Nmap has of those it does not know
  known.detected = std::make_unique<Service>();
  Service& service = *known.detected;
  service.name = known.service;
  service.tls = known.tls;
  service.probed = probed;
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
    } else if (name == "cpe" && port_ && port_->detected && port_->detected->cpe.size() < kMostCpes) {
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

/// Expat's parser, which calls for each tag and takes no exceptions. One that a handler has thrown comes out of feed();
/// the reader is of no use then.
class XmlReportReader::Parser {
 public:
  explicit Parser(std::size_t lines_before) : expat_(XML_ParserCreate(nullptr)), lines_before_(lines_before) {
    if (!expat_) throw std::bad_alloc();
  }
  ~Parser() { XML_ParserFree(expat_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  void feed(std::string_view piece, bool last) {
    bytes_ += piece;
    while (!over_ && (state_ == State::Within || begin_another())) {
      // A tag in pieces is looked at again with each of them, so not before it may have an end.
      if (!last && bytes_.find('>', given_) == std::string::npos) return check_size();
      const std::size_t given = std::exchange(given_, bytes_.size());
      const XML_Status status =
          XML_Parse(expat_, bytes_.data() + given, static_cast<int>(bytes_.size() - given), last ? 1 : 0);
      if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
      const auto place = static_cast<std::size_t>(std::max<XML_Index>(XML_GetCurrentByteIndex(expat_) - dropped_, 0));
      if (status == XML_STATUS_OK) {
        drop(place);
        return check_size();
      }
      if (status == XML_STATUS_SUSPENDED)
        drop(place + static_cast<std::size_t>(XML_GetCurrentByteCount(expat_)));
      else
        tell_wrong(place);
    }
  }

  std::deque<Host> hosts;

 private:
  enum class State : unsigned char {
    Before,  ///< of a report nothing has come yet
    Within,
    Lost,  ///< what is not XML, up to the next report
  };

  /// Expat has forgotten it all.
  void listen() {
    XML_SetUserData(expat_, this);
#ifdef SLUICE_EXPAT_DEFERS
    XML_SetReparseDeferralEnabled(expat_, XML_FALSE);  // a host that is complete is not to wait for more
#endif
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
    if (depth_ == 0 && name != "nmaprun") return stop(kNoReport);
    if (++depth_ > kDeepest) return stop("its elements are nested too deeply");
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
    state_ = State::Before;
    ++reports_;
    XML_StopParser(expat_, XML_TRUE);  // what follows is another report, if anything
  }

  /// False if nothing has come of it yet.
  bool begin_another() {
    const auto blank = [](char c) { return is_space(c) || c == '\0'; };  // zero: of two-byte characters
    const std::size_t skipped =
        state_ == State::Lost
            ? std::min(bytes_.find(kProlog), bytes_.size() - std::min(bytes_.size(), kProlog.size() - 1))
            : static_cast<std::size_t>(std::find_if_not(bytes_.begin(), bytes_.end(), blank) - bytes_.begin());
    const auto end = bytes_.begin() + static_cast<std::ptrdiff_t>(skipped);
    lines_before_ += static_cast<std::size_t>(std::count(bytes_.begin(), end, '\n'));
    bytes_.erase(bytes_.begin(), end);
    if (state_ == State::Lost ? !bytes_.starts_with(kProlog) : bytes_.empty()) return false;
    lines_before_ += XML_GetCurrentLineNumber(expat_) - 1;
    XML_ParserReset(expat_, nullptr);
    listen();
    state_ = State::Within;
    host_.reset();
    depth_ = given_ = 0;
    dropped_ = 0;
    return true;
  }

  /// Up to that place nothing will be asked for again.
  void drop(std::size_t size) {
    bytes_.erase(0, size);
    given_ -= size;
    dropped_ += static_cast<XML_Index>(size);
  }

  void check_size() {
    if (bytes_.size() > kLongestTag) stop("a tag is longer than 16 MiB");
  }

  [[nodiscard]] std::size_t line() const { return lines_before_ + XML_GetCurrentLineNumber(expat_); }

  /// Goes on behind a report that breaks off at `place`, or is none.
  void tell_wrong(std::size_t place) {
    if (over_) return;
    const XML_Error error = XML_GetErrorCode(expat_);
    const bool ends = error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
                      error == XML_ERROR_PARTIAL_CHAR || error == XML_ERROR_UNCLOSED_CDATA_SECTION;
    const bool at_start = place == 0 && dropped_ == 0;
    drop(at_start ? 1 : place);  // or it would be found again
    const bool another = error == XML_ERROR_MISPLACED_XML_PI || bytes_.find(kProlog) < bytes_.find('>');
    const bool behind = depth_ == 0 && reports_ > 0 && error == XML_ERROR_NO_ELEMENTS;  // a comment, say
    std::string why = kEndsEarly;
    if (!ends && !another)
      why = std::string("this is not well-formed XML: ") + XML_ErrorString(error) +
            "; what follows is not read, up to the next report";
    if (!behind) hosts.push_back({Error{std::move(why)}, line()});
    state_ = State::Lost;
  }

  void stop(std::string why) {
    over_ = true;
    hosts.push_back({Error{std::move(why)}, line()});
    XML_StopParser(expat_, XML_FALSE);
  }

  XML_Parser expat_;
  State state_ = State::Before;
  std::size_t depth_ = 0;  ///< of the element in which we are
  std::optional<HostElement> host_;
  // Expat may pass a tag long after its end has come, so what it has not passed is kept for the next report.
  std::string bytes_;             ///< of this report, from the first that expat has not passed,
  std::size_t given_ = 0;         ///< how many of them it has been given,
  XML_Index dropped_ = 0;         ///< and how many came before them
  std::size_t lines_before_ = 0;  ///< this report
  std::size_t reports_ = 0;       ///< that were complete
  bool over_ = false;             ///< nothing more is read
  std::exception_ptr failure_;    ///< of a handler
};

XmlReportReader::XmlReportReader(std::size_t lines_before) : parser_(std::make_unique<Parser>(lines_before)) {}
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
