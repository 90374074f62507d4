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

// The faults that show beside the operation: what was found in Webex is not its own.
std::vector<FieldViolation> FaultsBeside(const Operation& operation,
                                         const webex::broadworks::v1::ResolveOperationRequest& request);

// A request without faults as the ledger takes it: the answer that goes on record is the workspace that was found, and
// what the ledger knows of the order; of a removal it is empty. `by`: who resolves.
Resolution ResolutionOf(const webex::broadworks::v1::ResolveOperationRequest& request, const Operation& operation,
                        const std::string& by);

}  // namespace webex_gateway
