// Between the ledger's words and those of operations.proto; and what can be told of a request without the ledger.
#pragma once

#include <vector>

#include "server/base/error.h"
#include "server/ledger/ledger.h"
#include "webex/broadworks/v1/operations.pb.h"

namespace webex_gateway {

enum class WorkspaceShown { kNo, kYes };
webex::broadworks::v1::Operation ToMessage(const Operation& operation, WorkspaceShown shown);

// The state's name in the contract, for example "UNKNOWN".
const std::string& NameOf(OperationState state);

// A valid request as the ledger takes it.
ListQuery ToQuery(const webex::broadworks::v1::ListOperationsRequest& request);

// Every fault of a request, by what operations.proto says of it; fields are named as JSON names them.
std::vector<FieldViolation> FaultsOf(const webex::broadworks::v1::GetOperationRequest& request);
std::vector<FieldViolation> FaultsOf(const webex::broadworks::v1::ListOperationsRequest& request);
std::vector<FieldViolation> FaultsOf(const webex::broadworks::v1::ResolveOperationRequest& request);

// Where `applied` names another enterprise or user than the operation's.
std::vector<FieldViolation> Contradictions(const webex::broadworks::v1::Workspace& applied, const Operation& operation);

// The workspace that goes on record: `applied`, and what the ledger knows of the order.
webex::broadworks::v1::Workspace Completed(webex::broadworks::v1::Workspace applied, const Operation& operation);

}  // namespace webex_gateway
