#include "server/ledger/earlier_versions.h"

#include <cstdint>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace webex_gateway {

void AddWorkspaceId(Operation& operation) {
  using google::protobuf::internal::WireFormatLite;
  constexpr uint32_t kId = WireFormatLite::MakeTag(1, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  if (operation.repeatable || !operation.workspace_id.empty() || !operation.ending.answer) return;
  const std::string& answer = *operation.ending.answer;
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(answer.data()),
                                                static_cast<int>(answer.size()));
  uint32_t size = 0;
  const bool has_id = stream.ReadTag() == kId && stream.ReadVarint32(&size);
  if (!has_id || !stream.ReadString(&operation.workspace_id, static_cast<int>(size))) operation.workspace_id.clear();
}

}  // namespace webex_gateway
