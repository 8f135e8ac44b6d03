#include "arrow_stream.h"

#include <fmt/format.h>

#include <cstring>
#include <string_view>

#include "arrow_column.h"
#include "thalweg/error.hpp"

namespace nb = nanobind;

namespace thalweg::python {
namespace {

/// One of the structures, released at its end.
template <class Structure>
struct Owned {
    Structure value{};

    Owned() = default;
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() {
        if (value.release != nullptr) value.release(&value);
    }
};

using Batch = Owned<ArrowArray>;

void check(int status, ArrowArrayStream& stream) {
    if (status == 0) return;
    const char* said = stream.get_last_error(&stream);
    throw Error(ErrorKind::data,
                fmt::format("the Arrow stream fails: {}", said != nullptr ? said : "no reason given"));
}

std::vector<std::shared_ptr<Batch>> read_batches(ArrowArrayStream& stream) {
    std::vector<std::shared_ptr<Batch>> batches;
    while (true) {
        auto batch = std::make_shared<Batch>();
        check(stream.get_next(&stream, &batch->value), stream);
        if (batch->value.release == nullptr) return batches;
        if (batch->value.length > 0) batches.push_back(std::move(batch));
    }
}

/// The rows of a batch in its column `c`: a batch may be a slice of longer columns.
ArrowArray column_of(const ArrowArray& batch, std::int64_t c) {
    ArrowArray array = *batch.children[c];
    array.offset += batch.offset;
    array.length = batch.length;
    if (batch.offset != 0) array.null_count = -1;
    return array;
}

ArrowArrayStream& stream_in(const nb::capsule& capsule) {
    void* stream = PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream");
    if (stream == nullptr) throw nb::python_error();
    auto& found = *static_cast<ArrowArrayStream*>(stream);
    if (found.release == nullptr) throw Error(ErrorKind::data, "the Arrow stream has been read already");
    return found;
}

}  // namespace

ArrowColumns read_arrow_stream(const nb::capsule& capsule) {
    ArrowArrayStream& stream = stream_in(capsule);
    Owned<ArrowSchema> schema;
    check(stream.get_schema(&stream, &schema.value), stream);
    if (std::string_view(schema.value.format) != "+s")
        throw Error(ErrorKind::data, "the Arrow stream holds no table, but a single column");
    const std::vector<std::shared_ptr<Batch>> batches = read_batches(stream);

    ArrowColumns read;
    read.owners.assign(batches.begin(), batches.end());
    for (std::int64_t c = 0; c < schema.value.n_children; ++c) {
        ArrowColumn column(*schema.value.children[c]);
        if (!column.is_readable()) {
            read.notes.push_back(column.reason_to_leave_out());
            continue;
        }
        const bool borrowed = batches.size() == 1 && column.borrow(column_of(batches[0]->value, c));
        for (const auto& batch : batches)
            if (!borrowed) column.append(column_of(batch->value, c));
        read.columns.push_back(column.finish());
    }
    return read;
}

}  // namespace thalweg::python
