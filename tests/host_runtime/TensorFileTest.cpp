//===- TensorFileTest.cpp - .npy, .npz and .pb files are read exactly, or refused --------===//

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

namespace softdpu {
namespace {

using testing::HasSubstr;

/// A directory of its own for each test.
class TensorFileTest : public testing::Test {
protected:
  TensorFileTest()
      : directory(std::filesystem::temp_directory_path() /
                  fmt::format("softdpu-{}-{}", testing::UnitTest::GetInstance()->current_test_info()->name(), getpid())) {
    std::filesystem::create_directories(directory);
  }
  ~TensorFileTest() override { std::filesystem::remove_all(directory); }

  std::filesystem::path directory;
};

/// A version 1.0 file with `dictionary` as its header.
std::vector<std::byte> npyFile(std::string dictionary, std::string_view data) {
  std::string text = "\x93NUMPY";
  text += {1, 0, char(dictionary.size()), char(dictionary.size() >> 8)};
  text += dictionary;
  text += data;
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string npyError(std::string dictionary, std::string_view data = "") {
  const auto parsed = parseNpy(npyFile(std::move(dictionary), data), "x.npy");
  return parsed ? "no error" : parsed.error().message;
}

const std::vector<Tensor> samples = {
    tensorOf<float>({2, 3}, {0, -1, 2.5f, 3e38f, -1e-30f, 6}),
    tensorOf<int64_t>({3}, {INT64_MIN, 0, INT64_MAX}),
    tensorOf<int32_t>({}, {-7}),
    tensorOf<bool>({1, 2}, {false, true}),
    tensorOf<int8_t>({3}, {-128, 0, 127}),
    tensorOf<uint8_t>({2}, {0, 255}),
    tensorOf<Half>({2}, {Half{0x3C00}, Half{0xBC00}}),
    tensorOf<float>({0, 4}, {}),
};

TEST_F(TensorFileTest, NpyRoundTrip) {
  for (const Tensor &tensor : samples) {
    const auto parsed = parseNpy(serialiseNpy(tensor), "x.npy");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, tensor) << describe(tensor);
  }
}

TEST_F(TensorFileTest, NpyHeaderIsWhatNumpyWrites) {
  const auto bytes = serialiseNpy(samples[0]);
  EXPECT_EQ(std::string(reinterpret_cast<const char *>(&bytes[10]), 58), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), ");
  EXPECT_EQ((bytes.size() - samples[0].data.size()) % 64, 0u);
  const auto vector = serialiseNpy(samples[1]);
  EXPECT_THAT(std::string(reinterpret_cast<const char *>(vector.data()), 128), HasSubstr("'shape': (3, ), "));
}

TEST_F(TensorFileTest, NpyFloat64BecomesFloat32) {
  const double data[] = {0.1, -2};
  const auto parsed = parseNpy(
      npyFile("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n", {reinterpret_cast<const char *>(data), sizeof data}), "x.npy");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, tensorOf<float>({2}, {0.1f, -2}));
}

TEST_F(TensorFileTest, NpyFortranOrderBecomesRowMajor) {
  const int32_t data[] = {1, 4, 2, 5, 3, 6};
  const auto parsed =
      parseNpy(npyFile("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3), }\n", {reinterpret_cast<const char *>(data), sizeof data}),
               "x.npy");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, tensorOf<int32_t>({2, 3}, {1, 2, 3, 4, 5, 6}));
}

