// The other layers' tests rest on the fake, so it keeps to the rules of the stores.
#include "tests/server/testing/fake_ledger.h"

#include "tests/server/ledger/conformance.h"

namespace webex_gateway {
namespace {

class Fake : public LedgerUnderTest {
 public:
  std::unique_ptr<Ledger> Open(Loop& /*loop*/, Clock& clock, absl::Duration retention) override {
    return std::make_unique<FakeLedger>(clock, records_, retention);
  }

 private:
  const std::shared_ptr<FakeLedger::Records> records_ = std::make_shared<FakeLedger::Records>();
};

std::unique_ptr<LedgerUnderTest> NewFake() { return std::make_unique<Fake>(); }

INSTANTIATE_TEST_SUITE_P(Fake, LedgerConformance, testing::Values(&NewFake));

}  // namespace
}  // namespace webex_gateway
