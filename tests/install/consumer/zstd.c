/* The codec alone: there and back. */
#include <holt/zstd.h>
#include <string.h>

int main(void) {
    static char content[10000], frame[20000], again[10000];
    size_t size = 0, got = 0;
    if (holt_zstd_compress(content, sizeof content, frame, sizeof frame, 0, &size, NULL) != HOLT_OK)
        return 1;
    if (holt_zstd_decompress(frame, size, again, sizeof again, &got, NULL) != HOLT_OK) return 1;
    return got == sizeof content && memcmp(content, again, got) == 0 && size < 100 ? 0 : 1;
}
