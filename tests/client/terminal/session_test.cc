#include "client/terminal/session.h"

#include <gtest/gtest.h>

namespace actionmatch {
namespace {

TEST(SessionTest, ANameIsGivenAloneOrWithItsCollection) {
  for (const char* name : {"eb", "datasets/eb"}) EXPECT_EQ(ResourceName("datasets", name), "datasets/eb");
  // Another collection is not hidden: the server refuses it by its name.
  EXPECT_EQ(ResourceName("datasets", "fields/eb"), "fields/eb");
}

TEST(SessionTest, AShortNameIsWhatResourceNameTakes) {
  for (const char* name : {"datasets/eb", "datasets/e.b-1_2"}) {
    EXPECT_EQ(ResourceName("datasets", ShortName(name)), name);
  }
  EXPECT_EQ(ShortName("eb"), "eb");
  EXPECT_EQ(ShortName("folder/of/eb.field"), "eb.field");
}

}  // namespace
}  // namespace actionmatch
