#include "client/help.h"

namespace webex_gateway::client {

const absl::string_view kOverviewHelp =
    R"(webexctl orders, changes and removes Webex workspaces for BroadWorks through webex-gateway.

Usage: webexctl <command> [flags]

  provision   order a workspace
  update      change a workspace
  remove      remove a workspace
  batch       do so for every row of a file
  operations  show what became of orders (list, get), settle those of which nobody knows (resolve)
  health      show whether the gateway is serving; fit for an exec probe
  completion  print what bash, zsh or fish needs to complete webexctl's words
  help        show what a command does: webexctl help provision
  version     show the version

Example:
  webexctl health --address=127.0.0.1:50051

The environment may set the flags below as well, for example WEBEXCTL_ADDRESS; a flag given wins.

Exit codes:
  0     it went well
  1     health: the gateway answered that it is not serving
  2     the command line, or the order's file, is at fault; nothing was sent
  3     it went well, but the answer could not be written to standard output
  4, 5, 130  batch: see webexctl help batch
  64+n  the call failed with gRPC code n, for example 70 ALREADY_EXISTS, 78 UNAVAILABLE
The exit code does not say the outcome of an order: read .error.outcome of --output=json.

)";

const absl::string_view kProvisionHelp = R"(webexctl provision orders a workspace and prints it as JSON.

Usage: webexctl provision [FILE] [flags]

FILE (- is standard input) is the order as the REST reference's JSON, as with --file; flags override its fields.
Set --request_id, always: a UUID of the order's own, kept and given again where the order is repeated.
Without one the gateway cannot know that a repeated call is the same order. Where none is given webexctl makes
one, and shows it on a terminal before the order leaves, and wherever it is interrupted (SIGINT, SIGTERM).

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
  not_applied  it did not; it may be ordered again
  unchanged    this call changed nothing; what an earlier one under the same --request_id did is not
               known here: order again with that --request_id, which is always safe
  unknown      it may have. Order again with the same --request_id for news: it is not sent twice. Where
               nobody knows (OUTCOME_UNKNOWN) look in Webex Control Hub, and settle it with webexctl
               operations resolve; or have it sent once more with the same --request_id and
               --if_unknown=repeat. As a new order it is refused until it is settled
With --if_unknown=repeat an order of which nobody knows what became is sent once more. Where Webex answers
that the user has a workspace, it counts as carried out: state ACCEPTED, no id. That rests on Webex
refusing a second workspace for a user id, which it documents for subscribers, and not for workspaces.
The exit code does not say which: read .error.outcome of --output=json.

With --output=json the workspace's object has, beside its own fields, "requestId", "webexTrackingId" and
"replayed" (the answer is that of an earlier call). A failed call prints one object on standard output:
  {"error": {"code", "grpcCode", "reason", "outcome", "message", "retryAfterSeconds", "requestId",
             "webexTrackingId", "httpStatus", "attempts", "fieldViolations": [{"field", "description"}],
             "earlierRequestId"}}
What is not known is left out. Faults of the command line are text on standard error, exit code 2.

)";

const absl::string_view kUpdateHelp = R"(webexctl update changes a workspace and prints it as JSON.

Usage: webexctl update [FILE] --workspace_id=ID [flags]

What is not given stays as it is. What is given and empty (--extension=) is sent to Webex as an empty
text. At least one of user id, primary phone number and extension is needed. Set --request_id, always,
as for 'webexctl help provision'.

Examples:
  webexctl update --request_id=0d4f4d52-6a3f-4a0e-8d7b-0a54c3c1a1f2 \
    --workspace_id=Y2lzY29zcGFyazovL3VzL1BMQUNFLzE --extension=51213

  webexctl update --workspace_id=Y2lzY29zcGFyazovL3VzL1BMQUNFLzE --file=- <<'END'
  {"requestId": "7c1f6a0b-93a5-4c53-b0d2-51b1f3f0f6de",
   "userId": "95547322@sp.com", "primaryPhoneNumber": "+1-240-555-1213"}
  END

If it fails, the error says whether the update took effect, in the words of 'webexctl help provision'.
Where that is unknown, repeat the same update with the same --request_id, which is safe: it is sent again
unless its result is known by then. With --output=json the same objects are printed as there.

)";

const absl::string_view kRemoveHelp = R"(webexctl remove removes a workspace and prints {}.

Usage: webexctl remove --workspace_id=ID [flags]

Set --request_id, always, as for 'webexctl help provision'.

Example:
  webexctl remove --request_id=c3a9f0de-55c0-4b7e-8a43-9fd2c6c1b7a5 \
    --workspace_id=Y2lzY29zcGFyazovL3VzL1BMQUNFLzE

