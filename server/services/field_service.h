// FieldService (actionmatch/v1/field.proto): holds fields, evaluates and scores them.

#ifndef ACTIONMATCH_SERVER_SERVICES_FIELD_SERVICE_H_
#define ACTIONMATCH_SERVER_SERVICES_FIELD_SERVICE_H_

#include <cstdint>

#include "actionmatch/v1/field.grpc.pb.h"
#include "server/calls/byte_budget.h"
#include "server/calls/call.h"
#include "server/services/field_cache.h"
#include "server/store/store.h"

namespace actionmatch {

class FieldServiceImpl final : public v1::FieldService::CallbackService {
 public:
  // most_answer_bytes: the size of the largest Evaluate answer. most_import_bytes: the bytes that all imports together
  // may hold.
  FieldServiceImpl(CallRuntime& runtime, Store& store, FieldCache& fields, int64_t most_answer_bytes,
                   int64_t most_import_bytes)
      : runtime_(runtime),
        store_(store),
        fields_(fields),
        most_answer_bytes_(most_answer_bytes),
        imports_(most_import_bytes) {}

  grpc::ServerUnaryReactor* GetField(grpc::CallbackServerContext* context, const v1::GetFieldRequest* request,
                                     v1::Field* response) override;
  grpc::ServerUnaryReactor* ListFields(grpc::CallbackServerContext* context, const v1::ListFieldsRequest* request,
                                       v1::ListFieldsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteField(grpc::CallbackServerContext* context, const v1::DeleteFieldRequest* request,
                                        v1::DeleteFieldResponse* response) override;
  grpc::ServerWriteReactor<v1::ExportFieldResponse>* ExportField(grpc::CallbackServerContext* context,
                                                                 const v1::ExportFieldRequest* request) override;
  grpc::ServerReadReactor<v1::ImportFieldRequest>* ImportField(grpc::CallbackServerContext* context,
                                                               v1::Field* response) override;
  grpc::ServerUnaryReactor* Evaluate(grpc::CallbackServerContext* context, const v1::EvaluateRequest* request,
                                     v1::EvaluateResponse* response) override;
  grpc::ServerUnaryReactor* EvaluateDensity(grpc::CallbackServerContext* context,
                                            const v1::EvaluateDensityRequest* request,
                                            v1::EvaluateDensityResponse* response) override;
  grpc::ServerUnaryReactor* ScoreField(grpc::CallbackServerContext* context, const v1::ScoreFieldRequest* request,
                                       v1::ScoreFieldResponse* response) override;

 private:
  absl::Status EvaluateNow(const Call& call, const v1::EvaluateRequest& request, v1::EvaluateResponse* response);
  absl::Status DensityNow(const Call& call, const v1::EvaluateDensityRequest& request,
                          v1::EvaluateDensityResponse* response);
  absl::Status ScoreNow(const Call& call, const v1::ScoreFieldRequest& request, v1::ScoreFieldResponse* response);

  CallRuntime& runtime_;
  Store& store_;
  FieldCache& fields_;
  const int64_t most_answer_bytes_;
  ByteBudget imports_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVICES_FIELD_SERVICE_H_
