#include "client/cli_flags.h"

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/batch_rows.h"
#include "client/order_kind.h"
#include "client/text.h"
#include "server/base/host_port.h"
#include "server/base/utf8.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::Operation;
using webex::broadworks::v1::ProvisionWorkspaceRequest;

// Text that may be absent. Abseil's std::optional flags cannot distinguish absent from empty.
struct MaybeText {
  std::optional<std::string> text;
};

bool AbslParseFlag(absl::string_view in, MaybeText* out, std::string* error) {
  if (!IsUtf8(in)) {
    *error = "not UTF-8";
    return false;
  }
  out->text = std::string(in);
  return true;
}

std::string AbslUnparseFlag(const MaybeText& flag) { return flag.text.value_or(""); }

struct StateFilter {
  Operation::State state = Operation::STATE_UNSPECIFIED;
};

bool AbslParseFlag(absl::string_view in, StateFilter* out, std::string* error) {
  if (in == "any") {
    out->state = Operation::STATE_UNSPECIFIED;
    return true;
  }
  if (Operation::State_Parse(absl::AsciiStrToUpper(in), &out->state) && out->state != Operation::STATE_UNSPECIFIED) {
    return true;
  }
  *error = "unknown, in_flight, succeeded, failed or any";
  return false;
}

std::string AbslUnparseFlag(const StateFilter& filter) {
  if (filter.state == Operation::STATE_UNSPECIFIED) return "any";
  return absl::AsciiStrToLower(Operation::State_Name(filter.state));
}

struct IfUnknown {
  ProvisionWorkspaceRequest::IfUnknown value = ProvisionWorkspaceRequest::IF_UNKNOWN_UNSPECIFIED;
};

bool AbslParseFlag(absl::string_view in, IfUnknown* out, std::string* error) {
  if (ProvisionWorkspaceRequest::IfUnknown_Parse(absl::AsciiStrToUpper(in), &out->value) &&
      out->value != ProvisionWorkspaceRequest::IF_UNKNOWN_UNSPECIFIED) {
    return true;
  }
  *error = "hold or repeat";
  return false;
}

std::string AbslUnparseFlag(const IfUnknown& flag) {
  const bool repeats = flag.value == ProvisionWorkspaceRequest::REPEAT;
  return repeats ? "repeat" : "hold";
}

struct MethodFilter {
  const OrderKind* kind = nullptr;  // none: any
};

bool AbslParseFlag(absl::string_view in, MethodFilter* out, std::string* error) {
  out->kind = nullptr;
  if (in == "any") return true;
  for (const OrderKind* kind : {&kProvision, &kUpdate, &kRemoval}) {
    if (in == kind->command || in == kind->method) out->kind = kind;
  }
  if (out->kind == nullptr) *error = "provision, update, remove or any";
  return out->kind != nullptr;
}

std::string AbslUnparseFlag(const MethodFilter& filter) {
  return std::string(filter.kind == nullptr ? "any" : filter.kind->command);
}

// Lines of COLUMN=VALUE.
struct Columns {
  std::map<std::string, std::string> values;
};

bool AbslParseFlag(absl::string_view in, Columns* out, std::string* error) {
  out->values.clear();
  for (const absl::string_view line : absl::StrSplit(in, '\n', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits('=', 1));
    if (!absl::StrContains(line, '=') || !IsBatchColumn(parts.first) || !IsUtf8(line)) {
      *error = "COLUMN=VALUE, the column by its name in the REST reference, for example provisioningId=...";
      return false;
    }
    if (!out->values.insert(parts).second) {
      *error = absl::StrCat(parts.first, " is given twice");
      return false;
    }
  }
  return true;
}

std::string AbslUnparseFlag(const Columns& columns) {
  return absl::StrJoin(columns.values, "\n", absl::PairFormatter("="));
}

}  // namespace

bool AbslParseFlag(absl::string_view in, OutputFormat* out, std::string* error) {
  for (const OutputFormat format : {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kCsv}) {
    if (in != AbslUnparseFlag(format)) continue;
    *out = format;
    return true;
  }
  *error = "text, json or, for operations list, csv";
  return false;
}

std::string AbslUnparseFlag(OutputFormat format) {
  switch (format) {
    case OutputFormat::kJson:
      return "json";
    case OutputFormat::kCsv:
      return "csv";
    case OutputFormat::kText:
      break;
  }
  return "text";
}

}  // namespace webex_gateway::client

