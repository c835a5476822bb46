// The spec's settings, its words and the API's descriptors are the same list: whoever forgets one side sees a test of
// this file fail.

#include "server/messages/train_spec_message.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <type_traits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "actionmatch/v1/metrics.pb.h"
#include "core/metrics/snapshot_score.h"
#include "server/messages/settings_message.h"

namespace actionmatch {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using testing::Contains;
using testing::Field;
using testing::IsEmpty;

// ---- What both sides have ----

// Every field of the message and of its parts that is no part itself, by its path.
void AddLeaves(const Descriptor& type, const std::string& before,
               std::map<std::string, const FieldDescriptor*>* leaves) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string path = before + field.name();
    if (field.message_type() != nullptr) {
      AddLeaves(*field.message_type(), path + ".", leaves);
    } else {
      (*leaves)[path] = &field;
    }
  }
}
std::map<std::string, const FieldDescriptor*> Leaves() {
  std::map<std::string, const FieldDescriptor*> leaves;
  AddLeaves(*v1::TrainSpec::descriptor(), "", &leaves);
  return leaves;
}

template <typename T>
struct Element {
  using type = T;
  static constexpr bool kList = false;
};
template <typename T>
struct Element<std::optional<T>> : Element<T> {};
template <typename T>
struct Element<std::vector<T>> {
  using type = T;
  static constexpr bool kList = true;
};

template <typename T>
FieldDescriptor::CppType TypeOf() {
  if constexpr (std::is_enum_v<T>) return FieldDescriptor::CPPTYPE_ENUM;
  if constexpr (std::is_same_v<T, bool>) return FieldDescriptor::CPPTYPE_BOOL;
  if constexpr (std::is_same_v<T, int32_t>) return FieldDescriptor::CPPTYPE_INT32;
  if constexpr (std::is_same_v<T, int64_t>) return FieldDescriptor::CPPTYPE_INT64;
  if constexpr (std::is_same_v<T, uint64_t>) return FieldDescriptor::CPPTYPE_UINT64;
  return FieldDescriptor::CPPTYPE_DOUBLE;
}

// Calls visit(setting, member) with the settings of a spec of defaults.
template <typename Visit>
void VisitDefaults(const Visit& visit) {
  const TrainSpec spec;
  TrainSpec::VisitSettings(spec, visit);
}

// The words of the API's enumeration, and those of the core's.
std::vector<std::string> WordsIn(const EnumDescriptor& type) {
  const std::string prefix(absl::StripSuffix(type.value(0)->name(), "UNSPECIFIED"));
  EXPECT_EQ(type.value(0)->number(), 0) << type.full_name();
  EXPECT_TRUE(absl::EndsWith(type.value(0)->name(), "_UNSPECIFIED")) << type.full_name();
  std::vector<std::string> words;
  for (int i = 1; i < type.value_count(); ++i) {
    EXPECT_TRUE(absl::StartsWith(type.value(i)->name(), prefix)) << type.value(i)->full_name();
    words.push_back(absl::AsciiStrToLower(absl::StripPrefix(type.value(i)->name(), prefix)));
  }
  return words;
}
template <typename E>
std::vector<std::string> WordsOfCore() {
  std::vector<std::string> words;
  for (const Word<E>& entry : WordsOf(E{})) {
    EXPECT_EQ(WordOf(entry.value), entry.word);  // no value stands twice
    words.emplace_back(entry.word);
  }
  return words;
}
template <typename E>
void ExpectSameWords(const EnumDescriptor& type) {
  EXPECT_THAT(WordsOfCore<E>(), testing::UnorderedElementsAreArray(WordsIn(type))) << type.full_name();
}

// ---- Other values of a member ----

