// SPDX-License-Identifier: Apache-2.0
#include "model/xml_report.hpp"

#include <expat.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "model/expat_parser.hpp"
#include "model/expat_versions.hpp"
#include "model/xml_host.hpp"

namespace sluice::model {

namespace {

constexpr std::string_view kProlog = "<?xml", kRoot = "<nmaprun", kRootEnd = "</nmaprun", kHost = "<host";
constexpr std::string_view kOpenRoot = "<nmaprun>";  ///< passed to expat before a host that follows an error

constexpr const char* kEndsEarly =
    "the report is incomplete, as after an interrupted scan; its complete hosts are used";
constexpr const char* kGoesOn = "; reading continues at the next host";

/// Bytes of the first call of the parser after reading continues at a host. All bytes behind an error are parsed again,
/// and the next error may be near, so the first call is small. The size doubles with each call without an error.
constexpr std::size_t kFirstPiece = 256;
/// Limit of the bytes of a document that are parsed again, in addition to four times its size. Only documents with many
/// elements without an end exceed it, for example with an unclosed comment in each of many hosts.
constexpr std::size_t kMaxGivenAgain = std::size_t{64} << 20;
/// If another report begins within this number of bytes behind an error, the first one was cut off.
constexpr std::size_t kCutWindow = 4096;

/// True if the text begins with this element, and not with one whose name is longer.
bool begins_element(std::string_view text, std::string_view element) {
  constexpr std::string_view kBehind = " \t\r\n/>";
  return text.starts_with(element) && text.size() > element.size() &&
         kBehind.find(text[element.size()]) != std::string_view::npos;
}

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

/// Parses the document, and continues at the next host behind an error.
class XmlReportReader::Parser final : ExpatParser {
 public:
  Parser(std::size_t lines_before, bool utf8)
      : lines_before_(lines_before), encoding_(utf8 ? "UTF-8" : ""), forced_(utf8) {
    restart();
  }

  void feed(std::string_view piece, bool last) {
    bytes_ += piece;
    total_ += piece.size();
    const std::size_t tag_end = piece.rfind('>');
    tail_ = tag_end == std::string_view::npos ? tail_ + piece.size() : piece.size() - tag_end - 1;
    while (state_ != State::Ended) {
      if (state_ == State::Lost && !find_next(last)) return;
      if (state_ == State::Ended) return;
      // The parser scans an incomplete tag again at each call. So it is called only when a '>' has arrived.
      const std::string_view text = rest();
      if (!last && text.size() - given_ <= tail_) {
        if (!lose_long_tag()) return;
        continue;
      }
      const std::string_view next = text.substr(given_, piece_);
      given_ += next.size();
      piece_ = std::min(piece_ * 2, kMaxTagBytes);
      const bool all = given_ == text.size();
      const Parsed parsed = parse(next, last && all);
      const auto place = static_cast<std::size_t>(std::max<std::int64_t>(current_place() - dropped_, 0));
      if (parsed == Parsed::All) {
        drop(place);
        if (!lose_long_tag() && all) return;
      } else if (parsed == Parsed::Suspended)
        end_at(place + byte_count(expat_));
      else
        recover(place, last);
    }
  }

  [[nodiscard]] bool ended() const { return state_ == State::Ended; }
  std::string take_rest() {
    bytes_.erase(0, std::exchange(at_, 0));
    return std::exchange(bytes_, {});
  }
  [[nodiscard]] std::size_t lines_before() const { return lines_before_; }

  std::deque<Host> hosts;

 private:
  enum class State : unsigned char {
    Prolog,   ///< no element has begun
    Report,   ///< in <nmaprun>
    Foreign,  ///< in another document
    Lost,     ///< behind an error, before the next place where reading can continue
    Ended,    ///< the document has ended
  };

  /// Parses from bytes_ on as a new document.
  void restart() {
    reset(encoding_);
    state_ = State::Prolog;
    host_.reset();
    depth_ = given_ = 0;
    dropped_ = 0;
    piece_ = kFirstPiece;
  }

  void open_element(std::string_view name, const XmlAttributes& attributes) override {
    const bool root = name == "nmaprun";
    if (depth_ > 0 && root) return stop(kEndsEarly);
    if (host_ && name == "host") return stop("it has no end");
    if (depth_ == 0) {
      state_ = root ? State::Report : State::Foreign;
      if (!root)
        tell("this is not a report of Nmap: it begins with " + in_quotes("<" + shortened(name, 100) + ">") +
             " instead of <nmaprun>; the document is skipped");
    }
    if (++depth_ > kMaxElementDepth) return stop("its elements are nested too deeply");
    if (state_ == State::Foreign) return;
    if (host_)  // other elements: <hosthint>, scripts without a host
      host_->open_element(name, attributes);
    else if (name == "host")
      host_.emplace();
  }

