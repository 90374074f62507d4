#include "client/help.h"

namespace webex_gateway::client {

const absl::string_view kOverviewHelp =
    R"(webexctl orders, changes and removes Webex workspaces for BroadWorks through webex-gateway.

Usage: webexctl <command> [flags]

  provision   order a workspace
  update      change a workspace
  remove      remove a workspace
  batch       order, change or remove a workspace for every row of a file
  operations  show what became of orders (list, summary, get), resolve those whose outcome is unknown (resolve)
  health      show whether the gateway is serving, for scripts
  completion  print a completion script for bash, zsh or fish
  help        show what a command does: webexctl help provision
  version     show the version

Example:
  webexctl health --address=127.0.0.1:50051

The flags below can also be set in the environment, for example WEBEXCTL_ADDRESS; a given flag takes precedence.

Exit codes:
  0     success
  1     health: the gateway answered that it is not serving
  2     the command line or the order's file is invalid; nothing was sent
  3     success, but the answer could not be written to standard output
  4, 5, 130  batch: see webexctl help batch
  64+n  the call failed with gRPC code n, for example 70 ALREADY_EXISTS, 78 UNAVAILABLE
The exit code does not show the outcome of an order: read .error.outcome of --output=json.

)";

const absl::string_view kProvisionHelp = R"(webexctl provision orders a workspace and prints it as JSON.

Usage: webexctl provision [FILE] [flags]

FILE (- is standard input) is the order in the JSON of Webex's REST reference, as with --file; flags override
its fields. Always set --request_id: a UUID for this order, which you keep and give again to repeat the order.
Without it the gateway cannot recognise a repeated call as the same order. If none is given, webexctl creates
one, and prints it before the order leaves (on a terminal), and when it is interrupted (SIGINT, SIGTERM).

Examples:
  webexctl provision --request_id=6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11 \
    --provisioning_id=ZjViZjI4NjQtYzU4Mi00ZDVk --user_id=95547321@sp.com \
    --sp_enterprise_id=Reseller1+acme --display_name="Conference Room" \
    --primary_phone_number=+1-240-555-1212 --extension=51212

  webexctl provision --file=- <<'END'
  {
    "requestId": "6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11",
    "provisioningId": "ZjViZjI4NjQtYzU4Mi00ZDVk",
    "userId": "95547321@sp.com",
    "spEnterpriseId": "Reseller1+acme",
    "displayName": "Conference Room",
    "primaryPhoneNumber": "+1-240-555-1212",
    "extension": "51212"
  }
  END

If it fails, the error says whether the order took effect:
  not_applied  it did not; you may order again
  unchanged    this call changed nothing, but whether an earlier one with the same --request_id did is not known
               here: order again with that --request_id, which is always safe
  unknown      it may have. Repeat the order with the same --request_id to learn its outcome: it is not sent twice.
               If the outcome stays unknown (OUTCOME_UNKNOWN), look in Webex Control Hub and resolve the order with
               webexctl operations resolve, or have it sent once more with the same --request_id and
               --if_unknown=repeat. Until it is resolved, a new order for the user is refused
With --if_unknown=repeat, an order whose outcome is unknown is sent once more. If Webex answers that the user has
a workspace, the order counts as carried out: state ACCEPTED, no id. This relies on Webex refusing a second
workspace for a user id, which it documents for subscribers, but not for workspaces.
The exit code does not show the outcome: read .error.outcome of --output=json.

With --output=json, the workspace's object also contains "requestId", "webexTrackingId" and "replayed" (the answer
is that of an earlier call). A failed call prints one object on standard output:
  {"error": {"code", "grpcCode", "reason", "outcome", "message", "retryAfterSeconds", "requestId",
             "webexTrackingId", "httpStatus", "attempts", "fieldViolations": [{"field", "description"}],
             "earlierRequestId"}}
Unknown members are left out. Errors in the command line are printed as text on standard error, exit code 2.

)";

