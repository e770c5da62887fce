//===- Window.h - A window that slides over the spatial dimensions of a tensor -----------===//
//
// What convolutions and pooling share: kernel, strides, dilations and pads of one to three spatial dimensions.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Call.h"

#include <array>

namespace softdpu::cpu {

/// One dimension. Position o of the window reads the data at o * stride - before + tap * dilation, for each tap of the kernel.
struct WindowAxis {
  int64_t size = 1, kernel = 1, stride = 1, dilation = 1, before = 0, after = 0;
  int64_t positions = 1;

  /// From the first to the last tap.
  int64_t extent() const { return (kernel - 1) * dilation + 1; }
  /// The positions [first, end) at which `tap` reads the data and no padding.
  int64_t first(int64_t tap) const { return std::min(ceilOfQuotient(before - tap * dilation), positions); }
  int64_t end(int64_t tap) const { return std::clamp(ceilOfQuotient(size + before - tap * dilation), first(tap), positions); }

private:
  /// ceil(value / stride), at least 0.
  int64_t ceilOfQuotient(int64_t value) const { return value <= 0 ? 0 : (value + stride - 1) / stride; }
};

/// Three dimensions; the leading ones of a tensor with fewer have size 1.
struct Window {
  std::array<WindowAxis, 3> axes;
  size_t rank = 0; ///< Spatial dimensions of the tensor.

  int64_t sizes() const { return axes[0].size * axes[1].size * axes[2].size; }
  int64_t taps() const { return axes[0].kernel * axes[1].kernel * axes[2].kernel; }
  int64_t positions() const { return axes[0].positions * axes[1].positions * axes[2].positions; }
  /// The dimensions that the tensor has.
  std::span<const WindowAxis> present() const { return std::span(axes).last(rank); }
  std::span<WindowAxis> present() { return std::span(axes).last(rank); }
  /// Every position reads the one element under it.
  bool isIdentity() const;

  /// f(position, element) for each position at which tap `tap` (0 .. taps() - 1) reads an element; both in row-major order.
  template <typename F> void forEach(int64_t tap, F f) const {
    const int64_t k2 = tap % axes[2].kernel, k1 = tap / axes[2].kernel % axes[1].kernel, k0 = tap / axes[2].kernel / axes[1].kernel;
    const auto element = [](const WindowAxis &axis, int64_t o, int64_t k) { return o * axis.stride - axis.before + k * axis.dilation; };
    for (int64_t o0 = axes[0].first(k0); o0 < axes[0].end(k0); ++o0)
      for (int64_t o1 = axes[1].first(k1); o1 < axes[1].end(k1); ++o1) {
        const int64_t position = (o0 * axes[1].positions + o1) * axes[2].positions;
        const int64_t row = (element(axes[0], o0, k0) * axes[1].size + element(axes[1], o1, k1)) * axes[2].size;
        for (int64_t o2 = axes[2].first(k2), end = axes[2].end(k2); o2 < end; ++o2)
          f(position + o2, row + element(axes[2], o2, k2));
      }
  }

  /// From the attributes strides, dilations, pads and auto_pad of `call`, for data with the spatial sizes `sizes`.
  /// \param ceil counts a last position that reaches beyond the padding, if it begins before it.
  static Expected<Window> of(const Call &call, std::span<const int64_t> sizes, std::span<const int64_t> kernel, bool ceil);

  /// The window that, moved over what a transposed convolution gives, has a position for each of `sizes`: the data of that convolution.
  /// Also from output_padding and output_shape.
  static Expected<Window> ofTransposed(const Call &call, std::span<const int64_t> sizes, std::span<const int64_t> kernel);
};

} // namespace softdpu::cpu
