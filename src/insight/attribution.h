#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "thalweg/model.hpp"

namespace thalweg {

class Team;

/// What each column contributed to one prediction.
struct Attribution {
    std::string output;             ///< "price", "P(yes)"
    double baseline = 0.0;          ///< what the model says of the mean row
    double prediction = 0.0;        ///< and of this one
    std::vector<double> by_column;  ///< in the order of Attributor::columns; sum up to the difference
    double sum() const;
};

/// Integrated gradients (Sundararajan, Taly, Yan 2017): along the straight way from the mean row to a row,
/// the gradient of the prediction times the way, summed over the inputs of a column. What they sum to is the
/// prediction's difference, as the gradient's integral is. Of a model of several networks it is the mean, as
/// the prediction is; real values are in their own units, probabilities those before calibration.
///
/// The mean row is that of training, whatever rows the table has: numbers have their mean and are missing as
/// often as there, categories and times have the mean of their inputs. Models before format 7 do not know the
/// means of the latter two; those are then of the table.
class Attributor {
  public:
    /// The model must outlive this. Throws Error{data} (see Preprocessor::transform).
    Attributor(const Model& model, const Table& table);
    ~Attributor();
    Attributor(const Attributor&) = delete;
    Attributor& operator=(const Attributor&) = delete;

    const std::vector<std::string>& columns() const { return columns_; }
    /// Of each row one for every target; of several classes for the predicted one. Where a way bends much it
    /// is walked again in shorter stretches, until what it sums to is right within some thousandths.
    /// `threads` 0: as many as there are cores; the bits do not depend on them.
    std::vector<std::vector<Attribution>> of(const Table& table, std::span<const std::uint32_t> rows,
                                             int threads = 0) const;

  private:
    struct Asked;
    struct Batch;
    struct Part;
    Matrix<double> mean_y_hat(const Matrix<float>& inputs, Team& team) const;
    void add_attributions(const Matrix<float>& inputs, const Batch& batch,
                          std::vector<std::vector<Attribution>>& told) const;

    const Model& model_;
    std::vector<std::string> columns_;
    std::vector<std::size_t> column_of_range_;  ///< of each of input_ranges, among columns_
    std::vector<Part> parts_;
    double total_weight_ = 0.0;
};

/// All rows of a table: for each its prediction, the baseline, and what each column contributed; of several
/// targets one row for each of them.
Table attribution_table(const Model& model, const Table& table, int threads = 0);

}  // namespace thalweg