  void text(std::string_view part) override {
    if (host_) host_->text(part);
  }

  void open_cdata() override {
    if (state_ == State::Report) stop("it has a CDATA section, which is not allowed in a report");
  }

  void declare_encoding(std::string_view encoding) override {
    if (!forced_) encoding_ = encoding;
  }

  void close_element(std::string_view name) override {
    if (host_) host_->end(name);
    if (name == "host" && host_)
      if (auto ports = (*std::exchange(host_, std::nullopt)).ports()) hosts.push_back({*std::move(ports), line()});
    if (--depth_ == 0) XML_StopParser(expat_, XML_TRUE);  // the bytes behind it are not part of this document
  }

  /// Handles an error at offset `place`.
  void recover(std::size_t place, bool last) {
    const XML_Error error = XML_GetErrorCode(expat_);
    const bool about_encoding = error == XML_ERROR_INCORRECT_ENCODING || error == XML_ERROR_UNKNOWN_ENCODING;
    if (about_encoding && !std::exchange(forced_, true)) {
      // UTF-16 has been decoded already. All other encodings that occur have single bytes and include ASCII.
      encoding_ = error == XML_ERROR_INCORRECT_ENCODING ? "UTF-8" : "ISO-8859-1";
      return restart();
    }
    const bool new_line = place > 0 && rest()[place - 1] == '\n';
    const std::size_t wrong_line = line();
    lines_before_ = wrong_line - 1;
    drop(place);
    if (state_ == State::Prolog) return recover_prolog(error, new_line, wrong_line);
    in_report_ = state_ == State::Report;
    const std::string_view near = rest().substr(0, kCutWindow);
    const bool new_report = near.find(kProlog) < near.find('>');
    const bool was_stopped = !stopped().empty();
    if (was_stopped && depth_ > 0 && near.starts_with(kRoot)) {
      if (in_report_) hosts.push_back({Error{stopped()}, wrong_line});
      state_ = State::Ended;
      return;
    }
    const bool cut = !was_stopped && (new_report || error == XML_ERROR_MISPLACED_XML_PI ||
                                      (last &&
                                       (error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
                                        error == XML_ERROR_PARTIAL_CHAR || error == XML_ERROR_UNCLOSED_CDATA_SECTION) &&
                                       next_place(1).at == std::string::npos));
    std::string why = was_stopped ? stopped() : syntax_error();
    if (cut)
      why = kEndsEarly;
    else if (host_)
      why = "host " + (host_->address() ? host_->address()->text() + " " : "") + "is skipped: " + why;
    else
      why += in_report_ ? kGoesOn : "; the text up to the next report is skipped";
    hosts.push_back({Error{std::move(why)}, wrong_line});
    // If a host begins inside another one, it is read. Otherwise the search starts behind the wrong tag.
    search_from_ = was_stopped && host_ && near.starts_with(kHost) ? 0 : 1;
    lose();
  }

  /// Starts the search for the next place where reading can continue. Ends the report if too many bytes are parsed
  /// again.
  void lose() {
    state_ = State::Lost;
    given_again_ += given_;
    if (!in_report_ || given_again_ <= kMaxGivenAgain + 4 * total_) return;
    tell("too many elements have no end; the text up to the next report is skipped");
    in_report_ = false;
  }

  /// Ends the document. It had no element: the next bytes are lines in another format.
  void recover_prolog(XML_Error error, bool new_line, std::size_t wrong_line) {
    state_ = State::Ended;
    const std::string_view text = rest();
    if (error == XML_ERROR_NO_ELEMENTS && text.empty()) return;
    if (new_line && !text.starts_with('<')) return;
    const std::size_t line_end = std::min(text.find('\n'), text.size());
    const std::size_t next = std::min(text.substr(0, line_end).find(kProlog, 1), line_end);
    const std::string_view near = text.substr(0, kCutWindow);
    const bool cut =
        near.find(kProlog, 1) < near.find('>') || error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN;
    hosts.push_back({Error{cut ? kEndsEarly : syntax_error()}, wrong_line});
    skip(next);
  }

  struct Place {
    std::size_t at = std::string::npos;
    bool in_report = false;  ///< true if the place is in the report in which the error occurred
  };
  /// Returns the first place at or behind offset `from` where reading can continue.
  [[nodiscard]] Place next_place(std::size_t from) const {
    const std::string_view text = rest();
    for (std::size_t at = from; (at = text.find('<', at)) != std::string_view::npos; ++at) {
      const std::string_view tag = text.substr(at);
      if (tag.starts_with(kProlog) || begins_element(tag, kRoot)) return {at, false};
      if (in_report_ && (begins_element(tag, kHost) || begins_element(tag, kRootEnd))) return {at, true};
    }
    return {};
  }

