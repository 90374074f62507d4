// webexctl's help texts, with examples to paste.
#pragma once

#include "absl/strings/string_view.h"

namespace webex_gateway::client {

extern const absl::string_view kOverviewHelp;
extern const absl::string_view kProvisionHelp;
extern const absl::string_view kUpdateHelp;
extern const absl::string_view kRemoveHelp;
extern const absl::string_view kBatchHelp;
extern const absl::string_view kOperationsHelp;  // for the group of the commands below
extern const absl::string_view kListHelp;
extern const absl::string_view kSummaryHelp;
extern const absl::string_view kGetHelp;
extern const absl::string_view kResolveHelp;
extern const absl::string_view kHealthHelp;
extern const absl::string_view kCompletionHelp;
extern const absl::string_view kVersionHelp;

}  // namespace webex_gateway::client
