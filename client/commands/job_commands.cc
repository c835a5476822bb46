// actionmatch job ...

#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/settings.h"
#include "client/files/file_bytes.h"
#include "client/files/number_text.h"
#include "client/terminal/error_text.h"
#include "client/terminal/exit_code.h"
#include "client/terminal/output.h"

namespace actionmatch {
namespace {

using Service = v1::JobService::Stub;

std::string StateText(const v1::Job& job) {
  const std::string name = v1::Job::State_Name(job.state());
  return name.substr(sizeof("STATE_") - 1);
}

std::string ProgressText(const v1::Job& job) {
  if (job.phase() == v1::Job::PHASE_PATH) return "computing transport plans";
  if (!job.has_progress()) return job.state() == v1::Job::STATE_QUEUED ? "waiting for a worker" : "loading";
  const v1::Progress& progress = job.progress();
  std::string text = absl::StrFormat("step %d/%d, %.3g ms a step", progress.step(), progress.total_steps(),
                                     1e3 * progress.step_seconds());
  if (progress.selected_distance() > 0) {
    absl::StrAppendFormat(&text, ", validation W1 %.4g at step %d", progress.selected_distance(),
                          progress.selected_step());
  }
  return text;
}

// "CPU, FUSED"; empty until a worker has chosen.
std::string DeviceText(const v1::ResolvedChoices& resolved) {
  if (resolved.device() == v1::TrainingSpec::DEVICE_UNSPECIFIED) return "";
  return absl::StrCat(v1::TrainingSpec::Device_Name(resolved.device()).substr(sizeof("DEVICE_") - 1), ", ",
                      v1::TrainingSpec::Engine_Name(resolved.engine()).substr(sizeof("ENGINE_") - 1));
}

void PrintJob(const v1::Job& job) {
  PrintFacts({{"name", job.name()},
              {"state", StateText(job)},
              {"dataset", job.dataset()},
              {"field", job.fields(0)},
              {"attempt", absl::StrCat(job.attempt())},
              {"made", TimeText(job.create_time())},
              {"error", job.error()},
              {"path", job.resolved().path_reason()},
              {"device", DeviceText(job.resolved())},
              {"progress", job.has_progress() ? ProgressText(job) : ""}});
  if (job.progress().scores().empty()) return;
  std::cout << '\n';
  // In training, snapshots with many rows are thinned before they are scored.
  const auto of = [](int64_t count, int64_t present) {
    return present > count ? absl::StrCat(count, " of ", present) : absl::StrCat(count);
  };
  TextTable table = {{"subset", "time", "from", "pushed", "observed", "W1", "W2"}};
  for (const v1::SnapshotScore& score : job.progress().scores()) {
    table.push_back({v1::Subset_Name(score.subset()).substr(sizeof("SUBSET_") - 1), ExactNumber(score.time()),
                     ExactNumber(score.source_time()), of(score.pushed_count(), score.pushed_present()),
                     of(score.observed_count(), score.observed_present()), ShortNumber(score.w1()),
                     ShortNumber(score.w2())});
  }
  PrintTable(table);
}

void Print(const Session& session, const v1::Job& job) { session.json ? PrintJson(job) : PrintJob(job); }

std::string NameOf(const Arguments& arguments) { return ResourceName("jobs", arguments.Get("JOB")); }

void SayJobGoesOn(int) {
  constexpr char kText[] =
      "\nThe job goes on; see `actionmatch job watch`, or stop it with `actionmatch job cancel`.\n";
  if (write(STDERR_FILENO, kText, sizeof(kText) - 1) < 0) _exit(1);
  _exit(130);
}

// Follows a job to its end: OK only if it succeeded.
absl::Status WatchToEnd(const Session& session, const std::string& name, bool print_messages) {
  std::signal(SIGINT, SayJobGoesOn);
  v1::WatchJobRequest request;
  request.set_name(name);
  v1::Job job;
  {
    ProgressBar bar(name);
    const std::function<absl::Status(const v1::WatchJobResponse&)> take = [&](const v1::WatchJobResponse& response) {
      job = response.job();
      if (print_messages) PrintJson(response);
      double fraction = 0;
      if (job.has_progress() && job.progress().total_steps() > 0) {
        fraction = static_cast<double>(job.progress().step()) / static_cast<double>(job.progress().total_steps());
      }
      bar.Update(fraction, ProgressText(job));
      return absl::OkStatus();
    };
    absl::Status status = session.client.Stream(session.client.jobs(), &Service::WatchJob, request, take);
    std::signal(SIGINT, SIG_DFL);
    if (absl::IsUnavailable(status)) {  // a server that stops lets go of the job, and later goes on with it
      return WithMore(status, absl::StrCat("; the job goes on with the server: follow it with ",
                                           "`actionmatch job watch ", ShortName(name), "`"));
    }
    if (!status.ok()) return status;
  }
  if (job.state() == v1::Job::STATE_SUCCEEDED) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat(name, " ended ", StateText(job), (job.error().empty() ? "" : ": "), job.error()));
}

absl::Status Submit(const Session& session, const Arguments& arguments) {
  v1::CreateJobRequest request;
  v1::Job& job = *request.mutable_job();
  job.set_dataset(ResourceName("datasets", arguments.Get("DATASET")));
  if (arguments.Has("--name")) job.set_name(ResourceName("jobs", arguments.Get("--name")));
  if (arguments.Has("--field")) job.add_fields(ResourceName("fields", arguments.Get("--field")));
  job.mutable_train();
  if (arguments.Has("--spec")) {
    const std::string path = arguments.Get("--spec");
    const absl::StatusOr<std::string> json = ReadFile(path);
    if (!json.ok()) return json.status();
    if (absl::Status status = ParseJson(*json, job.mutable_train()); !status.ok()) {
      return Misuse(absl::StrCat(path, ": ", status.message()));
    }
  }
  for (const std::string& setting : arguments.All("--set")) {
    if (absl::Status status = ApplySetting(setting, job.mutable_train()); !status.ok()) return Misuse(status.message());
  }
  request.set_validate_only(arguments.Has("--print-spec"));
  absl::StatusOr<v1::Job> made = session.client.Call(session.client.jobs(), &Service::CreateJob, request);
  if (!made.ok()) return made.status();
  if (arguments.Has("--print-spec")) {
    session.json ? PrintJson(made->train()) : PrintJsonIndented(made->train());
    return absl::OkStatus();
  }
  if (!arguments.Has("--wait")) {
    session.json ? PrintJson(*made) : static_cast<void>(std::cout << made->name() << std::endl);
    return absl::OkStatus();
  }
  if (absl::Status status = WatchToEnd(session, made->name(), false); !status.ok()) return status;
  v1::GetJobRequest get;
  get.set_name(made->name());
  made = session.client.Call(session.client.jobs(), &Service::GetJob, get);
  if (!made.ok()) return made.status();
  Print(session, *made);
  return absl::OkStatus();
}

absl::Status List(const Session& session, const Arguments&) {
  TextTable table = {{"name", "state", "dataset", "field", "step", "made"}};
  v1::ListJobsRequest request;
  do {
    const auto page = session.client.Call(session.client.jobs(), &Service::ListJobs, request);
    if (!page.ok()) return page.status();
    for (const v1::Job& job : page->jobs()) {
      if (session.json) PrintJson(job);
      table.push_back(
          {ShortName(job.name()), StateText(job), ShortName(job.dataset()), ShortName(job.fields(0)),
           job.has_progress() ? absl::StrCat(job.progress().step(), "/", job.progress().total_steps()) : "-",
           TimeText(job.create_time())});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (!session.json) PrintTable(table);
  return absl::OkStatus();
}

absl::Status Show(const Session& session, const Arguments& arguments) {
  v1::GetJobRequest request;
  request.set_name(NameOf(arguments));
  absl::StatusOr<v1::Job> job = session.client.Call(session.client.jobs(), &Service::GetJob, request);
  if (!job.ok()) return job.status();
  Print(session, *job);
  return absl::OkStatus();
}

absl::Status Watch(const Session& session, const Arguments& arguments) {
  return WatchToEnd(session, NameOf(arguments), session.json);
}

absl::Status Cancel(const Session& session, const Arguments& arguments) {
  v1::CancelJobRequest request;
  request.set_name(NameOf(arguments));
  absl::StatusOr<v1::Job> job = session.client.Call(session.client.jobs(), &Service::CancelJob, request);
  if (!job.ok()) return job.status();
  Print(session, *job);
  Say(job->state() == v1::Job::STATE_RUNNING     ? "asked to stop: its worker lets go of it before the next step"
      : job->state() == v1::Job::STATE_CANCELLED ? "cancelled"
                                                 : "it had ended before: nothing was cancelled");
  return absl::OkStatus();
}

absl::Status Delete(const Session& session, const Arguments& arguments) {
  v1::DeleteJobRequest request;
  request.set_name(NameOf(arguments));
  return session.client.Call(session.client.jobs(), &Service::DeleteJob, request).status();
}

}  // namespace

const Noun& JobCommands() {
  static const Parameter job = {"JOB", "", "the job", true};
  static const auto* noun = new Noun{
      "job",
      "training runs over datasets",
      {
          {"submit",
           "Queue a training run; prints the job's name.",
           {{"DATASET", "", "what to train on, as it stands now", true},
            {"--field", "NAME", "name of the field to make [the job's]"},
            {"--name", "NAME", "name of the job [made by the server]"},
            {"--spec", "FILE", "spec in the API's JSON form (TrainSpec); what it leaves out takes its default"},
            {"--set", "A.B=VALUE", "one setting of the spec, after --spec", false, true},
            {"--wait", "", "watch to the end; exit code 1 unless it succeeds; Ctrl-C leaves the job to go on"},
            {"--print-spec", "", "only check, and print the whole spec with all defaults"}},
           Submit,
           "Settings: as in --print-spec, enums by their short names, lists with commas. For example:\n"
           "  --set training.steps=5000 --set path.kind=ot --set potential.hidden=64,64 --set "
           "hold_out.test_fraction=0.2"},
          {"list", "List the jobs, newest first.", {}, List},
          {"show", "Show a job and its latest held-out distances.", {job}, Show},
          {"watch", "Follow a job to its end; exit code 1 unless it succeeds.", {job}, Watch},
          {"cancel", "Stop a job.", {job}, Cancel},
          {"delete", "Delete a job that has ended; its field stays.", {job}, Delete},
      }};
  return *noun;
}

}  // namespace actionmatch
