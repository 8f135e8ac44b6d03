#include "engine/members.h"

#include "engine/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/members.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "engine/span-inl.h"

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

using Rows = MatrixView<const float>;

/// Pairs for each row of `values`: 1, or the members where these share it.
std::size_t pairs_per_row(Rows values, std::size_t pairs) {
    return values.rows == pairs ? 1 : pairs / values.rows;
}

void multiply_rows(Rows values, Rows factors, MatrixView<float> result) {
    const std::size_t pairs = pairs_per_row(values, result.rows);
    for (std::size_t n = 0; n < result.rows; ++n) {
        const float* from = values.row(n / pairs).data();
        const float* factor = factors.row(n % factors.rows).data();
        float* to = result.row(n).data();
        for_vectors(result.cols, [&](std::size_t j, std::size_t count) {
            store(hn::Mul(load(factor + j, count), load(from + j, count)), to + j, count);
        });
    }
}

void scale_and_shift_rows(Rows values, Rows scales, Rows shifts, MatrixView<float> result) {
    for (std::size_t n = 0; n < values.rows; ++n) {
        const float* from = values.row(n).data();
        const float* scale = scales.row(n % scales.rows).data();
        const float* shift = shifts.row(n % shifts.rows).data();
        float* to = result.row(n).data();
        for_vectors(values.cols, [&](std::size_t j, std::size_t count) {
            store(fused_multiply_add(load(scale + j, count), load(from + j, count), load(shift + j, count)),
                  to + j, count);
        });
    }
}

void add_rows(Rows values, MatrixView<float> sums) {
    for (std::size_t n = 0; n < values.rows; ++n) {
        const float* from = values.row(n).data();
        float* to = sums.row(n % sums.rows).data();
        for_vectors(values.cols, [&](std::size_t j, std::size_t count) {
            store(hn::Add(load(to + j, count), load(from + j, count)), to + j, count);
        });
    }
}

void add_product_rows(Rows a, Rows b, MatrixView<float> sums) {
    const std::size_t pairs = pairs_per_row(b, a.rows);
    for (std::size_t n = 0; n < a.rows; ++n) {
        const float* left = a.row(n).data();
        const float* right = b.row(n / pairs).data();
        float* to = sums.row(n % sums.rows).data();
        for_vectors(a.cols, [&](std::size_t j, std::size_t count) {
            store(fused_multiply_add(load(left + j, count), load(right + j, count), load(to + j, count)),
                  to + j, count);
        });
    }
}

void sum_rows_over_members(Rows values, std::size_t members, MatrixView<float> sums) {
    for (std::size_t n = 0; n < sums.rows; ++n)
        for_vectors(sums.cols, [&](std::size_t j, std::size_t count) {
            Vector sum = hn::Zero(Tag());
            for (std::size_t m = 0; m < members; ++m)
                sum = hn::Add(sum, load(&values(n * members + m, j), count));
            store(sum, &sums(n, j), count);
        });
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace thalweg::engine {

HWY_EXPORT(multiply_rows);
HWY_EXPORT(scale_and_shift_rows);
HWY_EXPORT(add_rows);
HWY_EXPORT(add_product_rows);
HWY_EXPORT(sum_rows_over_members);

void multiply_by_members(MatrixView<const float> values, MatrixView<const float> factors,
                         MatrixView<float> result) {
    HWY_DYNAMIC_DISPATCH(multiply_rows)(values, factors, result);
}

void scale_and_shift_by_members(MatrixView<const float> values, MatrixView<const float> scales,
                                MatrixView<const float> shifts, MatrixView<float> result) {
    HWY_DYNAMIC_DISPATCH(scale_and_shift_rows)(values, scales, shifts, result);
}

void add_by_members(MatrixView<const float> values, MatrixView<float> sums) {
    HWY_DYNAMIC_DISPATCH(add_rows)(values, sums);
}

void add_products_by_members(MatrixView<const float> a, MatrixView<const float> b, MatrixView<float> sums) {
    HWY_DYNAMIC_DISPATCH(add_product_rows)(a, b, sums);
}

void sum_over_members(MatrixView<const float> values, std::size_t members, MatrixView<float> sums) {
    HWY_DYNAMIC_DISPATCH(sum_rows_over_members)(values, members, sums);
}

}  // namespace thalweg::engine
#endif
