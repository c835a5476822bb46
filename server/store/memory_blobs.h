// Blobs in memory, for stores that end with their process: tests of services.

#ifndef ACTIONMATCH_SERVER_STORE_MEMORY_BLOBS_H_
#define ACTIONMATCH_SERVER_STORE_MEMORY_BLOBS_H_

#include <memory>

#include "server/store/blobs.h"

namespace actionmatch {

// Local paths stay readable until the object ends, even the paths of removed blobs.
std::unique_ptr<Blobs> MakeMemoryBlobs();

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_MEMORY_BLOBS_H_
