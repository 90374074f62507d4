// Converts between the ledger's types and those of operations.proto, and validates requests without the ledger.
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

// A valid request in the ledger's form.
ListQuery ToQuery(const webex::broadworks::v1::ListOperationsRequest& request);

// Every fault of a request, according to operations.proto; fields have their JSON names.
std::vector<FieldViolation> FaultsOf(const webex::broadworks::v1::GetOperationRequest& request);
std::vector<FieldViolation> FaultsOf(const webex::broadworks::v1::ListOperationsRequest& request);
std::vector<FieldViolation> FaultsOf(const webex::broadworks::v1::ResolveOperationRequest& request);

// The faults that only a comparison with the operation shows: the finding is not about its workspace.
std::vector<FieldViolation> FaultsBeside(const Operation& operation,
                                         const webex::broadworks::v1::ResolveOperationRequest& request);

// A request without faults in the ledger's form: the recorded answer is the workspace that was found, completed with
// what the ledger knows of the order; for a removal it is empty. `by`: who resolves.
Resolution ResolutionOf(const webex::broadworks::v1::ResolveOperationRequest& request, const Operation& operation,
                        const std::string& by);

}  // namespace webex_gateway
