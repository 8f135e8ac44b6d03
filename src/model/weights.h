#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "thalweg/dataset.hpp"
#include "thalweg/preprocessor.hpp"
#include "thalweg/table.hpp"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// Takes out of `rows` those whose weight in `column` is 0, so that nothing is fitted to them either, no mean
/// and no scale; returns how many. Throws Error{data}: all of them.
std::size_t leave_out_weightless_rows(const Table& table, const std::string& column,
                                      std::vector<std::uint32_t>& rows);

/// How much each row counts: its weight of --weight times the one that its class has by --class-weight.
class ExampleWeights {
  public:
    /// `training` is encoded; `balanced` counts its classes. Throws Error{usage}: class weights without
    /// classes, an unknown class (offers the nearest), a weight that is none.
    ExampleWeights(const TrainOptions& options, const TargetCoder& coder, const Dataset& training);

    /// Fills the weights of a dataset that was encoded from `rows` of `table`; leaves them empty where all
    /// are 1. Throws Error{data} with the line: a weight that is missing, negative or text; all of them 0.
    void apply(const Table& table, std::span<const std::uint32_t> rows, Dataset& dataset) const;

  private:
    std::string column_;
    std::vector<double> of_class_;
};

}  // namespace thalweg
