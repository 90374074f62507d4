// Claims for tests, like those that orders/ makes.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

inline std::string IdOf(int number) { return absl::StrFormat("%08x-aaaa-4bbb-8ccc-ddddeeeeffff", number); }

// For an order to provision.
inline std::string SubjectOf(const ClaimRequest& request) {
  return absl::StrCat(request.sp_enterprise_id, "\n", request.user_id);
}

// For the order of this number, each for a different user.
inline ClaimRequest ProvisionClaim(int number) {
  ClaimRequest request{.request_id = IdOf(number),
                       .method = "ProvisionWorkspace",
                       .sp_enterprise_id = "Reseller1+acme",
                       .user_id = absl::StrCat("user-", number),
                       .fingerprint = absl::StrFormat("%032d", number),
                       .caller = "spiffe://bss/orders",
                       .sends_for = absl::Seconds(30)};
  request.subject = SubjectOf(request);
  return request;
}

// For an update of this number, each of a different workspace.
inline ClaimRequest UpdateClaim(int number) {
  ClaimRequest request = ProvisionClaim(number);
  request.method = "UpdateWorkspace";
  request.repeatable = true;
  request.sp_enterprise_id = request.user_id = "";
  request.workspace_id = request.subject = absl::StrCat("id-", number);
  return request;
}

}  // namespace webex_gateway