using webex_gateway::client::Columns;
using webex_gateway::client::IfUnknown;
using webex_gateway::client::MaybeText;
using webex_gateway::client::MethodFilter;
using webex_gateway::client::OutputFormat;
using webex_gateway::client::StateFilter;

ABSL_FLAG(std::string, address, "127.0.0.1:50051", "The gateway: host:port, or unix:/path.");
ABSL_FLAG(std::optional<absl::Duration>, timeout, std::nullopt,
          "Time limit of the call, including connecting, for example 90s or 1m30s. Empty: 60s for provision, update "
          "and remove, 10s for operations (list: for each page of 500), 1s for health.");
ABSL_FLAG(
    OutputFormat, output, OutputFormat::kText,
    "text or json: the format of operations and of the call's errors. json: one object on standard output, instead of "
    "text there or on standard error. A workspace is printed as JSON either way. operations list also accepts csv.");
ABSL_FLAG(bool, tls, false, "Use TLS.");
ABSL_FLAG(std::string, tls_ca_file, "",
          "PEM file with the authorities that may issue the gateway's certificate. Empty: the system's authorities.");
ABSL_FLAG(std::string, tls_cert_file, "", "PEM file with webexctl's own certificate, if the gateway requires one.");
ABSL_FLAG(std::string, tls_key_file, "", "PEM file with that certificate's private key.");
ABSL_FLAG(std::string, tls_server_name, "",
          "The name that the gateway's certificate must contain, if it is not the host in the address.");

ABSL_FLAG(MaybeText, file, {},
          "The order or update in the JSON of Webex's REST reference; - reads standard input. Other flags override its "
          "fields.");
ABSL_FLAG(MaybeText, provisioning_id, {}, "The customer template's id, shown under it in Webex Control Hub. Required.");
ABSL_FLAG(MaybeText, user_id, {},
          "The workspace's user id on BroadWorks, for example 95547321@sp.com. Required to provision.");
ABSL_FLAG(MaybeText, sp_enterprise_id, {},
          "The enterprise as the service provider names it, for example Reseller1+acme. Required to provision.");
ABSL_FLAG(MaybeText, display_name, {}, "The name that people see, for example \"Conference Room\". Required.");
ABSL_FLAG(MaybeText, primary_phone_number, {}, "The primary phone number, passed on unchanged.");
ABSL_FLAG(MaybeText, extension, {}, "The extension.");
ABSL_FLAG(MaybeText, request_id, {},
          "The order's own id, a UUID: always set it, and give the same one to repeat the order. If not given, "
          "webexctl creates one.");
ABSL_FLAG(bool, validate_only, false, "Only have the order's fields checked; nothing is sent to Webex.");

ABSL_FLAG(IfUnknown, if_unknown, {},
          "hold or repeat: whether an order to provision that is on record as UNKNOWN under its request id is sent "
          "once more. This relies on Webex refusing a second workspace for a user id, which it does not promise.");

ABSL_FLAG(StateFilter, state, {}, "Only orders in this state: unknown, in_flight, succeeded, failed; or any.");
ABSL_FLAG(MethodFilter, method, {}, "Only orders of this command: provision, update, remove; or any.");
ABSL_FLAG(std::optional<absl::Time>, since, std::nullopt,
          "Only orders from this time on, for example 2026-11-30T02:00:00Z.");
ABSL_FLAG(MaybeText, reason, {}, "Only orders whose error has this reason, for example WEBEX_INTERNAL.");
ABSL_FLAG(int, limit, 100, "Most orders to list. If there are more, webexctl reports it, and how to list them.");
ABSL_FLAG(bool, all, false, "List all orders, regardless of --limit.");
ABSL_FLAG(
    std::string, page_token, "",
    "Continue an earlier list with the same conditions: its nextPageToken, which webexctl prints if there are more.");
ABSL_FLAG(bool, wide, false,
          "Show all columns, in lines as long as needed. Otherwise a terminal shows the first columns that fit.");

ABSL_FLAG(bool, applied, false, "The order took effect. If it was to provision, --workspace_id names its workspace.");
ABSL_FLAG(bool, not_applied, false, "The order had no effect. It may be sent again.");
ABSL_FLAG(bool, gateway_is_gone, false,
          "The gateway that claimed the order ('Sends until: ... by') has certainly ended: its process or its host no "
          "longer exists. Use it with --not_applied before that time.");
ABSL_FLAG(MaybeText, workspace_id, {}, "Webex's id of the workspace, as Webex Control Hub shows it.");
ABSL_FLAG(MaybeText, note, {}, "How you know, for whoever reads the record later. At most 1024 bytes; required.");

