#include "cli/program.h"

int main(int argc, char** argv) {
    return thalweg::cli::run_program(argc, argv);
}
