#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "thalweg/table.hpp"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// A table as far as two can be told apart.
struct TableIdentity {
    struct ColumnIdentity {
        std::string name;
        std::string type;
        std::string checksum;  ///< of its cells, in the order of the rows
    };
    std::size_t rows = 0;
    std::vector<ColumnIdentity> columns;
};

/// What decides the bits of a training: its options, but for those that do not, and its tables.
struct TrainingIdentity {
    std::map<std::string, std::string> options;  ///< those that are not at their defaults
    TableIdentity data;
    std::optional<TableIdentity> validation;
};

TrainingIdentity identity_of(const TrainOptions& options, const Table& table, const Table* validation);

/// Throws what tells all that differs between the training that was begun and the one that is to go on with
/// it: Error{usage} where an option does, Error{data} where only the tables do. `source` names the
/// file that it was kept in, and `flag` is the one that names that file.
void check_same_training(const TrainingIdentity& begun, const TrainingIdentity& now,
                         const std::string& source, const std::string& flag = "--checkpoint");

nlohmann::json to_json(const TrainingIdentity& identity);
/// Throws exceptions of nlohmann::json where it is none.
TrainingIdentity training_identity_from(const nlohmann::json& json);

}  // namespace thalweg
