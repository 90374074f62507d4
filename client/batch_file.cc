#include "client/batch_file.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/content_id.h"
#include "server/base/user_name.h"
#include "server/base/validate.h"

namespace webex_gateway::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::RemoveWorkspaceRequest;
using webex::broadworks::v1::UpdateWorkspaceRequest;

constexpr char kAction[] = "action";

Message& RequestOf(BatchOrder& order) {
  return std::visit([](auto& request) -> Message& { return request; }, order.request);
}

const FieldDescriptor* FieldNamed(const Message& request, const std::string& json_name) {
  const google::protobuf::Descriptor& type = *request.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == json_name) return type.field(i);
  }
  return nullptr;
}

class Reader {
 public:
  explicit Reader(const std::map<std::string, std::string>& set) : set_(set) {}

  BatchFile Read(absl::string_view text) {
    ReadBatchRows(text, RequiredColumns(), [this](BatchRow row) { Take(std::move(row)); }, file_.faults);
    if (file_.orders.empty() && file_.faults.empty()) file_.faults.push_back({1, "it contains no order"});
    std::stable_sort(file_.faults.begin(), file_.faults.end(),
                     [](const BatchFault& a, const BatchFault& b) { return a.line < b.line; });
    return std::move(file_);
  }

 private:
  // For a file whose rows are all orders to provision.
  std::vector<std::string> RequiredColumns() const {
    std::vector<std::string> columns;
    if (set_.count(kAction) > 0) return columns;
    for (const webex_gateway::FieldViolation& missing : Validate(ProvisionWorkspaceRequest())) {
      if (set_.count(missing.field) == 0) columns.push_back(missing.field);
    }
    return columns;
  }

  void Take(BatchRow row) {
    for (const auto& [name, value] : set_) row.fields[name] = value;
    BatchOrder order{.line = row.line};
    if (!TakeAction(row, order)) return;
    const size_t before = file_.faults.size();
    Message& request = RequestOf(order);
    for (auto& [name, value] : row.fields) Set(row.line, order.kind(), request, name, std::move(value));
    Check(order, request);
    if (file_.faults.size() > before) return;
    const FieldDescriptor& id = *FieldNamed(request, "requestId");
    const std::string given = order.request_id();
    request.GetReflection()->SetString(
        &request, &id, given.empty() ? ContentId(order.kind().method, request) : absl::AsciiStrToLower(given));
    CheckRepeats(order);
    file_.orders.push_back(std::move(order));
  }

  bool TakeAction(BatchRow& row, BatchOrder& order) {
    const auto given = row.fields.find(kAction);
    const std::string action =
        given == row.fields.end() ? std::string(kProvision.command) : absl::AsciiStrToLower(given->second);
    if (given != row.fields.end()) row.fields.erase(given);
    if (action == kUpdate.command) {
      order.request = UpdateWorkspaceRequest();
    } else if (action == kRemoval.command) {
      order.request = RemoveWorkspaceRequest();
    } else if (action != kProvision.command) {
      Fault(row.line, "action: must be provision, update or remove");
      return false;
    }
    return true;
  }

  void Set(size_t line, const OrderKind& kind, Message& request, const std::string& name, std::string value) {
    const FieldDescriptor* field = FieldNamed(request, name);
    if (field == nullptr) {
      // --set applies to every row that can have the column.
      if (set_.count(name) == 0) Fault(line, absl::StrCat(name, ": ", kind.a_noun, " has none"));
      return;
    }
    request.GetReflection()->SetString(&request, field, std::move(value));
  }

  void Check(const BatchOrder& order, const Message& request) {
    for (const webex_gateway::FieldViolation& fault : Validate(request)) {
      Fault(order.line, absl::StrCat(fault.field, ": ", fault.description));
    }
    const auto* update = std::get_if<UpdateWorkspaceRequest>(&order.request);
    const bool changes_nothing =
        update != nullptr && !update->has_user_id() && !update->has_primary_phone_number() && !update->has_extension();
    if (changes_nothing) Fault(order.line, "an update needs userId, primaryPhoneNumber or extension");
  }

  void CheckRepeats(const BatchOrder& order) {
    if (const auto* provision = std::get_if<ProvisionWorkspaceRequest>(&order.request)) {
      CheckRepeat(
          order.line, "the same enterprise and user",
          absl::StrCat("user\n", FoldedName(provision->sp_enterprise_id()), "\n", FoldedName(provision->user_id())));
    } else {
      const auto* update = std::get_if<UpdateWorkspaceRequest>(&order.request);
      const std::string& workspace =
          update != nullptr ? update->workspace_id() : std::get<RemoveWorkspaceRequest>(order.request).workspace_id();
      CheckRepeat(order.line, "the same workspace", absl::StrCat("workspace\n", workspace));
    }
    CheckRepeat(order.line, "the same request id", absl::StrCat("id\n", order.request_id()));
  }

  void CheckRepeat(size_t line, const char* what, std::string key) {
    const auto [first, is_new] = seen_.try_emplace(std::move(key), line);
    if (!is_new) Fault(line, absl::StrCat(what, " as in line ", first->second));
  }

  void Fault(size_t line, std::string text) { file_.faults.push_back({line, std::move(text)}); }

  const std::map<std::string, std::string>& set_;
  std::unordered_map<std::string, size_t> seen_;  // the line of each user, workspace and request id
  BatchFile file_;
};

}  // namespace

const OrderKind& BatchOrder::kind() const {
  const OrderKind* const kinds[] = {&kProvision, &kUpdate, &kRemoval};
  return *kinds[request.index()];
}

const std::string& BatchOrder::request_id() const {
  return std::visit([](const auto& held) -> const std::string& { return held.request_id(); }, request);
}

BatchFile ReadBatchFile(absl::string_view text, const std::map<std::string, std::string>& set) {
  return Reader(set).Read(text);
}

}  // namespace webex_gateway::client
