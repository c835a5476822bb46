#include "client/client.h"

#include <gtest/gtest.h>

#include <new>

namespace actionmatch {
namespace {

TEST(ClientTest, WhatABatchThrowsComesOutOfAppend) {
  Client client("127.0.0.1:1");  // nobody answers there
  const auto next = [](v1::SnapshotBatch*) -> bool { throw std::bad_alloc(); };
  EXPECT_THROW(static_cast<void>(client.Append("datasets/a", next, [](const v1::AppendSnapshotsResponse&) {})),
               std::bad_alloc);
}

}  // namespace
}  // namespace actionmatch
