#include "engine/output_loss.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "network/loss_rows.h"

#include "engine/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/output_loss.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "engine/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

using Integers = hn::RebindToSigned<Tag>;

/// As many rows as a vector has lanes. Those beyond the last repeat it and are not written.
struct RowBlock {
    std::size_t first;
    std::size_t count;

    std::size_t row(std::size_t lane) const { return first + std::min(lane, count - 1); }
    /// From the first row on, where rows lie `stride` elements apart. They are gathered: a vector that is
    /// loaded from lanes just stored one by one would have to wait for them.
    HWY_INLINE hn::Vec<Integers> distances(std::size_t stride) const {
        const Integers d;
        const auto lanes = hn::Min(hn::Iota(d, 0), hn::Set(d, static_cast<std::int32_t>(count - 1)));
        return hn::Mul(lanes, hn::Set(d, static_cast<std::int32_t>(stride)));
    }
};

/// Output c of every row of the block.
HWY_INLINE Vector load_output(MatrixView<const float> values, const RowBlock& block, std::size_t c) {
    if (block.count == 1) return hn::Set(Tag(), values(block.first, c));
    return hn::GatherIndex(Tag(), &values(block.first, c), block.distances(values.stride));
}

/// The class of every row, as a number that floats count to exactly.
HWY_INLINE Vector load_classes(std::span<const std::uint32_t> classes, const RowBlock& block) {
    const auto* first = reinterpret_cast<const std::int32_t*>(classes.data() + block.first);
    return hn::ConvertTo(Tag(), hn::GatherIndex(Integers(), first, block.distances(1)));
}

HWY_INLINE void store_output(Vector v, const MatrixView<float>& values, const RowBlock& block,
                             std::size_t c) {
    HWY_ALIGN float lanes[kLanes];
    hn::Store(v, Tag(), lanes);
    for (std::size_t lane = 0; lane < block.count; ++lane) values(block.first + lane, c) = lanes[lane];
}

/// What is read more than once of a block's outputs. A gather takes some twenty cycles, so where outputs are
/// few their vectors are kept side by side; where they are many each is gathered again.
class KeptOutputs {
  public:
    KeptOutputs(MatrixView<const float> rows, const RowBlock& block) : rows_(rows), block_(block) {}

    /// False where outputs are many: then they must stand in the rows.
    HWY_INLINE bool keep(Vector v, std::size_t c) {
        if (few()) hn::Store(v, Tag(), lanes_ + c * kLanes);
        return few();
    }
    HWY_INLINE Vector load(std::size_t c) const {
        return few() ? hn::Load(Tag(), lanes_ + c * kLanes) : load_output(rows_, block_, c);
    }

  private:
    static constexpr std::size_t kMost = 16;
    bool few() const { return rows_.cols <= kMost; }

    MatrixView<const float> rows_;
    const RowBlock& block_;
    HWY_ALIGN float lanes_[kMost * kLanes];
};

/// Of each row: its weight over that of the batch.
HWY_INLINE Vector load_shares(const engine::OutputLoss& work, const RowBlock& block) {
    const auto share = [&](double weight) {
        return work.total_weight == 0.0 ? 0.0f : static_cast<float>(weight / work.total_weight);
    };
    if (work.targets.example_weights.empty()) return constant(share(1.0));
    HWY_ALIGN float lanes[kLanes];
    for (std::size_t lane = 0; lane < kLanes; ++lane)
        lanes[lane] = share(static_cast<double>(work.targets.example_weights[block.row(lane)]));
    return hn::Load(Tag(), lanes);
}

HWY_INLINE void store_losses(const engine::OutputLoss& work, const RowBlock& block, Vector losses,
                             Vector shares) {
    HWY_ALIGN float loss[kLanes], share[kLanes];
    hn::Store(losses, Tag(), loss);
    hn::Store(shares, Tag(), share);
    for (std::size_t lane = 0; lane < block.count; ++lane)
        work.weighted_loss[block.first + lane] =
            share[lane] == 0.0f ? 0.0 : static_cast<double>(share[lane]) * static_cast<double>(loss[lane]);
}

/// What is no number stays none, and no weight makes one of it: 0 times this is 0, so it is chosen, not
/// added.
HWY_INLINE Vector weighted(Vector gradient, Vector shares) {
    return hn::IfThenElse(hn::Eq(shares, hn::Zero(Tag())), shares, hn::Mul(gradient, shares));
}

