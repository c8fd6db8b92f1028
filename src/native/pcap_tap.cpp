// SPDX-License-Identifier: Apache-2.0
#include "native/pcap_tap.hpp"

#include <pcap/pcap.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace sluice::net {

void PcapTap::Closer::operator()(pcap* capture) const noexcept { pcap_close(capture); }

PcapTap::PcapTap(std::unique_ptr<pcap, Closer> capture)
    : capture_(std::move(capture)), link_type_(pcap_datalink(capture_.get())) {}

Result<std::unique_ptr<PcapTap>> PcapTap::open(const CaptureRequest& request) {
  char why[PCAP_ERRBUF_SIZE] = "";
  std::unique_ptr<pcap, Closer> capture(pcap_create(request.device.c_str(), why));
  if (!capture) return Error{why};
  pcap* const raw = capture.get();
  pcap_set_snaplen(raw, request.snaplen);
  pcap_set_promisc(raw, request.promiscuous ? 1 : 0);
  pcap_set_immediate_mode(raw, 1);
  if (const int failure = pcap_activate(raw); failure < 0) {
    const std::string detail = pcap_geterr(raw);
    return Error{detail.empty() ? pcap_statustostr(failure) : detail};
  }
  bpf_program program{};
  if (pcap_compile(raw, &program, request.filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return Error{"filter '" + request.filter + "': " + pcap_geterr(raw)};
  const bool filtered = pcap_setfilter(raw, &program) == 0;
  pcap_freecode(&program);
  if (!filtered) return Error{pcap_geterr(raw)};
  if (pcap_setnonblock(raw, 1, why) != 0) return Error{why};
  if (pcap_get_selectable_fd(raw) < 0) return Error{"the device does not support waiting for packets"};
  return std::unique_ptr<PcapTap>(new PcapTap(std::move(capture)));
}

int PcapTap::descriptor() const { return pcap_get_selectable_fd(capture_.get()); }

Step PcapTap::read(core::Reply& into) {
  pcap_pkthdr* header = nullptr;
  const unsigned char* bytes = nullptr;
  const int got = pcap_next_ex(capture_.get(), &header, &bytes);
  if (got == 0) return {.kind = Step::Kind::WouldRead};
  if (got < 0) return {.kind = Step::Kind::Failed, .error = ENETDOWN};
  into.data.assign(reinterpret_cast<const char*>(bytes), header->caplen);
  into.packet.length = header->len;
  into.packet.link_header = std::min(link_header_size(link_type_, into.data), into.data.size());
  into.packet.time = std::chrono::seconds(header->ts.tv_sec) + std::chrono::microseconds(header->ts.tv_usec);
  return {.bytes = header->caplen};
}

std::size_t link_header_size(int link_type, std::string_view packet) {
  switch (link_type) {
    case DLT_EN10MB:
      return packet.size() >= 14 && packet[12] == '\x81' && packet[13] == '\0' ? 18 : 14;
    case DLT_NULL:
    case DLT_LOOP:
    case DLT_PPP:
      return 4;
    case DLT_LINUX_SLL:
      return 16;
    case DLT_LINUX_SLL2:
      return 20;
    default:
      return 0;
  }
}

}  // namespace sluice::net