TEST_F(TensorFileTest, NpyRefusals) {
  EXPECT_THAT(npyError("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "abcd"), HasSubstr("x.npy: element type '>f4'"));
  EXPECT_THAT(npyError("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "abcd"), HasSubstr("element type '|O'"));
  EXPECT_THAT(npyError("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "abcd"),
              HasSubstr("takes 8 bytes of data, the file has 4"));
  EXPECT_THAT(npyError("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "abcdefgh"), HasSubstr("takes 4 bytes"));
  EXPECT_THAT(npyError("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"), HasSubstr("negative dimension"));
  EXPECT_THAT(npyError("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"), HasSubstr("more than"));
  EXPECT_THAT(npyError("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }"), HasSubstr("header"));
  for (const char *dictionary : {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (1}", "{'descr: '<f4'}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x"})
    EXPECT_THAT(npyError(dictionary, "abcd"), HasSubstr("the header is not a dictionary")) << dictionary;
}

TEST_F(TensorFileTest, EveryTruncationOfNpyIsAnError) {
  const auto bytes = serialiseNpy(samples[0]);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(parseNpy(std::span(bytes).first(size), "x.npy")) << size;
}

TEST_F(TensorFileTest, NpzRoundTrip) {
  const auto path = directory / "x.npz";
  const std::map<std::string, Tensor> tensors{{"h0", samples[0]}, {"tokens", samples[1]}, {"empty", samples[5]}};
  const auto written = writeNpz(tensors, path);
  ASSERT_TRUE(written) << written.error().message;
  const auto read = readTensors(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, tensors);
}

TEST_F(TensorFileTest, DamagedNpzIsAnErrorOrUnchanged) {
  const auto path = directory / "x.npz";
  const std::map<std::string, Tensor> tensors{{"h0", samples[0]}};
  ASSERT_TRUE(writeNpz(tensors, path));
  const auto bytes = readFile(path);
  ASSERT_TRUE(bytes);
  for (size_t i = 0; i < bytes->size(); ++i) {
    auto damaged = *bytes;
    damaged[i] ^= std::byte(0x10);
    ASSERT_TRUE(writeFile(path, damaged));
    const auto read = readTensors(path);
    if (read && read->size() == 1) { // A changed date, attribute or name does not matter; changed data does.
      EXPECT_EQ(read->begin()->second, samples[0]) << "byte " << i;
    }
  }
  for (size_t size = 0; size < bytes->size(); ++size) {
    ASSERT_TRUE(writeFile(path, std::span(*bytes).first(size)));
    EXPECT_FALSE(readTensors(path)) << size;
  }
}

TEST_F(TensorFileTest, FilesThatCannotBeRead) {
  const auto error = [](const std::filesystem::path &path) { return readTensors(path).error().message; };
  EXPECT_THAT(error(directory / "none.npy"), HasSubstr("none.npy: cannot be read: No such file or directory"));
  EXPECT_THAT(error(directory / "x.txt"), HasSubstr("expected .npy, .npz or .pb"));
  std::filesystem::create_directory(directory / "d.npy");
  EXPECT_THAT(error(directory / "d.npy"), HasSubstr("is a directory"));
  ASSERT_TRUE(writeFile(directory / "x.npz", std::as_bytes(std::span("no archive"))));
  EXPECT_THAT(error(directory / "x.npz"), HasSubstr("cannot be opened as a zip archive"));
}

Expected<Tensor> parse(const onnx::TensorProto &proto) {
  const std::string bytes = proto.SerializeAsString();
  return parseTensorProto(std::as_bytes(std::span(bytes)), "x.pb");
}

TEST_F(TensorFileTest, TensorProtoRawAndTyped) {
  onnx::TensorProto proto;
  proto.set_data_type(onnx::TensorProto::FLOAT);
  proto.add_dims(2);
  proto.add_float_data(1.5f);
  proto.add_float_data(-3);
  const Tensor expected = tensorOf<float>({2}, {1.5f, -3});
  EXPECT_EQ(parse(proto).value(), expected);
  proto.clear_float_data();
  proto.set_raw_data(expected.data.data(), expected.data.size());
  EXPECT_EQ(parse(proto).value(), expected);
}

TEST_F(TensorFileTest, TensorProtoRefusals) {
  onnx::TensorProto proto;
  proto.set_data_type(onnx::TensorProto::FLOAT);
  proto.add_dims(2);
  proto.add_float_data(1);
  EXPECT_THAT(parse(proto).error().message, HasSubstr("x.pb: float32 [2] has 2 elements, its data field 1"));
  proto.set_raw_data("abc");
  EXPECT_THAT(parse(proto).error().message, HasSubstr("takes 8 bytes of raw_data, it has 3"));
  proto.set_dims(0, int64_t(1) << 40);
  EXPECT_THAT(parse(proto).error().message, HasSubstr("more than"));
  proto.set_data_type(onnx::TensorProto::STRING);
  EXPECT_THAT(parse(proto).error().message, HasSubstr("element type STRING"));
  EXPECT_THAT(parseTensorProto(std::as_bytes(std::span("\xFF\xFFgarbage")), "x.pb").error().message, HasSubstr("not an ONNX TensorProto"));
}

} // namespace
} // namespace softdpu
