// A program that is started with standard input, output or error closed must not reuse their numbers for something
// else: log output would be written into a ledger, or to a caller.
#pragma once

namespace webex_gateway {

// Occupies those of the three that are closed; reading or writing them fails as before. Call it first in main().
void HoldStandardStreams();

}  // namespace webex_gateway
