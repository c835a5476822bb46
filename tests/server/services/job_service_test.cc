// Laws of JobService, through real calls in one process. The worker's part is played on the store.

#include "server/services/job_service.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/services/service_fixture.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;
using Stub = v1::JobService::Stub;

class JobServiceTest : public ServiceTest {
 protected:
  JobServiceTest() : dataset_(MakeDataset("datasets/d")) {}

  static v1::Job Asked(const std::string& id) {
    v1::Job job;
    job.set_name(absl::StrCat("jobs/", id));
    job.set_dataset("datasets/d");
    job.mutable_train()->mutable_training()->set_steps(10);
    return job;
  }
  Answered<v1::Job> Create(const v1::Job& job, const std::string& request_id = "", bool validate_only = false) {
    v1::CreateJobRequest request;
    *request.mutable_job() = job;
    request.set_request_id(request_id);
    request.set_validate_only(validate_only);
    return Ask(*jobs_, &Stub::CreateJob, request);
  }
  Answered<v1::Job> Get(const std::string& name) {
    v1::GetJobRequest request;
    request.set_name(name);
    return Ask(*jobs_, &Stub::GetJob, request);
  }
  Answered<v1::ListJobsResponse> List(int page_size, const std::string& page_token = "") {
    v1::ListJobsRequest request;
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    return Ask(*jobs_, &Stub::ListJobs, request);
  }
  Answered<v1::Job> Cancel(const std::string& name) {
    v1::CancelJobRequest request;
    request.set_name(name);
    return Ask(*jobs_, &Stub::CancelJob, request);
  }
  grpc::StatusCode Delete(const std::string& name, const std::string& etag = "") {
    v1::DeleteJobRequest request;
    request.set_name(name);
    request.set_etag(etag);
    return Ask(*jobs_, &Stub::DeleteJob, request).code();
  }
  Streamed<v1::WatchJobResponse> Watch(const std::string& name, int64_t from_step = 0) {
    v1::WatchJobRequest request;
    request.set_name(name);
    request.set_from_step(from_step);
    return ReadAll(*jobs_, &Stub::WatchJob, request);
  }
  Lease Claim() {
    const absl::StatusOr<std::optional<ClaimedJob>> claimed = store_->ClaimJob("worker", absl::Hours(1));
    EXPECT_TRUE(claimed.ok() && claimed->has_value());
    return (*claimed)->lease;
  }

  const v1::Dataset dataset_;
};

TEST_F(JobServiceTest, ValidationStoresNothingAndPromisesWhatIsMade) {
  const Answered<v1::Job> promised = Create(Asked("j"), "id", true);
  ASSERT_TRUE(promised.status.ok()) << promised.status.error_message();
  EXPECT_TRUE(promised->train().training().has_batch_size());  // the spec is complete
  EXPECT_EQ(promised->uid(), "");
  EXPECT_EQ(Get("jobs/j").code(), grpc::NOT_FOUND);
  EXPECT_EQ(List(10)->jobs_size(), 0);
  EXPECT_FALSE(store_->ClaimJob("worker", absl::Hours(1))->has_value());

  const Answered<v1::Job> made = Create(Asked("j"), "id");
  ASSERT_TRUE(made.status.ok()) << made.status.error_message();
  EXPECT_EQ(made->train().SerializeAsString(), promised->train().SerializeAsString());
  EXPECT_EQ(made->fields(0), promised->fields(0));
  EXPECT_EQ(made->content_hash(), promised->content_hash());
  EXPECT_EQ(Create(Asked("j"), "id", true).code(), grpc::OK);  // whether names are free is not asked
}

