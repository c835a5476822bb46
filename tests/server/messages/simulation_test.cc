// The populations of the API against those of the core.

#include "server/messages/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/simulation/population.h"
#include "google/protobuf/message.h"

namespace actionmatch {
namespace {

using google::protobuf::FieldDescriptor;

const BeforeDraw kGoOn = [] { return absl::OkStatus(); };

const google::protobuf::OneofDescriptor& Choices() {
  return *v1::Simulation::descriptor()->FindOneofByName("population");
}

// A population or a parameter that only one side has fails here.
TEST(SimulationTest, TheApiHasThePopulationsOfTheCoreWithTheirParameters) {
  ASSERT_EQ(static_cast<size_t>(Choices().field_count()), Populations().size());
  for (int i = 0; i < Choices().field_count(); ++i) {
    const FieldDescriptor& field = *Choices().field(i);
    EXPECT_EQ(field.name(), Populations()[i].word);
    std::set<std::string> in_api, in_core;
    for (int p = 0; p < field.message_type()->field_count(); ++p) in_api.insert(field.message_type()->field(p)->name());
    Populations()[i].make()->VisitParameters(
        [&](absl::string_view name, ParameterValue) { in_core.insert(std::string(name)); });
    EXPECT_EQ(in_api, in_core) << field.name();
  }
}

// What is set is used, what is not set gets its default; both stand in the message afterwards.
TEST(SimulationTest, EachPopulationIsDrawnByItsParametersAndShowsItsDefaults) {
  for (int i = 0; i < Choices().field_count(); ++i) {
    v1::Simulation simulation;
    google::protobuf::Message* message = simulation.GetReflection()->MutableMessage(&simulation, Choices().field(i));
    const auto& fields = *message->GetReflection();
    const auto field = [&](const char* name) { return message->GetDescriptor()->FindFieldByName(name); };
    fields.SetInt32(message, field("snapshots"), 2);
    fields.SetInt32(message, field("points"), 10);
    const auto batches = Draw(&simulation, kGoOn);
    ASSERT_TRUE(batches.ok()) << batches.status();
    ASSERT_EQ(batches->size(), 2u);
    EXPECT_EQ((*batches)[0].points().shape(0), 10);
    EXPECT_EQ((*batches)[1].number(), 2);
    EXPECT_EQ(fields.GetInt32(*message, field("points")), 10);
    for (int p = 0; p < message->GetDescriptor()->field_count(); ++p) {
      const FieldDescriptor* parameter = message->GetDescriptor()->field(p);
      if (parameter->is_repeated()) continue;  // has no default
      EXPECT_TRUE(fields.HasField(*message, parameter)) << parameter->full_name();
    }
  }
  v1::Simulation branching;
  branching.mutable_branching()->add_growth(0.3);
  branching.mutable_branching()->set_branches(1);
  Branching population;
  population.branches = 1;
  population.growth = {0.3};
  const Snapshots expected = *Simulate(population, 0);
  EXPECT_EQ(Draw(&branching, kGoOn)->back().points().shape(0), expected.at.back().points.count());
}

TEST(SimulationTest, ErrorsNameTheParameterOrWhatIsMissing) {
  v1::Simulation simulation;
  EXPECT_EQ(Draw(&simulation, kGoOn).status().message(),
            "simulation.population is required: set gaussians, branching, ou, three_gene or hydrogen");
  simulation.mutable_ou()->set_rate(-1);
  EXPECT_EQ(Draw(&simulation, kGoOn).status().message(), "simulation: rate must be 1e-06 to 1e+06, is -1");
}

}  // namespace
}  // namespace actionmatch
