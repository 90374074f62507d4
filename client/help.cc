#include "client/help.h"

namespace webex_gateway::client {

const absl::string_view kOverviewHelp = R"(webexctl orders Webex workspaces for BroadWorks through webex-gateway.

Usage: webexctl <command> [flags]

  provision   order a workspace
  health      say whether the gateway is serving; fit for an exec probe
  help        explain a command: webexctl help provision
  --version   show the version

Example:
  webexctl health --address=127.0.0.1:50051

The environment may set the flags below as well, for example WEBEXCTL_ADDRESS; a flag given wins.

Exit codes:
  0     it went well
  1     health: the gateway answered that it is not serving
  2     the command line, or the order's file, is at fault; nothing was sent
  3     it went well, but the answer could not be written to standard output
  64+n  the call failed with gRPC code n, for example 70 ALREADY_EXISTS, 78 UNAVAILABLE
The exit code does not say the outcome of an order: read .error.outcome of --output=json.

)";

const absl::string_view kProvisionHelp = R"(webexctl provision orders a workspace and prints it as JSON.

Usage: webexctl provision [flags]

Examples:
  webexctl provision --provisioning_id=ZjViZjI4NjQtYzU4Mi00ZDVk --user_id=95547321@sp.com \
    --sp_enterprise_id=Reseller1+acme --display_name="Conference Room" \
    --primary_phone_number=+1-240-555-1212 --extension=51212

  webexctl provision --file=- <<'END'
  {
    "provisioningId": "ZjViZjI4NjQtYzU4Mi00ZDVk",
    "userId": "95547321@sp.com",
    "spEnterpriseId": "Reseller1+acme",
    "displayName": "Conference Room",
    "primaryPhoneNumber": "+1-240-555-1212",
    "extension": "51212"
  }
  END

If it fails, the error says whether the order took effect:
  not_applied  it did not; it may be ordered again
  unknown      it may have; look in Webex Control Hub before ordering again
The exit code does not say which: read .error.outcome of --output=json.

With --output=json a failed call prints one JSON object on standard output:
  {"error": {"code", "grpcCode", "reason", "outcome", "message", "retryAfterSeconds", "requestId",
             "webexTrackingId", "httpStatus", "attempts", "fieldViolations": [{"field", "description"}]}}
What is not known is left out. Faults of the command line are text on standard error, exit code 2.

)";

const absl::string_view kHealthHelp = R"(webexctl health says whether the gateway is serving.

Usage: webexctl health [flags]

Prints SERVING and exits with 0, or prints the other status and exits with 1. A gateway that cannot
be asked is an error: 64 + the gRPC code, so 78 where nothing listens.

Example, as the probe of a Kubernetes container:
  livenessProbe:
    exec:
      command: [webexctl, health, --address=127.0.0.1:50051]

)";

}  // namespace webex_gateway::client
