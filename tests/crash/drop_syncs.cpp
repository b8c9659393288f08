// Preloaded into holt, makes every call that forces data to the disk succeed without doing
// anything. With it a campaign of crash images must find unclean ones, or it would not find a
// missing fsync.
#include <sys/types.h>

extern "C" {

int fsync(int) {
    return 0;
}
int fdatasync(int) {
    return 0;
}
int syncfs(int) {
    return 0;
}
void sync() {}
int sync_file_range(int, off64_t, off64_t, unsigned) {
    return 0;
}
}
