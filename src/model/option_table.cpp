#include "model/option_table.h"

namespace thalweg {

std::map<std::string, std::string> changed_options(TrainOptions options) {
    TrainOptions defaults;
    const std::vector<Option> initial = bind_options(defaults);
    const std::vector<Option> bound = bind_options(options);
    std::map<std::string, std::string> changed;
    for (std::size_t i = 0; i < bound.size(); ++i)
        if (bound[i].initial != initial[i].initial) changed.emplace(bound[i].about.name, bound[i].initial);
    return changed;
}

}  // namespace thalweg
