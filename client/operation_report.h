// What webexctl says of orders on record. Every text is whole lines; text from servers is made printable first.
#pragma once

#include <string>

#include "webex/broadworks/v1/operations.pb.h"

namespace webex_gateway::client {

// Two lines for each operation below two of headings, so that what matters is seen on 100 columns; another for what
// workspace it is about, where that is known, and until when it may be sent. Empty where there is no operation. Times
// are in UTC.
std::string OperationTable(const webex::broadworks::v1::ListOperationsResponse& list);

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
