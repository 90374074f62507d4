// gRPC's completion-queue API, adapted once: every RPC is a coroutine on the loop that reads and writes messages. One
// thread polls gRPC (cheaper than the callback API's pollers, and none that sleeps); all logic runs on the loop.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/base/seldom.h"
#include "server/rpc/acceptor.h"
#include "server/rpc/answer_hold.h"
#include "server/rpc/caller_list.h"
#include "server/rpc/flood_guard.h"
#include "server/rpc/go_away.h"
#include "server/rpc/hand_over.h"
#include "server/rpc/handshake_watch.h"
#include "server/rpc/limits.h"
#include "server/rpc/places.h"
#include "server/rpc/server_certificate.h"

namespace webex_gateway {

// One RPC under way, for its handler; loop's thread only. Messages are in their wire form; messages.h has
// their types.
class RpcCall {
 public:
  virtual ~RpcCall() = default;

  // The caller's next message; nothing once there is none.
  virtual Async<std::optional<grpc::ByteBuffer>> Read() = 0;
  // Sends a message. False: the caller has gone, and no other will arrive.
  virtual Async<bool> Write(grpc::ByteBuffer message) = 0;
  // The one message of a unary answer, sent together with the status, if that is OK.
  virtual void Answer(grpc::ByteBuffer message) = 0;
  virtual void AddTrailer(const std::string& key, const std::string& value) = 0;

  // Requested when the caller cancels, disconnects or passes its deadline, and when the server will not wait any
  // longer.
  virtual std::stop_token gone() const = 0;
  // The caller's deadline; Clock::Time::max() where it set none.
  virtual Clock::Time deadline() const = 0;
  // The values of this metadata (its name in lower case), in the order in which they came.
  virtual std::vector<std::string> Metadata(const std::string& name) const = 0;
  // Who calls, as the connection proves it (see caller.h); empty where it does not.
  virtual std::string caller() const = 0;
  // Where all callers have one name.
  virtual bool on_unix_socket() const = 0;
  // On whose account it goes where callers share what is bounded (see caller.h).
  virtual std::string account() const = 0;
};

// Handles one RPC, to its end. The status is what the caller gets; its google.rpc payloads become details.
using RpcHandler = std::function<Async<absl::Status>(RpcCall& call)>;

enum class RpcType { kUnary, kServerStream, kBidiStream };

// Watches every RPC that reaches the server. `method` is one that OnMethod named, or "" for any that nobody handles, so
// that callers cannot make names up.
class ServerObserver {
 public:
  virtual ~ServerObserver() = default;
  // Before any RPC: there is this method.
  virtual void OnMethod(const std::string& method, RpcType type) = 0;
  // Once each for an RPC: when its first message has come or its caller has ended without one, and when its handler has
  // ended; both at once where it is refused at its headers, on the server's own thread, else on the loop. `code` is
  // what the handler said, whether its caller was still there to hear it or not.
  virtual void OnStarted(const std::string& method) = 0;
  virtual void OnHandled(const std::string& method, absl::StatusCode code, absl::Duration elapsed) = 0;
};

// Whether an RPC may be handled at all; asked on the server's own thread, when its headers have come. An error is what
// the caller gets, and nothing else that it sends is looked at.
using CallerCheck = std::function<absl::Status(const Peer& peer, const std::string& method)>;

class RpcServer {
 public:
  // `observer`, if there is one, must outlive the server.
  RpcServer(Loop& loop, Clock& clock, ServerObserver* observer = nullptr, Limits limits = {});
  ~RpcServer();  // Shutdown, at once

  // Before Start. `method` as it stands in the request path: "/package.Service/Method". An RPC without a handler is
  // answered UNIMPLEMENTED.
  void Handle(const std::string& method, RpcHandler handler, RpcType type = RpcType::kUnary);
  // Before Start. Of every RPC, whatever it asks for.
  void CheckCallers(CallerCheck check) { check_caller_ = std::move(check); }
  // Before Start. Of connections that are ended because they flood.
  void TellFloods(FloodGuard::Tell tell) { tell_floods_ = std::move(tell); }
  // Before Start. That an RPC, or a connection, was refused for want of room; of each at most once a minute, on threads
  // of the server's.
  void TellFull(std::function<void(const std::string& what)> tell) { tell_full_ = std::move(tell); }
  // Before Start. Of TLS handshakes that come to nothing.
  void TellHandshakes(HandshakeWatch::Tell tell) { tell_handshakes_ = std::move(tell); }

