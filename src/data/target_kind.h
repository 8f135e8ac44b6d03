#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "thalweg/preprocessor.hpp"
#include "thalweg/table.hpp"

namespace thalweg {

/// What the values of a target column are like, missing ones left out.
struct TargetFacts {
    const Column* column = nullptr;
    bool numbers = false;  ///< else text
    bool whole = false;    ///< numbers without a fraction
    std::size_t rows = 0;  ///< with a value
    std::size_t distinct = 0;
    std::size_t rarest = 0;  ///< rows of the value that occurs least
    double least = 0.0;      ///< of numbers
    double greatest = 0.0;
    std::vector<std::string>
        classes;  ///< the values as text, sorted (numbers by size); empty above kMostClasses
};

/// More distinct values than this are not classes: the output layer alone would be larger than the data.
inline constexpr std::size_t kMostClasses = 10'000;

/// Throws Error{data}: no value at all, all the same, a time, text in a column of numbers.
TargetFacts target_facts(const Table& table, const Column& column, std::span<const std::uint32_t> rows);

/// A task and why, in words.
struct RecognisedTask {
    Task task = Task::regression;
    std::string reason;
};

/// Throws Error{data} where several targets have no task in common.
RecognisedTask recognise_task(std::span<const TargetFacts> targets);

/// Throws Error where the targets do not fit the task that was asked for.
void check_task(Task task, std::span<const TargetFacts> targets);

}  // namespace thalweg
