#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/table.hpp"

namespace thalweg::python {

/// Columns as Python hands them over, on their way to a Table. Numbers in float32 and float64 are not copied:
/// the frame keeps their owners alive for as long as its table is in use.
class Frame {
  public:
    using Array = nanobind::ndarray<nanobind::ro, nanobind::device::cpu>;

    /// The columns of a matrix of float32 or float64.
    void add_matrix(const std::vector<std::string>& names, Array matrix);
    /// float32 or float64; seconds since 1970 where they are `times`.
    void add_numbers(std::string name, Array values, bool times);
    /// Codes into a dictionary; below 0 is missing. Throws Error{data} for one beyond it.
    void add_codes(std::string name, nanobind::ndarray<const std::int64_t, nanobind::ndim<1>> codes,
                   std::vector<std::string> dictionary);
    /// Objects one by one: texts, booleans, numbers or times; None, NaN and the like are missing. Throws
    /// TypeError for anything else, Error{data} where texts and numbers are mixed.
    void add_objects(std::string name, nanobind::iterable objects);
    /// All columns of an Arrow C stream (a capsule of __arrow_c_stream__).
    void add_stream(const nanobind::capsule& stream);

    /// Of columns so far, in their order.
    std::vector<std::string> names() const;
    /// Moves the columns into a table, which must not outlive the frame. Throws Error{data}: columns of
    /// different lengths, a name that occurs twice, too many rows.
    Table take(const std::string& source);
    const std::vector<std::string>& notes() const { return notes_; }

  private:
    std::vector<Column> columns_;
    std::vector<Array> arrays_;                   ///< whose numbers are borrowed
    std::vector<std::shared_ptr<void>> batches_;  ///< Arrow's, likewise
    std::vector<std::string> notes_;
};

void bind_frame(nanobind::module_& module);

}  // namespace thalweg::python