template <typename T>
std::deque<T> OtherValues(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    std::deque<T> others;
    for (const Word<T>& entry : WordsOf(T{})) {
      if (entry.value != value) others.push_back(entry.value);
    }
    return others;
  } else if constexpr (std::is_same_v<T, bool>) {
    return {!value};
  } else if constexpr (std::is_same_v<T, double>) {
    return {value / 3 + 0.1, 1e-300, -1e300};
  } else if constexpr (std::is_same_v<T, uint64_t>) {
    return {value + 1, ~uint64_t{0}};
  } else {
    return {static_cast<T>(value + 1), std::numeric_limits<T>::max()};
  }
}
template <typename T>
std::deque<std::optional<T>> OtherValues(const std::optional<T>& value) {
  std::deque<std::optional<T>> others = {T{}};  // zero is set, too
  for (const T& other : OtherValues(value.value_or(T{}))) others.push_back(other);
  return others;
}
template <typename T>
std::deque<std::vector<T>> OtherValues(const std::vector<T>& values) {
  std::vector<T> longer = values;
  longer.insert(longer.begin(), {T{7}, T{5}});
  return {longer, {T{3}}};
}

template <typename T>
void Set(TrainSpec* spec, const std::string& name, const T& value) {
  TrainSpec::VisitSettings(*spec, [&](const Setting& setting, auto& member) {
    if constexpr (std::is_assignable_v<decltype(member), const T&>) {
      if (setting.name() == name) member = value;
    }
  });
}

std::set<std::string> AppliesIn(const TrainSpec& spec) {
  std::set<std::string> names;
  TrainSpec::VisitSettings(spec, [&](const Setting& setting, const auto&) {
    if (setting.applies()) names.insert(setting.name());
  });
  return names;
}

// A spec in which this setting applies: the default, or one that differs from it in one enumeration.
TrainSpec BaseFor(const std::string& name) {
  TrainSpec base;
  VisitDefaults([&](const Setting& setting, const auto& member) {
    if constexpr (std::is_enum_v<std::decay_t<decltype(member)>>) {
      for (const auto& other : OtherValues(member)) {
        if (AppliesIn(base).count(name) > 0) return;
        base = TrainSpec();
        Set(&base, setting.name(), other);
      }
    }
  });
  EXPECT_EQ(AppliesIn(base).count(name), 1u) << name;
  return base;
}

// Calls act(name, base, spec) for each other value of each setting: spec is base but for that value.
template <typename Act>
void ForEachOtherSpec(const Act& act) {
  VisitDefaults([&](const Setting& setting, const auto& member) {
    const std::string name = setting.name();
    const TrainSpec base = BaseFor(name);
    for (const std::decay_t<decltype(member)>& other : OtherValues(member)) {
      TrainSpec spec = base;
      Set(&spec, name, other);
      act(name, base, spec);
    }
  });
}

// ---- The laws ----

TEST(TrainSpecMessageTest, EachFieldIsOneSettingAndEachSettingOneField) {
  const std::map<std::string, const FieldDescriptor*> leaves = Leaves();
  std::vector<std::string> settings;
  std::vector<std::string> fields;
  VisitDefaults([&](const Setting& setting, const auto&) { settings.emplace_back(setting.name()); });
  for (const auto& [path, field] : leaves) fields.push_back(path);
  EXPECT_THAT(settings, testing::UnorderedElementsAreArray(fields));
}

TEST(TrainSpecMessageTest, AFieldHasItsMembersTypeAndSaysWhetherItIsSet) {
  const std::map<std::string, const FieldDescriptor*> leaves = Leaves();
  VisitDefaults([&](const Setting& setting, const auto& member) {
    using Of = Element<std::decay_t<decltype(member)>>;
    const auto found = leaves.find(setting.name());
    ASSERT_NE(found, leaves.end()) << setting.name();
    const FieldDescriptor& field = *found->second;
    EXPECT_EQ(field.cpp_type(), TypeOf<typename Of::type>()) << setting.name();
    EXPECT_EQ(field.is_repeated(), Of::kList) << setting.name();
    // Without presence a field that is 0 could not be told from one that is not set.
    EXPECT_TRUE(field.has_presence() || Of::kList || field.enum_type() != nullptr) << setting.name();
  });
}