ABSL_FLAG(std::string, results, "",
          "File for the results, a new one, or - for standard output. Empty: FILE.results.csv, or standard output if "
          "FILE is -. An earlier results file is kept as FILE.results.csv.1 and so on.");
ABSL_FLAG(Columns, set, {},
          "COLUMN=VALUE: a value for every row, for example provisioningId=..., which replaces the row's own. May be "
          "given more than once.");
ABSL_FLAG(int, in_flight, 32, "Number of orders under way at a time, 1 to 1000.");
ABSL_FLAG(absl::Duration, patience, absl::Minutes(5),
          "How long to wait while no order completes before giving up the rest.");

ABSL_FLAG(MaybeText, from, {},
          "A CSV of the workspaces that exist, as Webex Control Hub exports them, in place of REQUEST_ID: resolves all "
          "orders to provision that are UNKNOWN, by what it shows of their users. '-': standard input, with "
          "--exported_at.");
ABSL_FLAG(MaybeText, user_id_column, {.text = "User ID"},
          "The header of the column with the user ids on BroadWorks, in any letter case.");
ABSL_FLAG(MaybeText, workspace_id_column, {.text = "Workspace ID"},
          "The header of the column with Webex's workspace ids.");
ABSL_FLAG(
    bool, absent_is_not_applied, false,
    "Resolve an order whose user is not in the file as not applied. Only for a file that contains every workspace.");
ABSL_FLAG(absl::Duration, older_than, absl::Minutes(15),
          "How long before the export an order's 'Sends until' must have passed for its user's absence to count.");
ABSL_FLAG(std::optional<absl::Time>, exported_at, std::nullopt,
          "When the file was exported, for example 2026-11-30T08:15:00Z. If not given: when it was last written. Set "
          "it if the file has been copied since, or is standard input: with too late a time, an order may be resolved "
          "too early.");
ABSL_FLAG(bool, dry_run, false,
          "batch: check the file, also by the gateway, but send nothing. operations resolve --from: show what would be "
          "resolved, but resolve nothing; this is the default without --yes.");
ABSL_FLAG(bool, yes, false, "Resolve the orders as shown.");

ABSL_FLAG(std::string, service, "", "The full name of the service to ask about. Empty: the gateway as a whole.");

ABSL_FLAG(bool, help, false, "Show what the command does, and its flags.");
ABSL_FLAG(bool, version, false, "Show the version.");

