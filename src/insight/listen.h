#pragma once

#include <functional>
#include <utility>

namespace thalweg {

/// `first`, and then what `callback` was: a callback that several listen to. Training goes on only where the
/// one before wants it too.
template <class Report, class First>
void listen_first(std::function<bool(const Report&)>& callback, First first) {
    callback = [first = std::move(first), then = std::move(callback)](const Report& report) {
        first(report);
        return !then || then(report);
    };
}

template <class Report, class First>
void listen_first(std::function<void(const Report&)>& callback, First first) {
    callback = [first = std::move(first), then = std::move(callback)](const Report& report) {
        first(report);
        if (then) then(report);
    };
}

}  // namespace thalweg
