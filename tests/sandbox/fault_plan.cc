#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/webex_errors.h"

namespace webex_gateway::sandbox {
namespace {

bool Gives(const Fault& fault, absl::string_view name) {
  return std::any_of(fault.headers.begin(), fault.headers.end(),
                     [&](const auto& header) { return absl::EqualsIgnoreCase(header.first, name); });
}

bool Omits(const Fault& fault, absl::string_view name) {
  return std::find(fault.omitted_headers.begin(), fault.omitted_headers.end(), absl::AsciiStrToLower(name)) !=
         fault.omitted_headers.end();
}

bool Adds(const Fault& fault, absl::string_view name) { return !Gives(fault, name) && !Omits(fault, name); }

bool SaysClose(const Fault& fault) {
  return std::any_of(fault.headers.begin(), fault.headers.end(), [](const auto& header) {
    return absl::EqualsIgnoreCase(header.first, "Connection") && absl::AsciiStrToLower(header.second) == "close";
  });
}

}  // namespace

Answer FaultAnswer(const Fault& fault, absl::string_view tracking_id) {
  Answer answer;
  answer.status = *fault.status;
  if (fault.body) {
    answer.body = *fault.body;
  } else if (answer.status >= 400) {
    const std::string message = UsualMessage(answer.status);
    answer.body = WebexErrorJson(message, {{message, 0, ""}}, tracking_id);
  }
  answer.headers.assign(fault.headers.begin(), fault.headers.end());
  if (Adds(fault, "TrackingID")) answer.headers.emplace_back("TrackingID", tracking_id);
  const std::string content_type = fault.content_type.value_or(answer.body.empty() ? "" : "application/json");
  if (!content_type.empty() && Adds(fault, "Content-Type")) answer.headers.emplace_back("Content-Type", content_type);
  const bool is_chunked = Gives(fault, "Transfer-Encoding");
  answer.add_content_length = Adds(fault, "Content-Length") && !is_chunked;
  // Without a length, the end of the connection ends the body.
  const bool ends_by_close = Omits(fault, "Content-Length") && !is_chunked;
  answer.ends_connection = SaysClose(fault) || ends_by_close;
  return answer;
}

void FaultPlan::Add(const std::vector<Fault>& faults) {
  const std::lock_guard lock(mutex_);
  pending_.insert(pending_.end(), faults.begin(), faults.end());
}

std::shared_ptr<const Fault> FaultPlan::Take(Fault::Path path) {
  const std::lock_guard lock(mutex_);
  if (pending_.empty()) return nullptr;
  std::shared_ptr<const Fault> taken;
  std::vector<Fault> left;
  for (Fault& fault : pending_) {
    bool is_spent = false;
    if (fault.path == path && fault.at > 1) {
      --fault.at;
    } else if (fault.path == path) {
      if (taken == nullptr) taken = std::make_shared<const Fault>(fault);
      is_spent = fault.count == 1;
      if (fault.count > 1) --fault.count;
    }
    if (!is_spent) left.push_back(std::move(fault));
  }
  pending_ = std::move(left);
  return taken;
}

std::vector<Fault> FaultPlan::Pending() const {
  const std::lock_guard lock(mutex_);
  return pending_;
}

void FaultPlan::Clear() {
  const std::lock_guard lock(mutex_);
  pending_.clear();
}

}  // namespace webex_gateway::sandbox