const absl::string_view kUpdateHelp = R"(webexctl update changes a workspace and prints it as JSON.

Usage: webexctl update [FILE] --workspace_id=ID [flags]

Fields that are not given stay unchanged. A field given as empty (--extension=) is sent to Webex as an empty
text. At least one of user id, primary phone number and extension is required. Always set --request_id; see
'webexctl help provision'.

Examples:
  webexctl update --request_id=0d4f4d52-6a3f-4a0e-8d7b-0a54c3c1a1f2 \
    --workspace_id=Y2lzY29zcGFyazovL3VzL1BMQUNFLzE --extension=51213

  webexctl update --workspace_id=Y2lzY29zcGFyazovL3VzL1BMQUNFLzE --file=- <<'END'
  {"requestId": "7c1f6a0b-93a5-4c53-b0d2-51b1f3f0f6de",
   "userId": "95547322@sp.com", "primaryPhoneNumber": "+1-240-555-1213"}
  END

If it fails, the error says whether the update took effect, as described in 'webexctl help provision'. If that
is unknown, repeat the same update with the same --request_id, which is safe: it is sent again unless its result
is known by then. --output=json prints the same objects as for 'provision'.

)";

const absl::string_view kRemoveHelp = R"(webexctl remove removes a workspace and prints {}.

Usage: webexctl remove --workspace_id=ID [flags]

Always set --request_id; see 'webexctl help provision'.

Example:
  webexctl remove --request_id=c3a9f0de-55c0-4b7e-8a43-9fd2c6c1b7a5 \
    --workspace_id=Y2lzY29zcGFyazovL3VzL1BMQUNFLzE

If it fails, the error says whether the removal took effect, as described in 'webexctl help provision'. If that
is unknown, repeat the same removal with the same --request_id, which is safe: it is sent again unless its result
is known by then, and succeeds if the workspace is gone. --output=json prints the order's ids instead of {}, and
for a failed call the same object as for 'provision'.

A workspace that Webex does not know is NOT_FOUND (exit code 69): it may have been removed before.

)";

const absl::string_view kBatchHelp =
    R"(webexctl batch sends every order in a file, each only once, however often it is run.

Usage: webexctl batch FILE [flags]

FILE (- is standard input) is CSV whose header has the REST reference's names, JSON Lines, or a JSON array:
  provisioningId,userId,spEnterpriseId,displayName,primaryPhoneNumber,extension
An optional column 'action' contains provision (the default), update or remove; the latter two need
'workspaceId'. An empty cell counts as not given. CSV may be separated by commas, semicolons or tabs, in UTF-8 or
UTF-16.

Examples:
  webexctl batch rooms.csv --dry_run
  webexctl batch rooms.csv --set=provisioningId=ZjViZjI4NjQtYzU4Mi00ZDVk --set=spEnterpriseId=Reseller1+acme

The whole file is checked before anything is sent; every error is shown with its line (exit code 2).
Then its orders are sent, --in_flight at a time. The results are written as CSV: line, requestId, outcome (applied,
not_applied, unchanged, unknown or not_sent), code, reason, workspaceId, webexTrackingId, message.

Run it again after Ctrl-C, a crash or a reboot: completed orders are answered from the gateway's record, failed
orders are tried again, and unknown orders are reported, or sent once more with --if_unknown=repeat, with the risk
described in 'webexctl help provision'. This works because a row's request id is derived from its content, unless a
column 'requestId' contains one; so a changed row is a new order. The gateway keeps the record for its
--ledger_retention; after that Webex itself refuses a user who has a workspace (WEBEX_ALREADY_EXISTS). To order the
same again within that time (provision, remove, provision), give the rows a requestId.

At the end, failures are listed by reason, with the next step. With --output=json this is one object on standard
output:
  {"applied", "refused", "unknown", "notSent", "results", "stopped",
   "reasons": [{"end", "reason", "count", "lines", "message", "next"}]}

