#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

namespace thalweg {

/// Vectors start on a cache line, so that SIMD loads never straddle two.
inline constexpr std::size_t kAlignment = 64;

template <class T>
struct AlignedAllocator {
    using value_type = T;
    AlignedAllocator() = default;
    template <class U>
    AlignedAllocator(const AlignedAllocator<U>&) {}
    T* allocate(std::size_t n) {
        if (n > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
        return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{kAlignment}));
    }
    void deallocate(T* p, std::size_t) noexcept { ::operator delete (p, std::align_val_t{kAlignment}); }
    template <class U>
    bool operator==(const AlignedAllocator<U>&) const {
        return true;
    }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

/// A row-major matrix that somebody else owns. `stride` is the distance between rows, in elements.
template <class T>
struct MatrixView {
    T* data = nullptr;
    std::size_t rows = 0;
    std::size_t cols = 0;
    std::size_t stride = 0;

    MatrixView() = default;
    MatrixView(T* elements, std::size_t row_count, std::size_t col_count)
        : MatrixView(elements, row_count, col_count, col_count) {}
    MatrixView(T* elements, std::size_t row_count, std::size_t col_count, std::size_t row_stride)
        : data(elements), rows(row_count), cols(col_count), stride(row_stride) {}

    T& operator()(std::size_t row, std::size_t col) const { return data[row * stride + col]; }
    std::span<T> row(std::size_t index) const { return {data + index * stride, cols}; }
    MatrixView row_range(std::size_t first, std::size_t count) const {
        return {data + first * stride, count, cols, stride};
    }
    MatrixView col_range(std::size_t first, std::size_t count) const {
        return {data + first, rows, count, stride};
    }
    operator MatrixView<const T>() const requires(!std::is_const_v<T>) { return {data, rows, cols, stride}; }
};

/// A row-major matrix that owns its elements, zero at first.
template <class T>
class Matrix {
  public:
    Matrix() = default;
    Matrix(std::size_t rows, std::size_t cols) : rows_(rows), cols_(cols), elements_(rows * cols) {}

    std::size_t rows() const { return rows_; }
    std::size_t cols() const { return cols_; }
    T& operator()(std::size_t row, std::size_t col) { return elements_[row * cols_ + col]; }
    const T& operator()(std::size_t row, std::size_t col) const { return elements_[row * cols_ + col]; }
    std::span<T> row(std::size_t index) { return {elements_.data() + index * cols_, cols_}; }
    std::span<const T> row(std::size_t index) const { return {elements_.data() + index * cols_, cols_}; }
    std::span<T> elements() { return elements_; }
    std::span<const T> elements() const { return elements_; }
    MatrixView<T> view() { return {elements_.data(), rows_, cols_}; }
    MatrixView<const T> view() const { return {elements_.data(), rows_, cols_}; }
    operator MatrixView<T>() { return view(); }
    operator MatrixView<const T>() const { return view(); }

  private:
    std::size_t rows_ = 0;
    std::size_t cols_ = 0;
    AlignedVector<T> elements_;
};

}  // namespace thalweg