  // Listens on every address ("host:port", port 0 for any free one; "unix:/path"), and takes calls from then on. With a
  // certificate the former speak TLS; the latter never do. An error names the address that cannot be had, be it only
  // that another process has it.
  absl::Status Start(const std::vector<std::string>& addresses,
                     std::shared_ptr<ServerCertificate> certificate = nullptr);
  // The ports of the addresses that are host:port, in their order.
  const std::vector<int>& ports() const { return ports_; }
  // How many connections were ended because they flooded. Any thread.
  int64_t floods_ended() const { return flood_guard_.ended(); }
  // Places of RPCs under way, and how many there are (places.h). Any thread.
  struct Use {
    int calls = 0;
    int max_calls = 0;
    int watches = 0;
    int max_watches = 0;
  };
  Use use() const;
  // How many connections were closed because there were too many, and none that could be ended. Any thread.
  int64_t connections_refused() const { return connections_refused_; }
  // How many TLS handshakes failed. Any thread.
  int64_t handshakes_failed() const { return handshakes_.failed(); }
  // All of these. Any thread.
  struct Counts {
    Use use;
    int64_t floods_ended = 0;
    int64_t connections_refused = 0;
    int64_t handshakes_failed = 0;
  };
  Counts counts() const { return {use(), floods_ended(), connections_refused(), handshakes_failed()}; }

  // On the loop. From now on answers are held back, so that callers keep still, until SendCallersAway. Calls `lull`
  // when they do. (See answer_hold.h.)
  void HoldAnswers(std::function<void()> lull) { hold_.Begin(std::move(lull)); }
  // Takes no new calls, and has callers hear of it; what was held back leaves. Not for the loop's thread, which must
  // run.
  void SendCallersAway();

  // Sends callers away, if that was not done, and lets calls under way end within `grace`. Then their callers count as
  // gone, so that each handler can still say what became of its call; after `last_answers` more gRPC ends what is left.
  // Returns when all handlers have ended. Blocks: not for the loop's thread, which must run.
  void Shutdown(absl::Duration grace, absl::Duration last_answers = absl::Seconds(1));

 private:
  class Call;
  struct Method {
    RpcHandler handler;
    RpcType type;
  };
  using Methods = std::map<std::string, Method>;
  using Connections = std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor>;

  absl::Status Listen(const std::vector<std::string>& addresses, std::vector<Acceptor::Port>& ports);
  // A connection goes to gRPC.
  void Take(int descriptor, Connections& connections);
  void TakeTls(int descriptor);
  // Whether there is room for another RPC; what its caller gets where there is none.
  absl::Status Admit(const Places::Holder& holder);
  void Leave(const Places::Holder& holder);
  void OnConnectionRefused();
  void AcceptNext();
  void EndOverdue();
  void GiveUpAll();
  void Poll();

  Loop& loop_;
  Clock& clock_;
  ServerObserver* const observer_;
  const Limits limits_;
  CallerCheck check_caller_ = [](const Peer&, const std::string&) { return absl::OkStatus(); };
  FloodGuard::Tell tell_floods_ = [](int) {};
  std::function<void(const std::string&)> tell_full_ = [](const std::string&) {};
  FloodGuard flood_guard_;
  HandshakeWatch::Tell tell_handshakes_ = [](const std::string&, const std::string&, int64_t) {};
  HandshakeWatch handshakes_;
  Methods methods_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<HandOver> to_poller_;
  std::shared_ptr<grpc::ServerCredentials> tls_;  // must outlive the server
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<GoAway> go_away_;
  Connections plain_connections_;
  Connections tls_connections_;
  std::atomic<int64_t> connections_refused_{0};
  Seldom refusals_told_;  // the acceptor's
  std::unique_ptr<Acceptor> acceptor_;
  std::vector<int> ports_;
  std::thread poller_;
  // That may still ask the queue for something: those under way, and the one that waits for an RPC. So while one is
  // left, the queue must not end; an RPC that came as the server ended would abort the process.
  std::atomic<int> calls_{0};
  std::set<Call*> under_way_;  // the poller's, as what follows
  Places places_;
  Seldom full_told_;
  std::set<Call*> handled_;  // those in a handler; the loop's, as what follows
  AnswerHold hold_;
};

}  // namespace webex_gateway
