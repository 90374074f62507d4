// How webexctl shows orders on record. Every text is whole lines; text from servers is made printable first.
#pragma once

#include <cstddef>
#include <string>

#include "webex/broadworks/v1/operations.pb.h"

namespace webex_gateway::client {

struct TableShape {
  size_t columns = 0;  // at most; 0: as many as needed
  bool wide = false;   // all columns, whatever the width
};

// A header line and a line for each operation; the columns needed most come first. Empty if there is no operation.
// Times are in UTC.
std::string OperationTable(const webex::broadworks::v1::ListOperationsResponse& list, const TableShape& shape);

// Everything about one operation; if it is UNKNOWN, also what to do, which depends on its method.
std::string OperationText(const webex::broadworks::v1::Operation& operation);

// In protobuf's JSON form, with every field: an empty one as "", 0 or []; only empty messages are left out.
std::string OperationsJson(const webex::broadworks::v1::ListOperationsResponse& list);
std::string OperationJson(const webex::broadworks::v1::Operation& operation);

// A header line and a line of CSV for each.
std::string OperationsCsv(const webex::broadworks::v1::ListOperationsResponse& list);

// The number of orders for each reason, by the quarter of an hour in which they were ordered, the latest first.
std::string UnknownSummary(const google::protobuf::RepeatedPtrField<webex::broadworks::v1::Operation>& operations);
std::string UnknownSummaryJson(const google::protobuf::RepeatedPtrField<webex::broadworks::v1::Operation>& operations);

}  // namespace webex_gateway::client
