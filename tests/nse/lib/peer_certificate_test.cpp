// SPDX-License-Identifier: Apache-2.0
#ifndef SLUICE_NO_TLS

#include "support/runtime_fixture.hpp"
#include "support/tls_server.hpp"

namespace sluice::nse {
namespace {

class PeerCertificate : public RuntimeFixture {
 protected:
  /// Runs script code with `socket`, which is connected by TLS to a server with this certificate chain.
  std::string ask(net::CertificateChain chain, const std::string& code) {
    network.tcp("192.0.2.1", 80).tls(std::move(chain)).banner("hi");
    return act("local socket = nmap.new_socket() assert(socket:connect(host, port, 'ssl'))\n" + code);
  }
};

TEST_F(PeerCertificate, CertificateOutlivesSocket) {
  const net::Identity identity;
  const std::shared_ptr<X509> leaf(X509_dup(identity.leaf.get()), X509_free);
  EXPECT_EQ(ask({leaf},
                "local one, other = socket:get_ssl_certificate(), socket:get_ssl_certificate()\n"
                "socket:close() one = nil collectgarbage()\n"
                "return other.subject.commonName .. ' by ' .. other.issuer.commonName"),
            "server by issuer");
  runtime->collect();
  EXPECT_EQ(leaf.use_count(), 2) << "only the server and this test have it";
}

TEST_F(PeerCertificate, MissingCertificateReturnsNoValue) {
  EXPECT_EQ(ask({}, "local count = select('#', socket:get_ssl_certificate()) socket:close() return count .. ''"), "0");
}

}  // namespace
}  // namespace sluice::nse

#endif
