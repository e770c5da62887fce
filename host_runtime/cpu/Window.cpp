//===- Window.cpp - A window that slides over the spatial dimensions of a tensor ---------===//

#include "Window.h"

namespace softdpu::cpu {
namespace {

constexpr int64_t largest = int64_t(1) << 31; ///< Of sizes and attributes, so that no product of two overflows.

/// A list of numbers of at least `least`, one for each dimension.
Expected<std::vector<int64_t>> listOf(const Call &call, const std::string &name, size_t count, int64_t fallback, int64_t least) {
  auto list = call.attribute(name, std::vector<int64_t>(count, fallback));
  if (list.size() != count)
    return fail("attribute \"{}\" has {} numbers; {} are expected", name, list.size(), count);
  for (const int64_t value : list)
    if (value < least || value >= largest)
      return fail("attribute \"{}\" is {}; numbers of {} or more are supported", name, shapeText(list), least);
  return list;
}

enum class AutoPad : uint8_t { Notset, SameUpper, SameLower, Valid };

Expected<AutoPad> autoPadOf(const Call &call) {
  constexpr std::string_view names[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"}; // As AutoPad.
  return call.choice("auto_pad", names).map([](size_t chosen) { return AutoPad(chosen); });
}

/// Everything but the positions.
Expected<Window> shapeOf(const Call &call, std::span<const int64_t> sizes, std::span<const int64_t> kernel) {
  const size_t rank = sizes.size();
  if (rank < 1 || rank > 3)
    return fail("there are {} spatial dimensions; 1 to 3 are supported", rank);
  const auto given = listOf(call, "kernel_shape", rank, 1, 1), strides = listOf(call, "strides", rank, 1, 1),
             dilations = listOf(call, "dilations", rank, 1, 1), pads = listOf(call, "pads", 2 * rank, 0, 0);
  for (const auto *list : {&given, &strides, &dilations, &pads})
    if (!*list)
      return tl::unexpected(list->error());
  if (!kernel.empty() && call.attribute<std::vector<int64_t>>("kernel_shape") && !std::ranges::equal(*given, kernel))
    return fail("attribute \"kernel_shape\" is {}, the weights have {}", shapeText(*given), shapeText(kernel));
  Window window;
  window.rank = rank;
  for (size_t i = 0; i < rank; ++i) {
    const int64_t taps = kernel.empty() ? (*given)[i] : kernel[i];
    if (sizes[i] >= largest || taps < 1 || taps >= largest)
      return fail("a kernel of {} over {} elements; 1 to {} of either are supported", taps, sizes[i], largest - 1);
    window.present()[i] = {.size = sizes[i],
                           .kernel = taps,
                           .stride = (*strides)[i],
                           .dilation = (*dilations)[i],
                           .before = (*pads)[i],
                           .after = (*pads)[rank + i]};
  }
  return window;
}

/// Divides `total` elements of padding. \param moreAfter where an odd one goes.
void divide(WindowAxis &axis, int64_t total, bool moreAfter) {
  axis.before = moreAfter ? total / 2 : total - total / 2;
  axis.after = total - axis.before;
}

/// An error unless all positions, elements and taps can be counted.
Expected<Window> counted(Window window) {
  const auto &[a, b, c] = window.axes;
  for (const auto &counts : {std::array{a.size, b.size, c.size}, {a.kernel, b.kernel, c.kernel}, {a.positions, b.positions, c.positions}})
    if (const auto count = elementCount(counts); !count)
      return tl::unexpected(count.error());
  return window;
}

} // namespace

bool Window::isIdentity() const {
  return std::ranges::all_of(
      axes, [](const WindowAxis &axis) { return axis.kernel == 1 && axis.stride == 1 && axis.before == 0 && axis.after == 0; });
}

Expected<Window> Window::of(const Call &call, std::span<const int64_t> sizes, std::span<const int64_t> kernel, bool ceil) {
  const auto mode = autoPadOf(call);
  auto window = mode ? shapeOf(call, sizes, kernel) : tl::unexpected(mode.error());
  if (!window)
    return window;
  for (WindowAxis &axis : window->present()) {
    if (*mode == AutoPad::SameUpper || *mode == AutoPad::SameLower) {
      axis.positions = (axis.size + axis.stride - 1) / axis.stride;
      divide(axis, std::max<int64_t>((axis.positions - 1) * axis.stride + axis.extent() - axis.size, 0), *mode == AutoPad::SameUpper);
      continue;
    }
    if (*mode == AutoPad::Valid)
      axis.before = axis.after = 0;
    const int64_t room = axis.size + axis.before + axis.after - axis.extent();
    if (room < 0)
      return fail("a window of {} elements does not fit into {} with {} of padding", axis.extent(), axis.size, axis.before + axis.after);
    axis.positions = room / axis.stride + 1;
    if (ceil && room % axis.stride != 0 && axis.positions * axis.stride < axis.size + axis.before)
      ++axis.positions;
  }
  return counted(*window);
}

Expected<Window> Window::ofTransposed(const Call &call, std::span<const int64_t> sizes, std::span<const int64_t> kernel) {
  const auto mode = autoPadOf(call);
  auto window = mode ? shapeOf(call, sizes, kernel) : tl::unexpected(mode.error());
  const auto added = listOf(call, "output_padding", sizes.size(), 0, 0);
  if (!window || !added)
    return tl::unexpected(window ? added.error() : window.error());
  const auto *wanted = call.attribute<std::vector<int64_t>>("output_shape");
  if (wanted && wanted->size() != sizes.size())
    return fail("attribute \"output_shape\" has {} numbers; {} are expected", wanted->size(), sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i) {
    WindowAxis &axis = window->present()[i];
    axis.positions = axis.size;
    const bool same = *mode == AutoPad::SameUpper || *mode == AutoPad::SameLower;
    if (*mode == AutoPad::Valid)
      axis.before = axis.after = 0;
    const int64_t whole = axis.size == 0 ? 0 : axis.stride * (axis.size - 1) + (*added)[i] + axis.extent();
    if (wanted || same) {
      const int64_t size = wanted ? (*wanted)[i] : axis.size * axis.stride;
      divide(axis, std::max<int64_t>(whole - size, 0), *mode == AutoPad::SameUpper);
      axis.size = size;
    } else {
      axis.size = whole - axis.before - axis.after;
    }
    if (axis.size < 0 || axis.size >= largest)
      return fail("the output would have {} elements along spatial dimension {}", axis.size, i);
  }
  return counted(*window);
}

} // namespace softdpu::cpu