  /// Continues at the next such place. Returns false if its bytes have not arrived.
  bool find_next(bool last) {
    const Place next = next_place(search_from_);
    if (next.at == std::string::npos) {
      // Keeps the bytes that may be the beginning of a tag.
      constexpr std::size_t kKept = kRootEnd.size() + 1;
      const std::size_t size = last ? rest().size() : rest().size() - std::min(rest().size(), kKept);
      if (size > 0) search_from_ = 0;
      skip(size);
      if (last) state_ = State::Ended;
      return false;
    }
    skip(next.at);
    if (!next.in_report) {
      state_ = State::Ended;
      return true;
    }
    restart();
    XML_Parse(expat_, kOpenRoot.data(), static_cast<int>(kOpenRoot.size()), 0);
    dropped_ = static_cast<std::int64_t>(kOpenRoot.size());
    return true;
  }

  void end_at(std::size_t place) {
    lines_before_ += line_number(expat_) - 1;
    drop(place);
    state_ = State::Ended;
  }

  /// Returns the bytes that expat has not passed.
  [[nodiscard]] std::string_view rest() const { return std::string_view(bytes_).substr(at_); }
  void pass(std::size_t size) {
    at_ += size;
    if (at_ > bytes_.size() / 2) bytes_.erase(0, std::exchange(at_, 0));
  }
  /// Discards bytes that expat has passed and counted.
  void drop(std::size_t size) {
    pass(size);
    given_ -= size;
    dropped_ += static_cast<std::int64_t>(size);
  }
  /// Discards bytes that expat has not counted.
  void skip(std::size_t size) {
    lines_before_ += lines_in(rest().substr(0, size));
    pass(size);
  }

  /// Skips a tag that exceeds kMaxTagBytes. Returns false if there is none.
  bool lose_long_tag() {
    if (rest().size() <= kMaxTagBytes) return false;
    tell("a tag is longer than 16 MiB");
    in_report_ = state_ == State::Report;
    lines_before_ += line_number(expat_) - 1;
    search_from_ = 1;
    lose();
    return true;
  }

  void tell(std::string what) { hosts.push_back({Error{std::move(what)}, line()}); }
  [[nodiscard]] std::size_t line() const { return lines_before_ + current_line(); }

  State state_ = State::Prolog;
  std::size_t depth_ = 0;  ///< number of open elements
  std::optional<XmlHost> host_;
  // Expat may pass a tag long after its last byte, so the bytes that it has not passed are kept for restart().
  std::string bytes_;            ///< bytes of this document
  std::size_t at_ = 0;           ///< index of the first byte that expat has not passed
  std::size_t given_ = 0;        ///< number of bytes from at_ on that were passed to expat
  std::int64_t dropped_ = 0;     ///< index of the byte at at_, as expat counts bytes
  std::size_t piece_ = 0;        ///< number of bytes of the next call of expat
  std::size_t tail_ = 0;         ///< number of bytes at the end of bytes_ without a '>'
  std::size_t total_ = 0;        ///< number of bytes of the document so far
  std::size_t given_again_ = 0;  ///< number of bytes that were passed to expat and then parsed again
  std::size_t lines_before_;     ///< lines of the file before the first line of the parser
  std::string encoding_;         ///< encoding passed to expat; "": the declared one, or UTF-8
  bool forced_ = false;          ///< true if encoding_ overrides the declaration
  bool in_report_ = false;       ///< true if the error occurred in a report, so that the next host belongs to it
  std::size_t search_from_ = 0;  ///< index in bytes_, in the state Lost
};

XmlReportReader::Start XmlReportReader::starts(std::string_view text) {
  constexpr std::string_view kStarts[] = {kProlog, kRoot, "<!DOCTYPE nmaprun"};
  Start start = Start::No;
  for (const std::string_view each : kStarts) {
    if (text.starts_with(each)) return Start::Yes;
    if (!text.empty() && each.starts_with(text)) start = Start::Maybe;
  }
  return start;
}

XmlReportReader::XmlReportReader(std::size_t lines_before, bool utf8)
    : parser_(std::make_unique<Parser>(lines_before, utf8)) {}
XmlReportReader::~XmlReportReader() = default;

void XmlReportReader::feed(std::string_view bytes, bool last) { parser_->feed(bytes, last); }

std::optional<XmlReportReader::Host> XmlReportReader::next() {
  if (parser_->hosts.empty()) return std::nullopt;
  std::optional host(std::move(parser_->hosts.front()));
  parser_->hosts.pop_front();
  return host;
}

bool XmlReportReader::ready() const noexcept { return !parser_->hosts.empty(); }
bool XmlReportReader::ended() const noexcept { return parser_->ended(); }
std::string XmlReportReader::take_rest() { return parser_->take_rest(); }
std::size_t XmlReportReader::lines_before_rest() const noexcept { return parser_->lines_before(); }

}  // namespace sluice::model
