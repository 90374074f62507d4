// A program that is started with standard input, output or error closed must not give their numbers to something else:
// what is meant for a log would be written into a ledger, or to a caller.
#pragma once

namespace webex_gateway {

// Takes up those of the three that are closed; reading or writing them fails as before. First of all in main().
void HoldStandardStreams();

}  // namespace webex_gateway