namespace webex_gateway::client {
namespace {

FlagSection Section(const char* title, const std::vector<const char*>& names) {
  FlagSection section{title, {}};
  for (const char* name : names) section.flags.push_back(absl::FindCommandLineFlag(name));
  return section;
}

constexpr char kUsualPort[] = ":50051";

// unix:PATH, or anything that ends in a port: gRPC would use 443 if it is missing.
bool HasPort(absl::string_view address) {
  if (absl::StartsWith(address, "unix:") || absl::StartsWith(address, "unix-abstract:")) return true;
  const size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos || colon == 0 || address[colon - 1] == ':') return false;
  int port = 0;
  return absl::SimpleAtoi(address.substr(colon + 1), &port) && port > 0 && port <= 65535;
}

// gRPC would look "http" up as a name. Its own schemes (dns:///host:port) are left to it.
bool IsUrl(absl::string_view address) {
  return absl::StrContains(address, "://") && !absl::StrContains(address, ":///");
}

// A suggestion of the address that the user meant; empty if there is none.
std::string AddressMeant(absl::string_view address) {
  const bool has_tls = absl::StartsWith(address, "https://");
  address = AuthorityOf(address);
  const bool is_host = !address.empty() && !absl::StrContains(address, ':');
  const std::string meant = absl::StrCat(address, is_host ? kUsualPort : "");
  if (!HasPort(meant)) return "";
  return absl::StrCat("; did you mean --address=", meant, has_tls ? " --tls?" : "?");
}

std::optional<TlsOptions> CurrentTls(std::vector<std::string>& faults) {
  const TlsOptions tls{absl::GetFlag(FLAGS_tls_ca_file), absl::GetFlag(FLAGS_tls_cert_file),
                       absl::GetFlag(FLAGS_tls_key_file), absl::GetFlag(FLAGS_tls_server_name)};
  if (absl::GetFlag(FLAGS_tls)) return tls;
  for (const auto& [name, value] : {std::pair("--tls_ca_file", tls.ca_file),
                                    {"--tls_cert_file", tls.cert_file},
                                    {"--tls_key_file", tls.key_file},
                                    {"--tls_server_name", tls.server_name}}) {
    if (!value.empty()) faults.push_back(absl::StrCat(name, ": needs --tls"));
  }
  return std::nullopt;
}

OrderFlags CurrentOrder() {
  OrderFlags order{.file = absl::GetFlag(FLAGS_file).text,
                   .validate_only = absl::GetFlag(FLAGS_validate_only),
                   .if_unknown = absl::GetFlag(FLAGS_if_unknown).value};
  for (const auto* flag : {&FLAGS_provisioning_id, &FLAGS_user_id, &FLAGS_sp_enterprise_id, &FLAGS_display_name,
                           &FLAGS_primary_phone_number, &FLAGS_extension, &FLAGS_workspace_id, &FLAGS_request_id}) {
    const MaybeText value = absl::GetFlag(*flag);
    if (value.text) order.fields[std::string(absl::GetFlagReflectionHandle(*flag).Name())] = *value.text;
  }
  return order;
}

std::string MethodOf(const MethodFilter& filter) {
  return std::string(filter.kind == nullptr ? "" : filter.kind->method);
}

OperationFlags CurrentOperation(std::vector<std::string>& faults) {
  const OperationFlags operation{.state = absl::GetFlag(FLAGS_state).state,
                                 .method = MethodOf(absl::GetFlag(FLAGS_method)),
                                 .sp_enterprise_id = absl::GetFlag(FLAGS_sp_enterprise_id).text.value_or(""),
                                 .user_id = absl::GetFlag(FLAGS_user_id).text.value_or(""),
                                 .since = absl::GetFlag(FLAGS_since),
                                 .reason = absl::GetFlag(FLAGS_reason).text.value_or(""),
                                 .limit = absl::GetFlag(FLAGS_limit),
                                 .all = absl::GetFlag(FLAGS_all),
                                 .page_token = absl::GetFlag(FLAGS_page_token),
                                 .wide = absl::GetFlag(FLAGS_wide),
                                 .workspace_id = absl::GetFlag(FLAGS_workspace_id).text.value_or(""),
                                 .applied = absl::GetFlag(FLAGS_applied),
                                 .not_applied = absl::GetFlag(FLAGS_not_applied),
                                 .gateway_is_gone = absl::GetFlag(FLAGS_gateway_is_gone),
                                 .note = absl::GetFlag(FLAGS_note).text.value_or(""),
                                 .from = absl::GetFlag(FLAGS_from).text.value_or(""),
                                 .user_id_column = absl::GetFlag(FLAGS_user_id_column).text.value_or(""),
                                 .workspace_id_column = absl::GetFlag(FLAGS_workspace_id_column).text.value_or(""),
                                 .absent_is_not_applied = absl::GetFlag(FLAGS_absent_is_not_applied),
                                 .older_than = absl::GetFlag(FLAGS_older_than),
                                 .exported_at = absl::GetFlag(FLAGS_exported_at),
                                 .dry_run = absl::GetFlag(FLAGS_dry_run),
                                 .yes = absl::GetFlag(FLAGS_yes)};
  if (operation.limit < 1) faults.push_back("--limit: must be above zero");
  return operation;
}

BatchFlags CurrentBatch(std::vector<std::string>& faults) {
  BatchFlags batch{.results = absl::GetFlag(FLAGS_results),
                   .set = absl::GetFlag(FLAGS_set).values,
                   .in_flight = absl::GetFlag(FLAGS_in_flight),
                   .patience = absl::GetFlag(FLAGS_patience),
                   .dry_run = absl::GetFlag(FLAGS_dry_run)};
  if (batch.in_flight < 1 || batch.in_flight > 1000) faults.push_back("--in_flight: must be 1 to 1000");
  if (batch.patience <= absl::ZeroDuration()) faults.push_back("--patience: must be above zero");
  return batch;
}

}  // namespace

FlagSection GatewayFlagSection() {
  return Section("The gateway:", {"address", "timeout", "output", "tls", "tls_ca_file", "tls_cert_file", "tls_key_file",
                                  "tls_server_name"});
}

FlagSection ProvisionFlagSection() {
  return Section("The order:", {"file", "provisioning_id", "user_id", "sp_enterprise_id", "display_name",
                                "primary_phone_number", "extension", "request_id", "validate_only", "if_unknown"});
}