If it fails, the error says whether the removal took effect, in the words of 'webexctl help provision'.
Where that is unknown, repeat the same removal with the same --request_id, which is safe: it is sent again
unless its result is known by then, and goes well where the workspace is gone. With --output=json the order's
ids are printed in place of {}, and a failed call prints the same object as there.

A workspace that Webex does not know is NOT_FOUND (exit code 69): it may have been removed before.

)";

const absl::string_view kBatchHelp =
    R"(webexctl batch sends every order of a file, each once, however often it is run.

Usage: webexctl batch FILE [flags]

FILE (- is standard input) is CSV with a header of the REST reference's names, JSON Lines, or a JSON array:
  provisioningId,userId,spEnterpriseId,displayName,primaryPhoneNumber,extension
An optional column 'action' says provision (the default), update or remove; the latter two need
'workspaceId'. An empty cell is not given. CSV may have commas, semicolons or tabs, as UTF-8 or UTF-16.

Examples:
  webexctl batch rooms.csv --dry_run
  webexctl batch rooms.csv --set=provisioningId=ZjViZjI4NjQtYzU4Mi00ZDVk --set=spEnterpriseId=Reseller1+acme

The file is checked whole before anything is sent; every fault is shown with its line (exit code 2).
Then its orders are sent, --in_flight at a time. The results are a CSV: line, requestId, outcome (applied,
not_applied, unchanged, unknown or not_sent), code, reason, workspaceId, webexTrackingId, message.

Run it again after a Ctrl-C, a crash or a reboot: what is done is answered from the gateway's record, what
failed is tried again, what is unknown is shown; with --if_unknown=repeat it is sent once more, on what
'webexctl help provision' says. For a row's request id follows from its content, unless a
column 'requestId' has one; so a row that is changed is a new order. The record is kept for the gateway's
--ledger_retention; after that Webex itself refuses a user who has a workspace (WEBEX_ALREADY_EXISTS).
To order the same once more within that time (provision, remove, provision), give the rows a requestId.

In the end what went wrong is shown by its reason, with the next step. With --output=json that is one object
on standard output:
  {"applied", "refused", "unknown", "notSent", "results", "stopped",
   "reasons": [{"end", "reason", "count", "lines", "message", "next"}]}

Ctrl-C once: no more orders begin, those under way end. Twice: it ends at once. Both lose nothing.

Exit codes:
  0     every order is applied
  2     the command line or the file is at fault; nothing was sent
  3     the results could not be written; what was sent is on record
  4     some orders were refused, or not sent; none is unknown
  5     of some orders nobody knows what became
  130   stopped by Ctrl-C; none is unknown
  64+n  the gateway could not be asked, gRPC code n: 78 where it cannot be reached

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
  SUCCEEDED  Webex took it
  FAILED     it had no effect; it may be ordered again
  UNKNOWN    it may have had an effect. To provision: no other order for the same user is sent until you
             resolve it. An update or a removal holds nothing back, and whoever ordered it may repeat it
             under its request id

Where some orders to provision are UNKNOWN:
  1. webexctl operations list --state=unknown --method=provision
  2. Look for each user in Webex Control Hub. 'webexctl operations get' shows what is known.
  3. webexctl operations resolve REQUEST_ID ..., with what you found.
Where they are many: webexctl operations summary, then webexctl operations resolve --from=FILE with an
export of Control Hub's workspaces. Or whoever ordered them has them sent once more (--if_unknown=repeat).

Each has help of its own, for example webexctl help operations resolve.

)";

const absl::string_view kListHelp = R"(webexctl operations list shows the orders on record, the newest first.

Usage: webexctl operations list [flags]

Examples:
  webexctl operations list --state=unknown --method=provision
  webexctl operations list --sp_enterprise_id=Reseller1+acme --user_id=95547321@sp.com
  webexctl operations list --workspace_id=Y2lzY29zcGFyazovL3VzL1BMQUNFLzE
  webexctl operations list --state=unknown --output=json | jq -r '.operations[].requestId'

Each order takes one line; times are in UTC. A terminal shows the columns that fit: --wide shows all, and
'webexctl operations get' all of one. With --output=csv it is CSV, with all. With --output=json it is
  {"operations": [...], "nextPageToken"}
the operations as in proto/webex/broadworks/v1/operations.proto, without their workspaces; the token, for
--page_token, is "" unless there are more than --limit.
Of several conditions all are to be met.

)";

const absl::string_view kSummaryHelp =
    R"(webexctl operations summary counts the orders to provision that are UNKNOWN.

