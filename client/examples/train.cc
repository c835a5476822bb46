// Submits a training job and follows it to its end.
//
//   example_train HOST:PORT DATASET FIELD
//
// A setting that the spec leaves out takes its default. A job goes on when its watcher leaves, and can be watched again
// at any time.

#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>

#include "client/client.h"

namespace v1 = actionmatch::v1;

namespace {

int Fail(const absl::Status& status) {
  std::cerr << status << std::endl;
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: example_train HOST:PORT DATASET FIELD" << std::endl;
    return EXIT_FAILURE;
  }
  actionmatch::Client client(argv[1]);

  v1::CreateJobRequest request;
  v1::Job& job = *request.mutable_job();
  job.set_dataset(std::string("datasets/") + argv[2]);
  job.add_fields(std::string("fields/") + argv[3]);
  v1::TrainSpec& spec = *job.mutable_train();
  spec.mutable_training()->set_steps(200);
  spec.mutable_potential()->add_hidden(32);
  spec.mutable_potential()->add_hidden(32);
  const auto made = client.Call(client.jobs(), &v1::JobService::Stub::CreateJob, request);
  if (!made.ok()) return Fail(made.status());
  std::cout << "submitted " << made->name() << std::endl;

  v1::WatchJobRequest watch;
  watch.set_name(made->name());
  v1::Job last;
  const std::function<absl::Status(const v1::WatchJobResponse&)> take = [&](const v1::WatchJobResponse& response) {
    last = response.job();
    for (const v1::Progress& progress : response.progress()) {
      std::cout << "step " << progress.step() << " of " << progress.total_steps() << ", loss " << progress.loss()
                << std::endl;
    }
    return absl::OkStatus();  // an error would end the call
  };
  const absl::Status watched = client.Stream(client.jobs(), &v1::JobService::Stub::WatchJob, watch, take);
  if (!watched.ok()) return Fail(watched);
  if (last.state() != v1::Job::STATE_SUCCEEDED) return Fail(absl::AbortedError(last.error()));
  std::cout << "made " << last.fields(0) << std::endl;
}
