#include "server/calls/request_key.h"

#include "core/storage/tensor_file.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace actionmatch {

RequestKey MakeRequestKey(const std::string& request_id, const google::protobuf::MessageLite& content) {
  if (request_id.empty()) return {};
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    content.SerializeToCodedStream(&coded);
  }
  return {request_id, Sha256Hex(content.GetTypeName() + "\n" + bytes)};
}

}  // namespace actionmatch