/// -sum_c t_c log y_c with log y_c = a_c - a_max - log sum_m e^{a_m - a_max}; gradient y - t. The largest has
/// e = 1 and is left out of the sum `others`, so that neither its logarithm nor its y - 1 cancels.
HWY_INLINE void softmax_cross_entropy(const engine::OutputLoss& work, const RowBlock& block) {
    const Tag d;
    const std::size_t classes = work.logits.cols;
    const Vector label = load_classes(work.targets.classes, block);

    KeptOutputs logits(work.logits, block), exponentials(work.grad_logits, block);

    Vector most = load_output(work.logits, block, 0);
    logits.keep(most, 0);
    Vector largest = hn::Zero(d);
    Vector check = hn::Sub(most, most);  // 0, or NaN for what is not finite, which comparisons would swallow
    for (std::size_t c = 1; c < classes; ++c) {
        const Vector logit = load_output(work.logits, block, c);
        logits.keep(logit, c);
        const auto more = hn::Gt(logit, most);
        most = hn::IfThenElse(more, logit, most);
        largest = hn::IfThenElse(more, constant(static_cast<float>(c)), largest);
        check = hn::Add(check, hn::Sub(logit, logit));
    }
    Vector others = check;
    for (std::size_t c = 0; c < classes; ++c) {
        const Vector e = exponential(hn::Sub(logits.load(c), most));
        if (!exponentials.keep(e, c)) store_output(e, work.grad_logits, block, c);
        others = hn::Add(others, hn::IfThenZeroElse(hn::Eq(largest, constant(static_cast<float>(c))), e));
    }
    const Vector total = hn::Add(constant(1.0f), others);
    const Vector log_total = log_one_plus_any(others);
    const Vector shares = load_shares(work, block);
    const auto smoothing = static_cast<float>(work.loss.label_smoothing);
    const Vector floor = constant(smoothing / static_cast<float>(classes));
    const Vector of_label = constant(1.0f - smoothing);
    Vector loss = hn::Zero(d);
    for (std::size_t c = 0; c < classes; ++c) {
        const Vector number = constant(static_cast<float>(c));
        const Vector target = hn::Add(floor, hn::IfThenElseZero(hn::Eq(label, number), of_label));
        const Vector minus_log_y = hn::Sub(log_total, hn::Sub(logits.load(c), most));
        loss = hn::Add(loss, hn::IfThenZeroElse(hn::Eq(target, hn::Zero(d)), hn::Mul(target, minus_log_y)));
        const Vector e = exponentials.load(c);
        const Vector gradient = hn::IfThenElse(
            hn::Eq(largest, number), hn::Sub(hn::Sub(constant(1.0f), target), hn::Div(others, total)),
            hn::Sub(hn::Div(e, total), target));
        store_output(weighted(gradient, shares), work.grad_logits, block, c);
    }
    store_losses(work, block, hn::Add(loss, check), shares);
}

/// -t log y - (1-t) log(1-y), output by output; the gradient y - t is written so that y near t = 1 does not
/// cancel.
HWY_INLINE void logistic_binary(const engine::OutputLoss& work, const RowBlock& block) {
    const Tag d;
    const Vector shares = load_shares(work, block);
    const auto smoothing = static_cast<float>(work.loss.label_smoothing);
    Vector loss = hn::Zero(d);
    for (std::size_t c = 0; c < work.logits.cols; ++c) {
        const Vector logit = load_output(work.logits, block, c);
        const Vector target =
            fused_multiply_add(constant(1.0f - smoothing), load_output(work.targets.values, block, c),
                               constant(0.5f * smoothing));
        const Vector not_target = hn::Sub(constant(1.0f), target);
        loss = hn::Add(loss, hn::Add(hn::Mul(target, log_one_plus_exponential(hn::Neg(logit))),
                                     hn::Mul(not_target, log_one_plus_exponential(logit))));
        const Vector check = hn::Sub(logit, logit);
        loss = hn::Add(loss, check);
        const Vector gradient =
            hn::Sub(hn::Mul(not_target, logistic(logit)), hn::Mul(target, logistic(hn::Neg(logit))));
        store_output(weighted(hn::Add(gradient, check), shares), work.grad_logits, block, c);
    }
    store_losses(work, block, loss, shares);
}

void softmax_rows(const engine::OutputLoss& work, std::size_t first, std::size_t last) {
    for (std::size_t row = first; row < last; row += kLanes)
        softmax_cross_entropy(work, {row, std::min(kLanes, last - row)});
}

void logistic_rows(const engine::OutputLoss& work, std::size_t first, std::size_t last) {
    for (std::size_t row = first; row < last; row += kLanes)
        logistic_binary(work, {row, std::min(kLanes, last - row)});
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace thalweg::engine {
namespace {

HWY_EXPORT(softmax_rows);
HWY_EXPORT(logistic_rows);

/// Classes are compared as floats, which count exactly up to here.
constexpr std::size_t kMostClasses = std::size_t{1} << 24;

/// In double: it costs nothing, and what is lost here is lost for every layer below.
void squared_error_rows(const OutputLoss& work, std::size_t first, std::size_t last) {
    const bool weighted = !work.targets.example_weights.empty();
    for (std::size_t row = first; row < last; ++row) {
        const double weight = weighted ? static_cast<double>(work.targets.example_weights[row]) : 1.0;
        const double share = work.total_weight == 0.0 ? 0.0 : weight / work.total_weight;
        double loss = 0.0;
        for (std::size_t j = 0; j < work.logits.cols; ++j) {
            const double error =
                static_cast<double>(work.logits(row, j)) - static_cast<double>(work.targets.values(row, j));
            loss += error * error;
            work.grad_logits(row, j) = share == 0.0 ? 0.0f : static_cast<float>(share * 2.0 * error);
        }
        work.weighted_loss[row] = share == 0.0 ? 0.0 : share * loss;
    }
}

}  // namespace

void loss_of_rows(const OutputLoss& work, std::size_t first, std::size_t last) {
    const Loss loss = work.loss.loss;
    if (work.output == Output::softmax && loss == Loss::cross_entropy && work.logits.cols < kMostClasses)
        return HWY_DYNAMIC_DISPATCH(softmax_rows)(work, first, last);
    if (work.output == Output::logistic && loss == Loss::binary_cross_entropy)
        return HWY_DYNAMIC_DISPATCH(logistic_rows)(work, first, last);
    if (work.output == Output::linear && loss == Loss::squared_error)
        return squared_error_rows(work, first, last);
    loss_gradient_of_rows(work.output, work.loss, work.logits, work.targets, work.total_weight, first, last,
                          work.grad_logits, work.weighted_loss);
}

}  // namespace thalweg::engine
#endif
