// The parameters of a const network cannot be written.
#include "thalweg/thalweg.hpp"

void misuse(const thalweg::Network<float>& network) {
#ifdef MISUSE
    network.theta()[0] = 1.0f;
#else
    (void)network.theta()[0];
#endif
}
