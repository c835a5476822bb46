// One ImportField stream.

#ifndef ACTIONMATCH_SERVER_SERVICES_IMPORT_CALL_H_
#define ACTIONMATCH_SERVER_SERVICES_IMPORT_CALL_H_

#include <string>

#include "actionmatch/v1/field.pb.h"
#include "server/calls/byte_budget.h"
#include "server/calls/call.h"
#include "server/store/store.h"

namespace actionmatch {

// Collects the file, within the budget of all imports, then parses and stores it on the disk's threads. The object owns
// itself and ends with the stream.
class ImportCall final : public grpc::ServerReadReactor<v1::ImportFieldRequest> {
 public:
  ImportCall(CallRuntime& runtime, grpc::CallbackServerContext* context, Store& store, ByteBudget& budget,
             v1::Field* response);

 private:
  void OnReadDone(bool ok) override;
  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

  absl::Status Take(const v1::ImportFieldRequest& request);
  absl::Status Import();
  void End(const absl::Status& status);

  Call call_;
  Store& store_;
  ByteBudget& budget_;
  ByteBudget::Share share_;  // of budget_; covers bytes_
  v1::Field* const response_;
  v1::ImportFieldRequest incoming_;
  std::string name_;
  std::string bytes_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVICES_IMPORT_CALL_H_