TEST(TrainSpecMessageTest, EachEnumeratorHasOneWordAndEachWordOneEnumerator) {
  const std::map<std::string, const FieldDescriptor*> leaves = Leaves();
  VisitDefaults([&](const Setting& setting, const auto& member) {
    using Member = std::decay_t<decltype(member)>;
    if constexpr (std::is_enum_v<Member>) ExpectSameWords<Member>(*leaves.at(setting.name())->enum_type());
  });
  ExpectSameWords<Subset>(*v1::Subset_descriptor());
  ExpectSameWords<Distance>(*v1::Distance_descriptor());
}

TEST(TrainSpecMessageTest, ASpecThatSetsNothingIsTheCoresDefault) {
  const auto core = ToCore(v1::TrainSpec());
  ASSERT_TRUE(core.ok());
  EXPECT_EQ(TrainSpecToJson(*core), TrainSpecToJson(TrainSpec()));
}

TEST(TrainSpecMessageTest, EachValueSurvivesMessageAndJson) {
  int specs = 0;
  ForEachOtherSpec([&](const std::string& name, const TrainSpec&, const TrainSpec& spec) {
    const v1::TrainSpec message = ToProto(spec);
    const auto from_message = ToCore(message);
    ASSERT_TRUE(from_message.ok()) << from_message.status();
    const auto from_json = TrainSpecFromJson(TrainSpecToJson(*from_message));
    // JSON holds no negative whole numbers, and no setting may be one.
    ASSERT_TRUE(from_json.ok()) << from_json.status();
    EXPECT_TRUE(MessageDifferencer::Equals(ToProto(*from_json), message)) << name << ": " << message.DebugString();
    EXPECT_EQ(TrainSpecToJson(*from_json), TrainSpecToJson(spec)) << name;
    ++specs;
  });
  EXPECT_GT(specs, static_cast<int>(Leaves().size()));
}

// But for settings that apply to one of the two values alone.
TEST(TrainSpecMessageTest, ASettingIsTheFieldAndTheKeyOfItsNameAndNoOther) {
  ForEachOtherSpec([&](const std::string& name, const TrainSpec& base, const TrainSpec& spec) {
    v1::TrainSpec usual = ToProto(base);
    v1::TrainSpec changed = ToProto(spec);
    nlohmann::json usual_json = nlohmann::json::parse(TrainSpecToJson(base));
    nlohmann::json changed_json = nlohmann::json::parse(TrainSpecToJson(spec));
    const auto expect_difference = [&](bool different) {
      EXPECT_EQ(MessageDifferencer::Equals(changed, usual), !different) << name;
      EXPECT_EQ(changed_json == usual_json, !different) << name;
    };
    const auto erase = [&](const std::string& of) {
      for (v1::TrainSpec* message : {&usual, &changed}) {
        const FieldPlace at = FindOrMakeField(message, of);
        at.reflection().ClearField(&at.part, &at.field);
      }
      usual_json.erase(of);
      changed_json.erase(of);
    };
    const std::set<std::string> in_base = AppliesIn(base);
    const std::set<std::string> in_spec = AppliesIn(spec);
    for (const auto& [path, field] : Leaves()) {
      if (path != name && in_base.count(path) != in_spec.count(path)) erase(path);
    }
    expect_difference(true);
    erase(name);
    expect_difference(false);
  });
}

// The first number beyond each end.
template <typename T>
std::vector<T> Outside(const Range& range) {
  if constexpr (std::is_same_v<T, double>) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const double below = range.ends == Range::Ends::kNone ? range.low : std::nextafter(range.low, -kInfinity);
    const double above = range.ends == Range::Ends::kBoth ? std::nextafter(range.high, kInfinity) : range.high;
    return {below, above, std::nan("")};
  } else {
    return {static_cast<T>(range.low - 1), static_cast<T>(range.high + 1)};
  }
}

