// A gRPC server within the test's own process, on a port of its own, and a client that talks to it.

#ifndef ACTIONMATCH_TESTS_CLIENT_SUPPORT_LOCAL_SERVER_H_
#define ACTIONMATCH_TESTS_CLIENT_SUPPORT_LOCAL_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "client/client.h"

namespace actionmatch {

class LocalServer {
 public:
  // The service outlives this. Messages to it that are larger than most_bytes are refused by gRPC.
  explicit LocalServer(grpc::Service* service, int most_bytes = 4 << 20) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.SetMaxReceiveMessageSize(most_bytes);
    builder.RegisterService(service);
    server_ = builder.BuildAndStart();
    client_ = std::make_unique<Client>(absl::StrCat("127.0.0.1:", port));
  }
  ~LocalServer() { server_->Shutdown(); }

  Client& client() { return *client_; }

 private:
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Client> client_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CLIENT_SUPPORT_LOCAL_SERVER_H_
