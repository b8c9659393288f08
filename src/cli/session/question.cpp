#include "cli/session/question.h"

#include <unistd.h>

namespace holt::cli {

// Byte by byte: what stands behind the line is not ours.
bool answered_yes() {
    char first = 0, byte = 0;
    bool any = false;
    while (::read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') {
        if (!any) first = byte;
        any = true;
    }
    return first == 'y' || first == 'Y';
}

}  // namespace holt::cli
