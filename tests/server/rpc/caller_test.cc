#include "server/rpc/caller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "grpc/grpc_security_constants.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A connection whose peer has these properties, as gRPC tells them; it is known by those of the first kind.
class Connection : public grpc::AuthContext {
 public:
  using Properties = std::map<std::string, std::vector<std::string>>;

  Connection(std::string identity, Properties properties)
      : identity_(std::move(identity)), properties_(std::move(properties)) {}

  bool IsPeerAuthenticated() const override { return !identity_.empty(); }
  std::vector<grpc::string_ref> GetPeerIdentity() const override { return FindPropertyValues(identity_); }
  std::string GetPeerIdentityPropertyName() const override { return identity_; }
  std::vector<grpc::string_ref> FindPropertyValues(const std::string& name) const override {
    const auto found = properties_.find(name);
    if (found == properties_.end()) return {};
    return {found->second.begin(), found->second.end()};
  }
  grpc::AuthPropertyIterator begin() const override { return End(); }
  grpc::AuthPropertyIterator end() const override { return End(); }
  void AddProperty(const std::string&, const grpc::string_ref&) override {}
  bool SetPeerIdentityPropertyName(const std::string&) override { return false; }

 private:
  struct End : grpc::AuthPropertyIterator {};

  const std::string identity_;
  const Properties properties_;
};

constexpr char kAlternativeNames[] = GRPC_X509_SAN_PROPERTY_NAME;

// One whose certificate has this name alone.
Connection WithName(const std::string& kind, const std::string& name) {
  return {kAlternativeNames, {{kAlternativeNames, {name}}, {kind, {name}}}};
}

std::string IdentityWith(const std::string& kind, const std::string& name) { return IdentityOf(WithName(kind, name)); }

TEST(IdentityTest, IsTheFirstNameOfTheCertificate) {
  EXPECT_EQ(
      IdentityOf(Connection(kAlternativeNames, {{kAlternativeNames, {"spiffe://sp.com/billing", "billing.sp.com"}},
                                                {GRPC_PEER_DNS_PROPERTY_NAME, {"billing.sp.com"}},
                                                {GRPC_PEER_URI_PROPERTY_NAME, {"spiffe://sp.com/billing"}}})),
      "spiffe://sp.com/billing");
}

TEST(IdentityTest, SaysOfWhichKindANameIsThatLooksLikeAnother) {
  EXPECT_EQ(IdentityWith(GRPC_PEER_DNS_PROPERTY_NAME, "billing.sp.com"), "billing.sp.com");
  EXPECT_EQ(IdentityWith(GRPC_PEER_DNS_PROPERTY_NAME, "spiffe://sp.com/billing"), "DNS:spiffe://sp.com/billing");
  EXPECT_EQ(IdentityWith(GRPC_PEER_DNS_PROPERTY_NAME, "CN:billing"), "DNS:CN:billing");
  EXPECT_EQ(IdentityWith(GRPC_PEER_URI_PROPERTY_NAME, "billing.sp.com"), "URI:billing.sp.com");
  EXPECT_EQ(IdentityWith(GRPC_PEER_IP_PROPERTY_NAME, "192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(IdentityOf(Connection(GRPC_X509_CN_PROPERTY_NAME, {{GRPC_X509_CN_PROPERTY_NAME, {"billing.sp.com"}}})),
            "CN:billing.sp.com");
}

TEST(IdentityTest, IsEmptyWhereTheConnectionProvesNothing) { EXPECT_EQ(IdentityOf(Connection("", {})), ""); }

TEST(IdentityTest, IsCutBetweenTwoCharacters) {
  EXPECT_EQ(IdentityWith(GRPC_PEER_EMAIL_PROPERTY_NAME, std::string(255, 'a') + "\xC3\x9C"), std::string(255, 'a'));
}

TEST(NamesTest, AreOfTheirKinds) {
  const CallerNames names = NamesOf(Connection(kAlternativeNames, {{kAlternativeNames, {"b"}},
                                                                   {GRPC_PEER_DNS_PROPERTY_NAME, {"a", "b"}},
                                                                   {GRPC_PEER_URI_PROPERTY_NAME, {"urn:x"}},
                                                                   {GRPC_PEER_IP_PROPERTY_NAME, {"192.0.2.1"}}}));
  EXPECT_THAT(names.dns, ElementsAre("a", "b"));
  EXPECT_THAT(names.uris, ElementsAre("urn:x"));
  EXPECT_THAT(NamesOf(Connection("", {})).dns, IsEmpty());
}

}  // namespace
}  // namespace webex_gateway
