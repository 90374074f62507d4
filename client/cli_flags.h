// webexctl's flags, read into plain structs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/flags.h"
#include "webex/broadworks/v1/operations.pb.h"
#include "webex/broadworks/v1/workspaces.pb.h"
#include "webex_gateway/channel.h"

namespace webex_gateway::client {

enum class OutputFormat { kText, kJson, kCsv };
bool AbslParseFlag(absl::string_view in, OutputFormat* out, std::string* error);
std::string AbslUnparseFlag(OutputFormat format);

// The flags that name the order.
struct OrderFlags {
  std::optional<std::string> file{};  // "-": standard input
  // Those of the order's fields that were given, be it as an empty text, by their names.
  std::map<std::string, std::string> fields{};
  bool validate_only = false;
  // Of `provision`; UNSPECIFIED: not given.
  webex::broadworks::v1::ProvisionWorkspaceRequest::IfUnknown if_unknown =
      webex::broadworks::v1::ProvisionWorkspaceRequest::IF_UNKNOWN_UNSPECIFIED;
};

// What `operations list|get|resolve` are about.
struct OperationFlags {
  std::string request_id{};  // no flag, but the argument of `get` and `resolve`
  // Of `list`: the conditions, and how many operations at most.
  webex::broadworks::v1::Operation::State state = webex::broadworks::v1::Operation::STATE_UNSPECIFIED;
  std::string method{};  // the RPC
  std::string sp_enterprise_id{};
  std::string user_id{};
  std::optional<absl::Time> since{};  // ordered then or later
  std::string reason{};               // of its error
  int limit = 0;
  bool all = false;  // whatever the limit
  std::string page_token{};
  bool wide = false;
  // Of `list` and of `resolve`.
  std::string workspace_id{};
  // Of `resolve`.
  bool applied = false;
  bool not_applied = false;
  bool gateway_is_gone = false;
  std::string note{};
  // Of `resolve`, for many.
  std::string from{};  // empty: it is about one
  std::string user_id_column{};
  std::string workspace_id_column{};
  bool absent_is_not_applied = false;
  absl::Duration older_than{};
  std::optional<absl::Time> exported_at{};  // not given: when the file was written
  bool dry_run = false;
  bool yes = false;
};

// Of `batch`.
struct BatchFlags {
  std::string file{};                        // no flag, but the argument; "-": standard input
  std::string results{};                     // empty: beside the file; "-": standard output
  std::map<std::string, std::string> set{};  // columns given to every row
  int in_flight = 0;
  absl::Duration patience{};
  bool dry_run = false;
};

struct CliOptions {
  ConnectOptions connect;
  std::optional<absl::Duration> timeout;  // not given: the command's own
  OutputFormat output = OutputFormat::kText;
  OrderFlags order;          // of `provision`, `update` and `remove`
  OperationFlags operation;  // of `operations`
  BatchFlags batch;          // of `batch`
  std::string service;       // of `health`
  std::string shell{};       // of `completion`; no flag, but the argument
};

// The flags by what they are about, as --help shows them.
FlagSection GatewayFlagSection();  // of every command; the environment may set these
FlagSection ProvisionFlagSection();
FlagSection UpdateFlagSection();
FlagSection RemoveFlagSection();
FlagSection BatchFlagSection();
FlagSection ListFlagSection();     // of `operations list`
FlagSection ResolveFlagSection();  // of `operations resolve`
FlagSection ResolveManySection();  // likewise, with --from
FlagSection HealthFlagSection();
FlagSection HelpFlagSection();

// What the flag's value may be, where there are few; and whether it is the name of a file.
std::vector<std::string> ChoicesOf(const absl::CommandLineFlag& flag);
bool TakesFile(const absl::CommandLineFlag& flag);

// `args`, with a flag that may be repeated (--set) given once, its values in lines.
std::vector<std::string> WithRepeatsJoined(const std::vector<std::string>& args);

// Whether --help, --version was given.
bool HelpWanted();
bool VersionWanted();

// The flags' present values. Appends to `faults` those that cannot be, or do not fit together.
CliOptions CurrentOptions(std::vector<std::string>& faults);

}  // namespace webex_gateway::client
