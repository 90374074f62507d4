// What webexctl says of orders on record. Every text is whole lines; text from servers is made printable first.
#pragma once

#include <cstddef>
#include <string>

#include "webex/broadworks/v1/operations.pb.h"

namespace webex_gateway::client {

struct TableShape {
  size_t columns = 0;  // at most; 0: as many as it takes
  bool wide = false;   // all that is known, in as many columns as it takes
};

// A line for each operation, below one of headings; what is looked for most comes first. Empty where there is no
// operation. Times are in UTC.
std::string OperationTable(const webex::broadworks::v1::ListOperationsResponse& list, const TableShape& shape);

// All of one operation; where it is UNKNOWN, also what to do, which depends on its method.
std::string OperationText(const webex::broadworks::v1::Operation& operation);

// As protobuf's JSON has them, with every field: an empty one as "", 0 or [], but for messages, which are left out.
std::string OperationsJson(const webex::broadworks::v1::ListOperationsResponse& list);
std::string OperationJson(const webex::broadworks::v1::Operation& operation);

// A line of CSV for each, below one of headings.
std::string OperationsCsv(const webex::broadworks::v1::ListOperationsResponse& list);

// How many there are of each reason, by the quarter of an hour in which they were ordered, the latest first.
std::string UnknownSummary(const google::protobuf::RepeatedPtrField<webex::broadworks::v1::Operation>& operations);
std::string UnknownSummaryJson(const google::protobuf::RepeatedPtrField<webex::broadworks::v1::Operation>& operations);

}  // namespace webex_gateway::client
