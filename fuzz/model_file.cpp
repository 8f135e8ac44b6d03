#include "model/model_file.h"

#include <vector>

#include "right_checksum.h"

using namespace thalweg;

namespace {

/// A row of the model's columns, whatever they are: missing cells.
Table row_of_nothing(const Model& model) {
    std::vector<Column> columns;
    for (const ColumnPlan& plan : model.preprocessor().columns()) {
        Column column;
        column.name = plan.name;
        column.type = ColumnType::text;
        column.codes = {Column::kMissingCode};
        columns.push_back(column);
    }
    return Table(std::move(columns));
}

}  // namespace

/// A model file, its checksum made right: refused as a model, or loaded, saved as the same bytes again and
/// again, and asked for a prediction.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    const std::string_view file(reinterpret_cast<const char*>(bytes), size);
    try {
        const Model model = model_from_bytes(fuzz::with_right_checksum(file), "f");
        const std::string saved = model_bytes(model);
        if (model_bytes(model_from_bytes(saved, "f")) != saved) __builtin_trap();
        if (model.preprocessor().columns().size() > 0) model.predict(row_of_nothing(model));
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::io) __builtin_trap();
    }
    return 0;
}
