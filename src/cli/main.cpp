#include "cli/run.h"

int main(int argc, char** argv) {
    return holt::cli::run(argc, argv);
}