Ctrl-C once: no more orders begin, and those under way finish. Twice: it ends at once. Neither loses anything.

Exit codes:
  0     every order is applied
  2     the command line or the file is invalid; nothing was sent
  3     the results could not be written; the orders that were sent are on record
  4     some orders were refused or not sent; none is unknown
  5     the outcome of some orders is unknown
  130   stopped by Ctrl-C; none is unknown
  64+n  the call to the gateway failed with gRPC code n: 78 if it cannot be reached

)";

const absl::string_view kOperationsHelp = R"(webexctl operations shows the orders that the gateway has on record.

Usage: webexctl operations list [flags]
       webexctl operations summary [flags]
       webexctl operations get REQUEST_ID [flags]
       webexctl operations resolve REQUEST_ID --applied --workspace_id=ID --note=TEXT [flags]
       webexctl operations resolve REQUEST_ID --not_applied --note=TEXT [flags]
       webexctl operations resolve --from=FILE [--absent_is_not_applied] [--yes --note=TEXT] [flags]

An order (to provision, update or remove a workspace) is in one of these states:
  IN_FLIGHT  on its way to Webex
  SUCCEEDED  Webex accepted it
  FAILED     it had no effect; it may be ordered again
  UNKNOWN    it may have had an effect. If it is to provision, no other order for the same user is sent until you
             resolve it. An update or a removal blocks nothing, and whoever ordered it may repeat it with its
             request id

If some orders to provision are UNKNOWN:
  1. webexctl operations list --state=unknown --method=provision
  2. Look for each user in Webex Control Hub. 'webexctl operations get' shows what is known.
  3. webexctl operations resolve REQUEST_ID ..., with what you found.
If there are many: webexctl operations summary, then webexctl operations resolve --from=FILE with an export of
Control Hub's workspaces. Or whoever ordered them may have them sent once more (--if_unknown=repeat).

Each command has its own help, for example webexctl help operations resolve.

)";

const absl::string_view kListHelp = R"(webexctl operations list shows the orders on record, the newest first.

Usage: webexctl operations list [flags]

Examples:
  webexctl operations list --state=unknown --method=provision
  webexctl operations list --sp_enterprise_id=Reseller1+acme --user_id=95547321@sp.com
  webexctl operations list --workspace_id=Y2lzY29zcGFyazovL3VzL1BMQUNFLzE
  webexctl operations list --state=unknown --output=json | jq -r '.operations[].requestId'

Each order takes one line; times are in UTC. A terminal shows the columns that fit: --wide shows all, and
'webexctl operations get' shows everything about one order. --output=csv prints CSV with all columns.
--output=json prints
  {"operations": [...], "nextPageToken"}
with the operations as in proto/webex/broadworks/v1/operations.proto, without their workspaces; the token, for
--page_token, is "" unless there are more than --limit.
With several conditions, only orders that meet all of them are listed.

)";

const absl::string_view kSummaryHelp =
    R"(webexctl operations summary counts the orders to provision that are UNKNOWN.

Usage: webexctl operations summary [flags]

Each line counts the orders of one quarter of an hour that have the same reason, the latest first; times are in
UTC. To list the orders:
  webexctl operations list --state=unknown --method=provision --reason=REASON --since=TIME
--output=json prints {"groups": [{"orderedSince", "reason", "orders"}, ...]}.

)";

const absl::string_view kGetHelp = R"(webexctl operations get shows one order on record, with its workspace.

Usage: webexctl operations get REQUEST_ID [flags]

Example:
  webexctl operations get 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11

The id is the order's --request_id, or the one that webexctl printed when it was ordered. A completed order
is kept for the gateway's --ledger_retention, so an order that is not on record (exit code 69) may nevertheless
have been carried out.

)";

const absl::string_view kResolveHelp =
    R"(webexctl operations resolve records what you found out in Webex about an order that is UNKNOWN.

