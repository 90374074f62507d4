// An HTTP server that does exactly what a test needs, above all faulty things. On loopback, any free port, with its own
// threads; plain or TLS.
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

  bool Write(const std::string& bytes);  // false: the peer accepts no more
  void HalfClose();           // FIN; the peer's data is still read. With TLS no close_notify is sent before it
  void CloseNotify();         // TLS: announces the end of data; plain: nothing
  void Reset();               // RST instead of FIN when it closes
  std::string ReadHeaders();  // up to and including the empty line; "" if the peer has closed
  bool ReadBody(const std::string& headers);  // and drops it; false: the peer closed before its end
  void AwaitClose();                          // until the peer closes; reads and discards data
  void Stall();                               // the same, but reads nothing
  int64_t segments() const;                   // with data, received from the peer so far
  // TLS: the name that the peer requested (SNI), and whether it resumed an earlier session.
  std::string server_name() const;
  bool resumed() const;

 private:
  friend class ScriptedServer;
  std::string ReadSome(size_t most = 16 << 10);
  bool AwaitBytes(absl::Duration patience);  // false: none arrived, or the peer has closed
  void AwaitLastByte();                      // until the peer closes, past TLS
  void BeginHandshake();                     // up to half of the server's first flight
  const int socket_;
  SSL* const tls_;
  std::string unread_;
};

class ScriptedServer {
 public:
  // What to do with a complete request. It may read more, write, reset; if it returns `false`, the connection is closed
  // after it.
  using Action = std::function<bool(ScriptedConnection& connection, const std::string& headers)>;

  // The usual ones.
  static Action Answer(std::string bytes);          // and keep the connection
  static Action AnswerAndClose(std::string bytes);  // ... and close it
  static Action ResetAfterBody();
  static Action Hang();                            // no answer until the peer closes
  static std::string Ok(const std::string& body);  // a complete answer, 200

  // How a connection ends; after that it is closed.
  using Ending = std::function<void(ScriptedConnection& connection)>;
  static void Close(ScriptedConnection&) {}                // the kernel sends FIN, or RST if bytes are unread
  static void EndOrderly(ScriptedConnection& connection);  // close_notify, FIN, and the peer may finish
  static void Reset(ScriptedConnection& connection) { connection.Reset(); }
  static void Stall(ScriptedConnection& connection) { connection.Stall(); }

  // Where the server can abort an exchange before it has the whole request.
  enum class Point {
    kAccepted,       // a new connection, before anything else
    kInHandshake,    // TLS: half of the server's first flight has been sent
    kBeforeRequest,  // a request can be read
    kInHeaders,      // its first bytes have been read
    kInBody,         // its headers have been read, and the first bytes of its body
  };

  // With TLS, for `tls_host`, the certificate is self-signed: see certificate_file().
  explicit ScriptedServer(bool tls = false, const std::string& tls_host = "127.0.0.1");
  ~ScriptedServer();

  // The next request on any connection gets `action`. Without one it gets 200 and "{}".
  void Next(Action action);
  // The next connection that reaches `point` ends there in this way.
  void BreakOff(Point point, Ending ending);
  // TLS: clients that connect from now on must present a certificate, in a protocol no later than this (for example
  // TLS1_3_VERSION).
  void DemandCertificates(int latest_version);
  // From now on a new connection is closed instead of a TLS handshake.
  void BreakHandshakes() { break_handshakes_ = true; }
  // What to do, on the server's thread, before each TLS handshake. Set it before the first connection.
  void BeforeHandshake(std::function<void()> step) { before_handshake_ = std::move(step); }
  // Its connections from now on buffer hardly more than this before the script reads it.
  void BufferOnly(int bytes);
  // Closes connections that wait this long for a request, if they begin to wait from now on.
  void CloseIdleAfter(absl::Duration patience) { patience_ns_ = absl::ToInt64Nanoseconds(patience); }

  int port() const { return port_; }
  std::string certificate_file() const { return certificate_ ? certificate_->certificate_file() : ""; }

  int connections() const { return connections_; }
  int requests() const { return requests_; }     // whose headers arrived
  int whole_requests() const { return whole_; }  // whose body arrived too
  // Return once this many complete requests have arrived, or this many exchanges have been aborted.
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
  std::mutex mutex_;  // guards the members below; not Abseil's, which ThreadSanitizer does not recognise
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