TEST_F(JobServiceTest, AJobGoesFromQueuedToRunningToOneEnd) {
  const Answered<v1::Job> queued = Create(Asked("j"));
  ASSERT_TRUE(queued.status.ok()) << queued.status.error_message();
  EXPECT_EQ(queued->state(), v1::Job::STATE_QUEUED);
  EXPECT_EQ(Get("jobs/j")->SerializeAsString(), queued->SerializeAsString());
  EXPECT_EQ(Delete("jobs/j"), grpc::FAILED_PRECONDITION);

  const Lease lease = Claim();
  EXPECT_EQ(Get("jobs/j")->state(), v1::Job::STATE_RUNNING);
  EXPECT_EQ(Get("jobs/j")->attempt(), 1);
  EXPECT_EQ(Delete("jobs/j"), grpc::FAILED_PRECONDITION);

  ASSERT_TRUE(store_->FinishJob(lease, {}, "field").ok());
  const Answered<v1::Job> ended = Get("jobs/j");
  EXPECT_EQ(ended->state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_TRUE(ended->has_end_time());
  EXPECT_EQ(Cancel("jobs/j")->SerializeAsString(), ended->SerializeAsString());  // left as it is
  EXPECT_EQ(Delete("jobs/j", queued->etag()), grpc::ABORTED);
  EXPECT_EQ(Delete("jobs/j", ended->etag()), grpc::OK);
  for (const grpc::StatusCode code :
       {Get("jobs/j").code(), Cancel("jobs/j").code(), Watch("jobs/j").code(), Delete("jobs/j")}) {
    EXPECT_EQ(code, grpc::NOT_FOUND);
  }
}

TEST_F(JobServiceTest, CancelEndsAQueuedJobAtOnceAndAsksTheWorkerOfARunningOne) {
  ASSERT_TRUE(Create(Asked("queued")).status.ok());
  EXPECT_EQ(Cancel("jobs/queued")->state(), v1::Job::STATE_CANCELLED);
  ASSERT_TRUE(Create(Asked("running")).status.ok());
  const Lease lease = Claim();
  const Answered<v1::Job> asked = Cancel("jobs/running");
  EXPECT_EQ(asked->state(), v1::Job::STATE_RUNNING);
  EXPECT_TRUE(asked->cancel_requested());
  EXPECT_EQ(Cancel("jobs/running")->etag(), asked->etag());  // asking again changes nothing
  ASSERT_TRUE(store_->FinishCancelled(lease).ok());
  EXPECT_EQ(Get("jobs/running")->state(), v1::Job::STATE_CANCELLED);
}

TEST_F(JobServiceTest, AJobIsBoundToTheDatasetAsItStood) {
  const Answered<v1::Job> before = Create(Asked("before"));
  v1::AppendSnapshotsResponse acknowledged;
  Store::Added added;
  ASSERT_TRUE(store_->AppendBatches("datasets/d", {Batch(3, {4, 4}, 2)}, &acknowledged, &added).ok());
  const Answered<v1::Job> after = Create(Asked("after"));
  EXPECT_EQ(before->last_batch(), 2);
  EXPECT_EQ(before->content_hash(), dataset_.content_hash());
  EXPECT_EQ(after->last_batch(), 3);
  EXPECT_EQ(after->content_hash(), store_->GetDataset("datasets/d")->content_hash());
  EXPECT_EQ(Get("jobs/before")->last_batch(), 2);
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->DeleteDataset("datasets/d", "")));
}

TEST_F(JobServiceTest, NamesAreTakenByJobsAndReservedForTheirFields) {
  ASSERT_TRUE(Create(Asked("j")).status.ok());
  v1::Job another = Asked("k");
  another.add_fields("fields/j");
  EXPECT_EQ(Create(Asked("j")).code(), grpc::ALREADY_EXISTS);
  EXPECT_EQ(Create(another).code(), grpc::ALREADY_EXISTS);
  ASSERT_TRUE(Cancel("jobs/j").status.ok());
  EXPECT_EQ(Create(another).code(), grpc::OK);
  v1::Job nameless = Asked("");
  nameless.clear_name();
  EXPECT_NE(Create(nameless)->name(), Create(nameless)->name());
}

TEST_F(JobServiceTest, ARepeatedRequestAnswersWithItsJobWhateverHasBecomeOfTheDataset) {
  const std::string uid = Create(Asked("j"), "id")->uid();
  v1::Job other = Asked("j");
  other.mutable_train()->mutable_training()->set_steps(11);
  EXPECT_EQ(Create(other, "id").code(), grpc::INVALID_ARGUMENT);
  ASSERT_TRUE(Cancel("jobs/j").status.ok());
  ASSERT_TRUE(store_->DeleteDataset("datasets/d", "").ok());
  const Answered<v1::Job> repeated = Create(Asked("j"), "id");
  ASSERT_TRUE(repeated.status.ok()) << repeated.status.error_message();
  EXPECT_EQ(repeated->uid(), uid);
  EXPECT_EQ(repeated->state(), v1::Job::STATE_CANCELLED);
  EXPECT_EQ(Create(Asked("k"), "another").code(), grpc::NOT_FOUND);
}

