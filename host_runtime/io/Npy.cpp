//===- Npy.cpp - The .npy format ---------------------------------------------------------===//
//
// Magic, version, header length, a Python dictionary literal with descr, fortran_order and shape, then the data.
// Source: numpy.lib.format, "Format Version 1.0" to "3.0".
//
//===-------------------------------------------------------------------------------------===//

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <array>
#include <charconv>
#include <cstring>
#include <optional>

namespace softdpu {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

struct Header {
  std::string descr;
  std::optional<bool> fortran;
  std::optional<std::vector<int64_t>> shape;
};

/// Reads the header's dictionary: string keys, and as values strings, True/False and tuples of integers.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}

  std::optional<Header> parse() {
    Header header;
    if (!take('{'))
      return std::nullopt;
    while (!take('}')) {
      const auto key = string();
      if (!key || !take(':'))
        return std::nullopt;
      if (*key == "descr") {
        const auto descr = string();
        if (!descr)
          return std::nullopt;
        header.descr = *descr;
      } else if (*key == "fortran_order") {
        header.fortran = boolean();
        if (!header.fortran)
          return std::nullopt;
      } else if (*key == "shape") {
        header.shape = tuple();
        if (!header.shape)
          return std::nullopt;
      } else {
        return std::nullopt;
      }
      if (!take(',') && !peek('}'))
        return std::nullopt;
    }
    skipSpace();
    if (!text.empty() || header.descr.empty() || !header.fortran || !header.shape)
      return std::nullopt;
    return header;
  }

private:
  void skipSpace() { text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size())); }
  bool peek(char c) {
    skipSpace();
    return text.starts_with(c);
  }
  bool take(char c) {
    if (!peek(c))
      return false;
    text.remove_prefix(1);
    return true;
  }
  std::optional<std::string> string() {
    skipSpace();
    if (text.empty() || (text[0] != '\'' && text[0] != '"'))
      return std::nullopt;
    const size_t end = text.find(text[0], 1);
    if (end == text.npos)
      return std::nullopt;
    std::string value(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    return value;
  }
  std::optional<bool> boolean() {
    skipSpace();
    for (const auto &[word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}})
      if (text.starts_with(word)) {
        text.remove_prefix(word.size());
        return value;
      }
    return std::nullopt;
  }
  std::optional<std::vector<int64_t>> tuple() {
    if (!take('('))
      return std::nullopt;
    std::vector<int64_t> result;
    while (!take(')')) {
      skipSpace();
      int64_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc())
        return std::nullopt;
      text.remove_prefix(size_t(end - text.data()));
      result.push_back(value);
      if (!take(',') && !peek(')'))
        return std::nullopt;
    }
    return result;
  }

  std::string_view text;
};

struct Descr {
  std::string_view name;
  ElementType type;
  unsigned bytes; ///< In the file.
};
/// float64 comes first: it is read, never written.
constexpr std::array<Descr, 8> descrs{{{"<f8", ElementType::Float32, 8},
                                       {"<f4", ElementType::Float32, 4},
                                       {"<f2", ElementType::Float16, 2},
                                       {"<i8", ElementType::Int64, 8},
                                       {"<i4", ElementType::Int32, 4},
                                       {"|b1", ElementType::Bool, 1},
                                       {"|i1", ElementType::Int8, 1},
                                       {"|u1", ElementType::UInt8, 1}}};

/// Column-major to row-major.
Tensor fromFortranOrder(const Tensor &columns) {
  Tensor rows = columns;
  const size_t size = elementSize(columns.type), rank = columns.shape.size();
  std::vector<int64_t> index(rank, 0);
  for (uint64_t i = 0, count = elements(columns); i < count; ++i) {
    uint64_t offset = 0;
    for (size_t d = 0, stride = 1; d < rank; stride *= size_t(columns.shape[d]), ++d)
      offset += uint64_t(index[d]) * stride;
    std::memcpy(&rows.data[i * size], &columns.data[offset * size], size);
    for (size_t d = rank; d-- > 0 && ++index[d] == columns.shape[d];)
      index[d] = 0;
  }
  return rows;
}

} // namespace

Expected<Tensor> parseNpy(std::span<const std::byte> bytes, std::string_view origin) {
  const std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (!text.starts_with(magic) || text.size() < 10)
    return fail("{}: not an .npy file (it does not begin with \\x93NUMPY and a version)", origin);
  const unsigned major = uint8_t(text[6]);
  if (major < 1 || major > 3)
    return fail("{}: .npy version {}.{}, supported are 1.0 to 3.0", origin, major, uint8_t(text[7]));
  const size_t lengthBytes = major == 1 ? 2 : 4;
  if (text.size() < 8 + lengthBytes)
    return fail("{}: truncated in the header", origin);
  size_t headerLength = 0;
  for (size_t i = 0; i < lengthBytes; ++i)
    headerLength |= size_t(uint8_t(text[8 + i])) << (8 * i);
  const size_t dataBegin = 8 + lengthBytes + headerLength;
  if (dataBegin > text.size())
    return fail("{}: truncated: the header is {} bytes long, the file {}", origin, headerLength, text.size());

  const auto header = HeaderParser(text.substr(8 + lengthBytes, headerLength)).parse();
  if (!header)
    return fail("{}: the header is not a dictionary of descr, fortran_order and shape", origin);
  const Descr *descr = nullptr;
  for (const Descr &candidate : descrs)
    if (candidate.name == header->descr)
      descr = &candidate;
  if (!descr)
    return fail("{}: element type '{}', supported are little-endian float32, float64, float16, int64, int32, int8, uint8 and bool", origin,
                header->descr);

  auto result = makeTensor(descr->type, *header->shape);
  if (!result)
    return fail("{}: {}", origin, result.error().message);
  const auto data = bytes.subspan(dataBegin);
  const uint64_t expected = elements(*result) * descr->bytes;
  if (data.size() != expected)
    return fail("{}: shape {} of '{}' takes {} bytes of data, the file has {}", origin, shapeText(*header->shape), header->descr, expected,
                data.size());
  if (descr->bytes == 8 && descr->type == ElementType::Float32) {
    const auto floats = values<float>(*result);
    for (size_t i = 0; i < floats.size(); ++i) {
      double value;
      std::memcpy(&value, &data[i * 8], 8);
      floats[i] = float(value);
    }
  } else if (expected > 0) {
    std::memcpy(result->data.data(), data.data(), expected);
  }
  return *header->fortran && header->shape->size() > 1 ? fromFortranOrder(*result) : *result;
}

std::vector<std::byte> serialiseNpy(const Tensor &tensor) {
  std::string_view descr;
  for (const Descr &candidate : descrs)
    if (candidate.type == tensor.type)
      descr = candidate.name;
  std::string shape = "(";
  for (const int64_t size : tensor.shape)
    shape += fmt::format("{}, ", size);
  if (tensor.shape.size() > 1)
    shape.resize(shape.size() - 2);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}), }}", descr, shape);
  // numpy aligns the data to 64 bytes and ends the header with a newline.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';

  std::string prefix(magic);
  prefix += {1, 0, char(header.size() & 0xFF), char(header.size() >> 8)};
  prefix += header;
  const auto bytes = std::as_bytes(std::span(prefix));
  std::vector<std::byte> result(bytes.begin(), bytes.end());
  result.insert(result.end(), tensor.data.begin(), tensor.data.end());
  return result;
}

Expected<void> writeNpy(const Tensor &tensor, const std::filesystem::path &path) { return writeFile(path, serialiseNpy(tensor)); }

} // namespace softdpu