Usage: webexctl operations resolve REQUEST_ID --applied [--workspace_id=ID] --note=TEXT [flags]
       webexctl operations resolve REQUEST_ID --not_applied --note=TEXT [flags]
       webexctl operations resolve --from=FILE [--absent_is_not_applied] [--yes --note=TEXT] [flags]

Examples:
  webexctl operations resolve 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11 \
    --applied --workspace_id=Y2lzY29zcGFyazovL3VzL1BMQUNFLzE --note="in Control Hub, created 02:14 UTC"

  webexctl operations resolve 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11 \
    --not_applied --note="no such user in Control Hub at 03:10 UTC"

--applied: from then on the order, repeated with its request id, is answered from the record. For an order to
provision, --workspace_id is required and names the workspace; for an update or a removal it is known.
--not_applied: the order may be sent again. Be certain, above all with an order to provision: if the workspace
exists after all, there may be two. It is refused as long as the gateway that claimed the order may still send
it ('Sends until' in 'webexctl operations get'), unless --gateway_is_gone states that this gateway has certainly
ended.
Either way, other orders for the user are no longer blocked. The note is recorded (include no more personal data
than necessary), and so is your identity, taken from the certificate that you call with. Through a unix socket
(kubectl exec), or without TLS, nobody is named: begin the note with your name.

An update or a removal that is UNKNOWN need not be resolved: repeated with its request id it is sent again, and its
outcome is then known.

If the answer is lost, the resolution may be on record nevertheless: see 'webexctl operations get'.

--from=FILE resolves many orders to provision at once. FILE is a CSV of the workspaces that exist, as
Webex Control Hub exports them, with a header line; --user_id_column and --workspace_id_column name the two columns
that are read. User ids are compared as the gateway compares them: ignoring letter case and surrounding white space.
  its user has one workspace in FILE    applied, with that workspace
  its user is not in FILE               left; with --absent_is_not_applied not applied, if the file was exported
                                        at least --older_than after 'Sends until'
  anything else                         left for a person: several workspaces, no id, a workspace that Webex
                                        named, orders from several enterprises for one user
Standard output gets a line of CSV for each order: how it would be resolved. Nothing is resolved without
--yes; with it, each resolution is recorded with the note and your identity. Use --absent_is_not_applied only with a
file that contains every existing workspace: an order that is wrongly resolved this way may be sent again.

Example:
  webexctl operations resolve --from=workspaces.csv --user_id_column='BroadWorks User ID' \
    --absent_is_not_applied
  webexctl operations resolve --from=workspaces.csv --user_id_column='BroadWorks User ID' \
    --absent_is_not_applied --yes --note="Control Hub's export of 03:40 UTC, after the outage"

)";

const absl::string_view kHealthHelp = R"(webexctl health shows whether the gateway is serving.

Usage: webexctl health [flags]

Prints SERVING and exits with 0, or prints the other status and exits with 1. A gateway that cannot
be reached is an error: exit code 64 + the gRPC code, so 78 if nothing listens there.

Example, in a shell script:
  until webexctl health --address=127.0.0.1:50051; do sleep 1; done

For the probes of Kubernetes use the gateway's admin port instead: /livez for liveness, /readyz for readiness.

)";

const absl::string_view kCompletionHelp =
    R"TEXT(webexctl completion prints a script with which a shell completes webexctl's commands and flags.

Usage: webexctl completion bash|zsh|fish

Permanently (bash needs its package bash-completion):
  webexctl completion bash > /etc/bash_completion.d/webexctl
  webexctl completion zsh > /usr/local/share/zsh/site-functions/_webexctl
  webexctl completion fish > ~/.config/fish/completions/webexctl.fish
For this shell only:
  eval "$(webexctl completion bash)"     # or zsh
  webexctl completion fish | source

)TEXT";

const absl::string_view kVersionHelp = R"(webexctl version shows the version.

Usage: webexctl version

)";

}  // namespace webex_gateway::client
