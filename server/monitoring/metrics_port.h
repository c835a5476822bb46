// The metrics port: plain HTTP for monitoring.
//   /metrics  the figures, in Prometheus' text format
//   /healthz  200 while the process answers
//   /readyz   200 while calls are served and the store works, otherwise 503 with the reason

#ifndef ACTIONMATCH_SERVER_MONITORING_METRICS_PORT_H_
#define ACTIONMATCH_SERVER_MONITORING_METRICS_PORT_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace httplib {
class Server;
}

namespace actionmatch {

struct HttpPages {
  std::function<std::string()> metrics;
  std::function<absl::Status()> ready;
};

class HttpServer {
 public:
  // Listens on HOST:PORT, port 0 for any free one, and answers on threads of its own until destroyed.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& listen, HttpPages pages);
  ~HttpServer();

  const std::string& address() const { return address_; }  // HOST:PORT as bound

 private:
  HttpServer();

  const std::unique_ptr<httplib::Server> server_;
  std::string address_;
  std::thread thread_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MONITORING_METRICS_PORT_H_