Usage: webexctl operations summary [flags]

Each line counts those that were ordered within a quarter of an hour and have one reason, the latest first;
times are in UTC. 'webexctl operations list --state=unknown --method=provision --reason=REASON --since=TIME'
shows them. With --output=json it is {"groups": [{"orderedSince", "reason", "orders"}, ...]}.

)";

const absl::string_view kGetHelp = R"(webexctl operations get shows one order on record, with its workspace.

Usage: webexctl operations get REQUEST_ID [flags]

Example:
  webexctl operations get 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11

The id is what the order was given as --request_id, or what webexctl showed when it was ordered. An order that
has ended is kept for the gateway's --ledger_retention, so one that is not on record (exit code 69)
may have been carried out all the same.

)";

const absl::string_view kResolveHelp =
    R"(webexctl operations resolve settles an order that is UNKNOWN, once you have looked in Webex.

Usage: webexctl operations resolve REQUEST_ID --applied [--workspace_id=ID] --note=TEXT [flags]
       webexctl operations resolve REQUEST_ID --not_applied --note=TEXT [flags]
       webexctl operations resolve --from=FILE [--absent_is_not_applied] [--yes --note=TEXT] [flags]

Examples:
  webexctl operations resolve 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11 \
    --applied --workspace_id=Y2lzY29zcGFyazovL3VzL1BMQUNFLzE --note="in Control Hub, made 02:14 UTC"

  webexctl operations resolve 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11 \
    --not_applied --note="no such user in Control Hub at 03:10 UTC"

--applied: from then on the order, sent again with its request id, is answered from the record. To
provision, --workspace_id is needed and names the workspace; of an update or a removal it is known.
--not_applied: it may be sent again. Be sure, above all of an order to provision: if the workspace exists
after all, there may be two. It is refused as long as the gateway that claimed the order may still send it
('Sends until' of 'webexctl operations get'), unless --gateway_is_gone says that this gateway has
certainly ended.
Either way other orders for the user are no longer held back. Recorded are the note (name no more of a
person in it than it takes) and who you are, by the certificate that you call with.

An update or a removal that is UNKNOWN need not be resolved: repeated under its request id it is sent again,
and then known.

If the answer is lost, the word may be on record all the same: see 'webexctl operations get'.

--from=FILE settles many orders to provision at once. FILE is a CSV of the workspaces that exist, as
Webex Control Hub exports them, with a line of headings; --user_id_column and --workspace_id_column name the
two columns that count. User ids are compared as the gateway compares them: without regard to letter case
and outer white space.
  its user has one workspace in FILE    applied, with that workspace
  its user is not in FILE               left; with --absent_is_not_applied not applied, if the file was exported
                                        --older_than after 'Sends until' at the earliest
  anything else                         left for a person: several workspaces, no id, a workspace that Webex
                                        named, orders of several enterprises for one user
Standard output gets a line of CSV for each order: what would become of it. Nothing is resolved without
--yes; then each is recorded with the note and who you are. --absent_is_not_applied is only for a file that holds
every workspace there is: an order that is wrongly resolved so may be sent again.

Example:
  webexctl operations resolve --from=workspaces.csv --user_id_column='BroadWorks User ID' \
    --absent_is_not_applied
  webexctl operations resolve --from=workspaces.csv --user_id_column='BroadWorks User ID' \
    --absent_is_not_applied --yes --note="Control Hub's export of 03:40 UTC, after the outage"

)";

const absl::string_view kHealthHelp = R"(webexctl health shows whether the gateway is serving.

Usage: webexctl health [flags]

Prints SERVING and exits with 0, or prints the other status and exits with 1. A gateway that cannot
be asked is an error: 64 + the gRPC code, so 78 where nothing listens.

Example, as the probe of a Kubernetes container:
  livenessProbe:
    exec:
      command: [webexctl, health, --address=127.0.0.1:50051]

)";

const absl::string_view kCompletionHelp =
    R"TEXT(webexctl completion prints what a shell needs to complete webexctl's commands and flags.

Usage: webexctl completion bash|zsh|fish

For good (bash needs its package bash-completion for that):
  webexctl completion bash > /etc/bash_completion.d/webexctl
  webexctl completion zsh > /usr/local/share/zsh/site-functions/_webexctl
  webexctl completion fish > ~/.config/fish/completions/webexctl.fish
For this shell alone:
  eval "$(webexctl completion bash)"     # or zsh
  webexctl completion fish | source

)TEXT";

const absl::string_view kVersionHelp = R"(webexctl version shows the version.

Usage: webexctl version

)";

}  // namespace webex_gateway::client
