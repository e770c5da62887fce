fuzz_target(onnx_importer softdpu_compiler)

# Renews the seed corpus: softdpu-onnx-corpus tests/fuzz/corpus/onnx_importer
find_package(Protobuf REQUIRED)
find_package(ONNX REQUIRED)
add_executable(softdpu-onnx-corpus EXCLUDE_FROM_ALL onnx_corpus.cpp ../compiler/Models.cpp)
target_include_directories(softdpu-onnx-corpus PRIVATE ../compiler)
target_link_libraries(softdpu-onnx-corpus PRIVATE softdpu_options softdpu_compiler softdpu_host onnx onnx_proto protobuf::libprotobuf)
