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
  // The order's fields that were given, even if empty, by name.
  std::map<std::string, std::string> fields{};
  bool validate_only = false;
  // Of `provision`; UNSPECIFIED: not given.
  webex::broadworks::v1::ProvisionWorkspaceRequest::IfUnknown if_unknown =
      webex::broadworks::v1::ProvisionWorkspaceRequest::IF_UNKNOWN_UNSPECIFIED;
};

// The flags of `operations list|get|resolve`.
struct OperationFlags {
  std::string request_id{};  // no flag, but the argument of `get` and `resolve`
  // Of `list`: the conditions, and the most operations to list.
  webex::broadworks::v1::Operation::State state = webex::broadworks::v1::Operation::STATE_UNSPECIFIED;
  std::string method{};  // the RPC
  std::string sp_enterprise_id{};
  std::string user_id{};
  std::optional<absl::Time> since{};  // ordered then or later
  std::string reason{};               // of its error
  int limit = 0;
  bool all = false;  // regardless of the limit
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
  std::string from{};  // empty: resolves one order
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

// The time for a call about an operation, where none is given.
inline constexpr absl::Duration kOperationTimeout = absl::Seconds(10);

struct CliOptions {
  ConnectOptions connect;
  std::optional<absl::Duration> timeout;  // not given: the command's default
  OutputFormat output = OutputFormat::kText;
  OrderFlags order;          // of `provision`, `update` and `remove`
  OperationFlags operation;  // of `operations`
  BatchFlags batch;          // of `batch`
  std::string service;       // of `health`
  std::string shell{};       // of `completion`; no flag, but the argument
};

// The flags by topic, as --help shows them.
FlagSection GatewayFlagSection();  // of every command; can be set in the environment
FlagSection ProvisionFlagSection();
FlagSection UpdateFlagSection();
FlagSection RemoveFlagSection();
FlagSection BatchFlagSection();
FlagSection ListFlagSection();     // of `operations list`
FlagSection ResolveFlagSection();  // of `operations resolve`
FlagSection ResolveManySection();  // likewise, with --from
FlagSection HealthFlagSection();
FlagSection HelpFlagSection();

// The flag's possible values, if there are only a few; and whether its value is a file name.
std::vector<std::string> ChoicesOf(const absl::CommandLineFlag& flag);
bool TakesFile(const absl::CommandLineFlag& flag);

// `args`, with a flag that may be repeated (--set) given once, with one value per line.
std::vector<std::string> WithRepeatsJoined(const std::vector<std::string>& args);

// Whether --help, --version was given.
bool HelpWanted();
bool VersionWanted();

// The flags' present values. Appends invalid or contradictory ones to `faults`.
CliOptions CurrentOptions(std::vector<std::string>& faults);

}  // namespace webex_gateway::client
