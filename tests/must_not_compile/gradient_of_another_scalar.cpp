// A float trace has no place in a double network: the two would be rounded apart without a word.
#include "thalweg/thalweg.hpp"

void misuse(const thalweg::Network<double>& network, const thalweg::Trace<float>& trace,
            const thalweg::Targets<double>& targets) {
#ifdef MISUSE
    thalweg::back_propagation(network, trace, targets, {});
#else
    (void)network, (void)trace, (void)targets;
#endif
}
