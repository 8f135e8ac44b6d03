// Choices have names: a number says nothing, and another version may count otherwise.
#include "thalweg/thalweg.hpp"

void misuse(thalweg::NetworkShape& shape) {
#ifdef MISUSE
    shape.activation = 3;
#else
    shape.activation = thalweg::Activation::relu;
#endif
}
