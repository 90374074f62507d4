// An HTTP server that does exactly what a test wants, broken things above all. On loopback, any free port, with threads
// of its own; plain or TLS.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "tests/server/testing/test_certificate.h"

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;

namespace webex_gateway {

// One connection, for a script.
class ScriptedConnection {
 public:
  ScriptedConnection(int socket, SSL* tls) : socket_(socket), tls_(tls) {}
  ~ScriptedConnection();

  bool Write(const std::string& bytes);  // false: the peer takes no more
  void HalfClose();                      // FIN; what the peer sends is still read. With TLS no close_notify goes before
  void CloseNotify();                    // TLS: the orderly word that nothing follows; plain: nothing
  void Reset();                          // RST instead of FIN when it closes
  std::string ReadHeaders();             // up to and with the empty line; "" where the peer has closed
  bool ReadBody(const std::string& headers);  // and drops it; false: the peer closed before its end
  void AwaitClose();                          // until the peer closes; reads and drops what comes
  void Stall();                               // the same, but reads nothing
  // TLS: the name that the peer asked for (SNI), and whether it took an earlier session up again.
  std::string server_name() const;
  bool resumed() const;

 private:
  friend class ScriptedServer;
  std::string ReadSome(size_t most = 16 << 10);
  bool AwaitBytes(absl::Duration patience);  // false: none came, or the peer has closed
  void AwaitLastByte();                      // until the peer closes, past TLS
  void BeginHandshake();                     // up to half of the server's first flight
  const int socket_;
  SSL* const tls_;
  std::string unread_;
};

class ScriptedServer {
 public:
  // What to do with a request that has come whole. It may read on, write, reset; with `false` the connection is closed
  // behind it.
  using Action = std::function<bool(ScriptedConnection& connection, const std::string& headers)>;

  // The usual ones.
  static Action Answer(std::string bytes);          // and keep the connection
  static Action AnswerAndClose(std::string bytes);  // ... and close it
  static Action ResetAfterBody();
  static Action Hang();                            // no answer until the peer closes
  static std::string Ok(const std::string& body);  // a whole answer, 200

  // How a connection ends; behind it, it is closed.
  using Ending = std::function<void(ScriptedConnection& connection)>;
  static void Close(ScriptedConnection&) {}                // the kernel: FIN, or RST where bytes are unread
  static void EndOrderly(ScriptedConnection& connection);  // close_notify, FIN, and the peer may finish
  static void Reset(ScriptedConnection& connection) { connection.Reset(); }
  static void Stall(ScriptedConnection& connection) { connection.Stall(); }

  // Where the server can break an exchange off before it has the whole request.
  enum class Point {
    kAccepted,       // a new connection, before anything else
    kInHandshake,    // TLS: half of the server's first flight has gone out
    kBeforeRequest,  // a request is there to be read
    kInHeaders,      // its first bytes have been read
    kInBody,         // its headers have been read, and the first bytes of its body
  };

  // With TLS, for `tls_host`, the certificate is its own authority: see certificate_file().
  explicit ScriptedServer(bool tls = false, const std::string& tls_host = "127.0.0.1");
  ~ScriptedServer();

  // The next request, on whichever connection, gets `action`. Without one it gets 200 and "{}".
  void Next(Action action);
  // The next connection that gets to `point` ends there, so.
  void BreakOff(Point point, Ending ending);
  // TLS: who connects from now on must show a certificate, in a protocol no later than this (TLS1_3_VERSION, say).
  void DemandCertificates(int latest_version);
  // From now on a new connection is closed instead of a TLS handshake.
  void BreakHandshakes() { break_handshakes_ = true; }
  // What to do, on a thread of the server's, before each TLS handshake. To be set before the first connection.
  void BeforeHandshake(std::function<void()> step) { before_handshake_ = std::move(step); }
  // Closes a connection that waits this long for a request. For those that begin to wait from now on.
  void CloseIdleAfter(absl::Duration patience) { patience_ns_ = absl::ToInt64Nanoseconds(patience); }

  int port() const { return port_; }
  std::string certificate_file() const { return certificate_ ? certificate_->certificate_file() : ""; }

  int connections() const { return connections_; }
  int requests() const { return requests_; }     // whose headers arrived
  int whole_requests() const { return whole_; }  // whose body arrived too
  // Return once this many requests have come whole, or this many exchanges have been broken off.
  void AwaitWholeRequests(int count);
  void AwaitBreaks(int count);
  // Returns once no connection is open.
  void AwaitNoConnection();

 private:
  void Accept();
  void Serve(int socket);
  bool Open(ScriptedConnection& connection);
  bool ServeOne(ScriptedConnection& connection);
  bool BrokenOff(Point point, ScriptedConnection& connection);
  Action TakeAction();
  Ending TakeEnding(Point point);

  const std::optional<TestCertificate> certificate_;
  SSL_CTX* tls_ = nullptr;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> break_handshakes_{false};
  std::function<void()> before_handshake_ = [] {};
  std::atomic<int64_t> patience_ns_;
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  std::mutex mutex_;  // guards what follows; not Abseil's, which ThreadSanitizer does not know as one
  std::condition_variable changed_;
  std::atomic<int> whole_{0};
  int breaks_ = 0;
  std::deque<Action> actions_;
  std::deque<std::pair<Point, Ending>> endings_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace webex_gateway
