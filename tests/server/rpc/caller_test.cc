#include "server/rpc/caller.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace webex_gateway {
namespace {

// A connection whose peer has these names, as gRPC tells them.
class Connection : public grpc::AuthContext {
 public:
  explicit Connection(std::vector<std::string> names) : names_(std::move(names)) {}

  bool IsPeerAuthenticated() const override { return !names_.empty(); }
  std::vector<grpc::string_ref> GetPeerIdentity() const override { return {names_.begin(), names_.end()}; }
  std::string GetPeerIdentityPropertyName() const override { return "x509_subject_alternative_name"; }
  std::vector<grpc::string_ref> FindPropertyValues(const std::string&) const override { return GetPeerIdentity(); }
  grpc::AuthPropertyIterator begin() const override { return End(); }
  grpc::AuthPropertyIterator end() const override { return End(); }
  void AddProperty(const std::string&, const grpc::string_ref&) override {}
  bool SetPeerIdentityPropertyName(const std::string&) override { return false; }

 private:
  struct End : grpc::AuthPropertyIterator {};

  const std::vector<std::string> names_;
};

TEST(IdentityTest, IsTheFirstNameOfTheCertificate) {
  EXPECT_EQ(IdentityOf(Connection({"spiffe://sp.com/billing", "billing.sp.com"})), "spiffe://sp.com/billing");
}

TEST(IdentityTest, IsEmptyWhereTheConnectionProvesNothing) { EXPECT_EQ(IdentityOf(Connection({})), ""); }

TEST(IdentityTest, IsCutBetweenTwoCharacters) {
  EXPECT_EQ(IdentityOf(Connection({std::string(255, 'a') + "\xC3\x9C"})), std::string(255, 'a'));
}

}  // namespace
}  // namespace webex_gateway