TEST_F(JobServiceTest, EverythingThatIsWrongIsToldAtOnce) {
  v1::Job wrong = Asked("NO");
  wrong.mutable_train()->mutable_training()->set_steps(-1);
  wrong.mutable_train()->mutable_potential()->add_hidden(-1);
  const Answered<v1::Job> refused = Create(wrong);
  EXPECT_EQ(refused.code(), grpc::INVALID_ARGUMENT);
  for (const char* field : {"job.name", "job.train.training.steps", "job.train.potential.hidden"}) {
    EXPECT_THAT(refused.status.error_message(), HasSubstr(field));
  }
  v1::Job unset = Asked("j");
  unset.clear_train();
  EXPECT_EQ(Create(unset).code(), grpc::INVALID_ARGUMENT);
  ASSERT_TRUE(store_->CreateDataset(Named("datasets/empty"), {}, {}).ok());
  v1::Job of_nothing = Asked("j");
  of_nothing.set_dataset("datasets/empty");
  EXPECT_EQ(Create(of_nothing).code(), grpc::FAILED_PRECONDITION);
  EXPECT_EQ(List(10)->jobs_size(), 0);
}

TEST_F(JobServiceTest, PagesTogetherHoldEachJobOnceNewestFirst) {
  std::vector<std::string> newest_first;
  for (int i = 0; i < 7; ++i) {
    newest_first.insert(newest_first.begin(), Create(Asked(absl::StrCat("j", i * 3 % 7)))->name());
  }
  for (const int size : {0, 1, 2, 7, 1000}) {
    std::vector<std::string> seen;
    std::string token;
    do {
      const Answered<v1::ListJobsResponse> page = List(size, token);
      ASSERT_TRUE(page.status.ok()) << page.status.error_message();
      for (const v1::Job& job : page->jobs()) seen.push_back(job.name());
      token = page->next_page_token();
    } while (!token.empty());
    EXPECT_EQ(seen, newest_first) << size;
  }
  EXPECT_EQ(List(-1).code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(List(1, "no token").code(), grpc::INVALID_ARGUMENT);
}

TEST_F(JobServiceTest, AWatcherSeesEachStepOnceInOrderAndTheEndLast) {
  ASSERT_TRUE(Create(Asked("j")).status.ok());
  const Lease lease = Claim();
  v1::Progress progress;
  for (int i = 0; i < 16000; ++i) progress.add_scores()->set_w1(1);  // so that all steps do not fit one message
  for (int step = 1; step <= 6; ++step) {
    progress.set_step(step);
    ASSERT_TRUE(store_->RecordProgress(lease, progress).ok());
  }
  ASSERT_TRUE(store_->FailJob(lease, "no").ok());
  for (const int64_t from : {0, 1, 4, 6, 7}) {
    const Streamed<v1::WatchJobResponse> watched = Watch("jobs/j", from);
    ASSERT_TRUE(watched.status.ok()) << watched.status.error_message();
    ASSERT_FALSE(watched.messages.empty());
    int64_t next = std::max<int64_t>(from, 1);
    for (const v1::WatchJobResponse& message : watched.messages) {
      for (const v1::Progress& seen : message.progress()) EXPECT_EQ(seen.step(), next++);
    }
    EXPECT_EQ(next, 7);
    EXPECT_EQ(watched.messages.back().job().state(), v1::Job::STATE_FAILED);
    EXPECT_EQ(watched.messages.back().job().error(), "no");
  }
}

TEST_F(JobServiceTest, AWatcherSeesAChangeThatComesWhileItWatches) {
  ASSERT_TRUE(Create(Asked("j")).status.ok());
  grpc::ClientContext context;
  v1::WatchJobRequest request;
  request.set_name("jobs/j");
  const auto reader = jobs_->WatchJob(&context, request);
  v1::WatchJobResponse message;
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(message.job().state(), v1::Job::STATE_QUEUED);
  ASSERT_TRUE(Cancel("jobs/j").status.ok());
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(message.job().state(), v1::Job::STATE_CANCELLED);
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_TRUE(reader->Finish().ok());
}

}  // namespace
}  // namespace actionmatch
