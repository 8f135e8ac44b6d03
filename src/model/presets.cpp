#include "model/presets.h"

#include "model/tabm_recipe.h"

namespace thalweg {

bool has_recipe(Preset preset) {
    return is_tabm(preset);
}

TrainOptions with_recipe(const TrainOptions& options) {
    return is_tabm(options.preset) ? with_tabm(options) : options;
}

}  // namespace thalweg
