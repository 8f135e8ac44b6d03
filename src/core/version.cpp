#include "thalweg/version.hpp"

namespace thalweg {

std::string version() {
    return THALWEG_VERSION;
}

}  // namespace thalweg