TEST(TrainSpecMessageTest, ANumberOutsideItsRangeIsAViolationOfItsField) {
  int ranges = 0;
  const auto expect_violation = [&](const Setting& setting, const auto& value) {
    TrainSpec spec = BaseFor(setting.name());
    Set(&spec, setting.name(), value);
    EXPECT_THAT(Validate(spec), Contains(Field(&Violation::field, setting.name()))) << setting.name();
    ++ranges;
  };
  VisitDefaults([&](const Setting& setting, const auto& member) {
    using Of = Element<std::decay_t<decltype(member)>>;
    using Number = typename Of::type;
    if constexpr (std::is_arithmetic_v<Number>) {
      if (setting.range().has_value()) {
        for (const Number number : Outside<Number>(*setting.range())) {
          if constexpr (Of::kList) {
            expect_violation(setting, std::vector<Number>{number});
          } else {
            expect_violation(setting, number);
          }
        }
      }
      if constexpr (Of::kList) {
        if (!setting.count().has_value()) return;
        for (const int count : Outside<int>(*setting.count())) expect_violation(setting, std::vector<Number>(count, 1));
      }
    }
  });
  EXPECT_GT(ranges, 40);
}

TEST(TrainSpecMessageTest, UnknownEnumValuesAreNamedWithWhatIsKnown) {
  v1::TrainSpec spec;
  spec.mutable_path()->set_kind(static_cast<v1::PathSpec::Kind>(99));
  spec.mutable_training()->set_form(static_cast<v1::TrainingSpec::Form>(98));
  std::vector<Violation> violations;
  const TrainSpec core = ToCore(spec, &violations);
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[0].field, "path.kind");
  EXPECT_EQ(
      violations[0].reason,
      "is 99, which this server does not know: use one of KIND_AUTO, KIND_OBSERVED, KIND_LINEAR, KIND_OT, KIND_UOT");
  EXPECT_EQ(violations[1].field, "training.form");
  EXPECT_EQ(TrainSpecToJson(core), TrainSpecToJson(TrainSpec()));
  EXPECT_EQ(ToCore(spec).status().code(), absl::StatusCode::kInvalidArgument);
}

// A spec of which one setting counts only for one kind of path.
struct OneKindSpec {
  PathSpec::Kind kind = PathSpec::Kind::kAuto;
  double power = 2;

  template <typename Self, typename Visit>
  static void VisitSettings(Self& spec, const Visit& visit) {
    visit(Setting("path.kind"), spec.kind);
    visit(Setting("dynamics.cost.power").OnlyWhere("path.kind", spec.kind, PathSpec::Kind::kUot), spec.power);
  }
};

TEST(SettingsMessageTest, ASettingOfOneKindStandsOnlyInMessagesOfThatKind) {
  OneKindSpec spec;
  v1::TrainSpec message;
  OneKindSpec::VisitSettings(spec, MessageWriter(&message));
  EXPECT_FALSE(message.has_dynamics());
  spec.kind = PathSpec::Kind::kUot;
  OneKindSpec::VisitSettings(spec, MessageWriter(&message));
  EXPECT_EQ(message.dynamics().cost().power(), 2);

  message.mutable_dynamics()->mutable_cost()->set_power(3);
  std::vector<Violation> violations;
  OneKindSpec read;
  OneKindSpec::VisitSettings(read, MessageReader(message, &violations));
  EXPECT_EQ(read.power, 3);
  EXPECT_THAT(violations, IsEmpty());

  message.mutable_path()->set_kind(v1::PathSpec::KIND_OT);
  read = OneKindSpec();
  OneKindSpec::VisitSettings(read, MessageReader(message, &violations));
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "dynamics.cost.power");
  EXPECT_EQ(violations[0].reason, "counts only where path.kind is UOT; set that, or leave it out");
}

}  // namespace
}  // namespace actionmatch