FlagSection UpdateFlagSection() {
  FlagSection section = Section("The update:", {"file", "workspace_id", "user_id", "primary_phone_number", "extension",
                                                "request_id", "validate_only"});
  section.help = {{"workspace_id", "Webex's id of the workspace, as Webex Control Hub shows it. Required."},
                  {"user_id", "The workspace's new user id on BroadWorks, for example 95547321@sp.com."},
                  {"primary_phone_number", "The new primary phone number, passed on unchanged."},
                  {"extension", "The new extension."}};
  return section;
}

FlagSection RemoveFlagSection() {
  FlagSection section = Section("The removal:", {"workspace_id", "request_id", "validate_only"});
  section.help = {{"workspace_id", "Webex's id of the workspace, as Webex Control Hub shows it. Required."}};
  return section;
}

FlagSection BatchFlagSection() {
  return Section("The batch:", {"results", "set", "in_flight", "patience", "if_unknown", "dry_run"});
}

FlagSection ListFlagSection() {
  FlagSection section = Section("The operations:", {"state", "method", "sp_enterprise_id", "user_id", "workspace_id",
                                                    "since", "reason", "limit", "all", "page_token", "wide"});
  section.help = {
      {"sp_enterprise_id", "Only orders for this enterprise, exactly as ordered: Reseller1+acme."},
      {"user_id", "Only orders for this user id on BroadWorks, exactly as ordered: 95547321@sp.com."},
      {"workspace_id", "Only orders about this workspace: updates, its removal, and the order that provisioned it."}};
  return section;
}

FlagSection ResolveFlagSection() {
  return Section("What you found:", {"applied", "not_applied", "gateway_is_gone", "workspace_id", "note"});
}

FlagSection ResolveManySection() {
  return Section("Many orders at once:", {"from", "user_id_column", "workspace_id_column", "absent_is_not_applied",
                                          "older_than", "exported_at", "dry_run", "yes"});
}

FlagSection HealthFlagSection() { return Section("The question:", {"service"}); }

FlagSection HelpFlagSection() { return Section("Help:", {"help", "version"}); }

std::vector<std::string> ChoicesOf(const absl::CommandLineFlag& flag) {
  if (flag.IsOfType<OutputFormat>()) return {"text", "json", "csv"};
  if (flag.IsOfType<StateFilter>()) return {"unknown", "in_flight", "succeeded", "failed", "any"};
  if (flag.IsOfType<MethodFilter>()) return {"provision", "update", "remove", "any"};
  if (flag.IsOfType<IfUnknown>()) return {"hold", "repeat"};
  return {};
}

bool TakesFile(const absl::CommandLineFlag& flag) {
  const absl::string_view name = flag.Name();
  return absl::EndsWith(name, "_file") || name == "file" || name == "from" || name == "results";
}

std::vector<std::string> WithRepeatsJoined(const std::vector<std::string>& args) {
  constexpr char kFlag[] = "--set";
  std::vector<std::string> joined;
  std::vector<std::string> values;
  for (size_t i = 0; i < args.size(); ++i) {
    absl::string_view value = args[i];
    if (args[i] == "--") {
      joined.insert(joined.end(), args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
      break;
    }
    if (args[i] == kFlag && i + 1 < args.size()) {
      values.push_back(args[++i]);
    } else if (absl::ConsumePrefix(&value, absl::StrCat(kFlag, "="))) {
      values.emplace_back(value);
    } else {
      joined.push_back(args[i]);
    }
  }
  if (!values.empty()) joined.insert(joined.begin(), absl::StrCat(kFlag, "=", absl::StrJoin(values, "\n")));
  return joined;
}

bool HelpWanted() { return absl::GetFlag(FLAGS_help); }

bool VersionWanted() { return absl::GetFlag(FLAGS_version); }

CliOptions CurrentOptions(std::vector<std::string>& faults) {
  CliOptions options{.connect = {.address = absl::GetFlag(FLAGS_address), .tls = CurrentTls(faults)},
                     .timeout = absl::GetFlag(FLAGS_timeout),
                     .output = absl::GetFlag(FLAGS_output),
                     .order = CurrentOrder(),
                     .operation = CurrentOperation(faults),
                     .batch = CurrentBatch(faults),
                     .service = absl::GetFlag(FLAGS_service)};
  if (IsUrl(options.connect.address) || !HasPort(options.connect.address)) {
    faults.push_back(absl::StrCat("--address: '", options.connect.address, "' is ",
                                  IsUrl(options.connect.address) ? "a URL" : "neither host:port nor unix:/path",
                                  AddressMeant(options.connect.address)));
  }
  if (options.timeout && *options.timeout <= absl::ZeroDuration()) faults.push_back("--timeout: must be above zero");
  return options;
}

}  // namespace webex_gateway::client
