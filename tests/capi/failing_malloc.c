/* Preloaded: an allocation that was chosen beforehand fails, with ENOMEM as malloc says it. The
 * test finds holt_test_fail_at() by its name. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_long left = -1; /* allocations that succeed before one fails; < 0: all do */
static atomic_long done;

/* The `nth` allocation from now on fails, counted from 1; 0: none. The number of those since the
 * last call. */
long holt_test_fail_at(long nth) {
    const long seen = atomic_exchange(&done, 0);
    atomic_store(&left, nth > 0 ? nth : -1);
    return seen;
}

static int fails(void) {
    atomic_fetch_add_explicit(&done, 1, memory_order_relaxed);
    if (atomic_load_explicit(&left, memory_order_relaxed) < 0) return 0;
    return atomic_fetch_sub(&left, 1) == 1;
}

static void *refused(void) {
    errno = ENOMEM;
    return NULL;
}

void *malloc(size_t size) {
    return fails() ? refused() : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return fails() ? refused() : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    return fails() ? refused() : __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    return fails() ? refused() : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

int posix_memalign(void **made, size_t alignment, size_t size) {
    void *at = memalign(alignment, size);
    if (at == NULL) return ENOMEM;
    *made = at;
    return 0;
}
