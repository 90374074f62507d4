#include "tests/server/testing/random_fault.h"

#include <iterator>

namespace webex_gateway {
namespace {

using sandbox::Fault;

// Whether Webex may have carried out an order that it answers with this status.
enum class Applied { kNo, kYes, kMaybe };

struct Status {
  int status;
  Applied applied;
  const char* retry_after = nullptr;
  const char* body = nullptr;
};

constexpr Status kStatuses[] = {
    {100, Applied::kMaybe},
    {101, Applied::kMaybe},
    {103, Applied::kMaybe},
    {200, Applied::kMaybe, nullptr, "{}"},
    {201, Applied::kMaybe, nullptr, "<html>created</html>"},
    {202, Applied::kYes},
    {204, Applied::kYes},
    {302, Applied::kNo},
    {400, Applied::kNo},
    {401, Applied::kNo},
    {404, Applied::kNo},
    {408, Applied::kMaybe},
    {409, Applied::kNo},
    {423, Applied::kNo, "0"},
    {429, Applied::kNo},
    {429, Applied::kNo, "0"},
    {500, Applied::kMaybe},
    {501, Applied::kNo},
    {502, Applied::kMaybe},
    {503, Applied::kMaybe},
    {503, Applied::kNo, "0"},
    {504, Applied::kMaybe},
    {999, Applied::kMaybe},
};

void AnswerWith(const Status& status, Random& random, Fault& fault) {
  fault.kind = Fault::Kind::kStatus;
  fault.status = status.status;
  fault.applied = status.applied == Applied::kYes || (status.applied == Applied::kMaybe && Coin(random));
  if (status.retry_after != nullptr) fault.headers.emplace("Retry-After", status.retry_after);
  if (status.body != nullptr) fault.body = status.body;
}

void BreakTheConnection(Random& random, Fault& fault) {
  constexpr Fault::Kind kKinds[] = {Fault::Kind::kClose,   Fault::Kind::kReset, Fault::Kind::kHalf,
                                    Fault::Kind::kGarbage, Fault::Kind::kDrip,  Fault::Kind::kHang};
  fault.kind = kKinds[Draw(random, std::size(kKinds) - 1)];
  const bool cuts = fault.kind == Fault::Kind::kClose || fault.kind == Fault::Kind::kReset;
  const bool hangs = fault.kind == Fault::Kind::kHang;
  if (cuts || hangs) {
    constexpr Fault::When kTimes[] = {Fault::When::kBefore, Fault::When::kAfter, Fault::When::kHeaders};
    fault.when = kTimes[Draw(random, cuts ? 2 : 1)];
  }
  fault.applied = fault.when != Fault::When::kBefore && Coin(random);
  if (hangs && Coin(random)) fault.delay = absl::Milliseconds(1 + Draw(random, 50));
  if (fault.kind == Fault::Kind::kDrip) fault.delay = absl::Microseconds(1 + Draw(random, 200));
}

}  // namespace

Fault RandomFault(Random& random) {
  Fault fault;
  fault.at = 1 + Draw(random, 4);
  fault.count = 1 + Draw(random, 1);
  if (Coin(random)) {
    BreakTheConnection(random, fault);
  } else {
    AnswerWith(kStatuses[Draw(random, std::size(kStatuses) - 1)], random, fault);
  }
  return fault;
}

}  // namespace webex_gateway
