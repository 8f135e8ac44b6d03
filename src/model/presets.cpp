#include "model/presets.h"

#include "model/realmlp_recipe.h"
#include "model/tabm_recipe.h"

namespace thalweg {

bool has_recipe(Preset preset) {
    return is_tabm(preset) || is_realmlp(preset);
}

TrainOptions with_recipe(const TrainOptions& options, Task task) {
    if (is_realmlp(options.preset)) return with_realmlp(options, task);
    return is_tabm(options.preset) ? with_tabm(options) : options;
}

}  // namespace thalweg
