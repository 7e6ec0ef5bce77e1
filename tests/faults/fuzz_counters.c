/* fuzz_counters.c - a child's counters of edges, for the fuzzer that made it.
 *
 * Right after a fork the pages that hold the counters are replaced by memory
 * that both processes share; what the child counted is then given to libFuzzer
 * as counters of its own. Not instrumented itself: clang would not bear the
 * names of its own counters here. */
#define _GNU_SOURCE /* memfd_create */

#include "faults/fuzz_counters.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MORE = 1 << 16 };

/* libFuzzer takes what stands here for counters as its own. */
__attribute__((
    section("__libfuzzer_extra_counters"))) static uint8_t more_counters[MORE];

extern uint8_t __start___sancov_cntrs[], __stop___sancov_cntrs[];

static struct {
    int fd;
    uint8_t *pages;      /* of this program: those that hold the counters */
    uint8_t *shared;     /* the same bytes, as the child left them */
    size_t size, before; /* bytes; of them before the counters */
} child;

#define UNCHECKED __attribute__((no_sanitize("address"), noinline))

UNCHECKED static void copy(volatile uint8_t *to, const volatile uint8_t *from,
                           size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

/* Right after the fork. */
static void share_counters(void)
{
    copy(child.shared, child.pages, child.size);
    if (mmap(child.pages, child.size, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_FIXED, child.fd, 0) == MAP_FAILED)
        _exit(99);
}

void fuzz_counters_share(void)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = (uintptr_t)__start___sancov_cntrs & ~(page - 1);
    uintptr_t to = ((uintptr_t)__stop___sancov_cntrs + page - 1) & ~(page - 1);

    child.pages = (uint8_t *)from;
    child.size = to - from;
    child.before = (uintptr_t)__start___sancov_cntrs - from;
    child.fd = memfd_create("counters", 0);
    if (child.fd < 0 || ftruncate(child.fd, (off_t)child.size) != 0)
        abort();
    child.shared =
        mmap(NULL, child.size, PROT_READ | PROT_WRITE, MAP_SHARED, child.fd, 0);
    if (child.shared == MAP_FAILED ||
        pthread_atfork(NULL, NULL, share_counters) != 0)
        abort();
}

void fuzz_counters_take(void)
{
    size_t n = (size_t)((uintptr_t)__stop___sancov_cntrs -
                        (uintptr_t)__start___sancov_cntrs);

    for (size_t i = 0; i < n; i++)
        if (child.shared[child.before + i] > more_counters[i % MORE])
            more_counters[i % MORE] = child.shared[child.before + i];
}
