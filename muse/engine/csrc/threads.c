/* Spin, then yield, then sleep: a token takes some hundred microseconds and has dozens of meeting
 * points, so waking a sleeping thread at each would cost more than the work; but on a busy machine
 * a thread that only spins keeps the core from the one that it waits for. */
#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SPINS 3000   /* looks before the core is offered to others; some 50 microseconds */
#define YIELDS 100   /* offers between two calls before an idle thread sleeps */
#define LINE 64      /* bytes of a cache line: what one member writes lies apart */

struct Pool {
    _Alignas(LINE) atomic_uint round;   /* counts calls; a new one is the sign to start */
    _Alignas(LINE) atomic_uint meeting; /* counts meetings */
    _Alignas(LINE) atomic_int arrived;  /* members at the meeting under way */
    _Alignas(LINE) atomic_int sleepers;
    atomic_int stopping;
    Work *work;
    void *argument;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    int members;
    struct Seat {
        Pool *pool;
        int number;
        pthread_t thread;
    } seats[];
};

static inline void rest(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

static void sleep_until_called(Pool *pool, unsigned seen) {
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    while (atomic_load(&pool->round) == seen)
        pthread_cond_wait(&pool->wake, &pool->mutex);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
}

static void wait_for_call(Pool *pool, unsigned seen) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(&pool->round, memory_order_acquire) != seen)
            return;
        rest();
    }
    for (int i = 0; i < YIELDS; i++) {
        if (atomic_load_explicit(&pool->round, memory_order_acquire) != seen)
            return;
        sched_yield();
    }
    sleep_until_called(pool, seen);
}

static void *serve(void *argument) {
    struct Seat *seat = argument;
    Pool *pool = seat->pool;
    for (unsigned seen = 0;; seen++) {
        wait_for_call(pool, seen);
        if (atomic_load(&pool->stopping))
            return NULL;
        pool->work(pool->argument, seat->number);
        pool_meet(pool);
    }
}

static void call(Pool *pool) {
    atomic_fetch_add(&pool->round, 1);
    if (atomic_load(&pool->sleepers)) {
        pthread_mutex_lock(&pool->mutex);
        pthread_cond_broadcast(&pool->wake);
        pthread_mutex_unlock(&pool->mutex);
    }
}

Pool *pool_new(int members) {
    size_t bytes = sizeof(Pool) + (size_t)members * sizeof(struct Seat);
    Pool *pool = aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE);
    if (!pool)
        return NULL;
    atomic_init(&pool->round, 0);
    atomic_init(&pool->meeting, 0);
    atomic_init(&pool->arrived, 0);
    atomic_init(&pool->sleepers, 0);
    atomic_init(&pool->stopping, 0);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pool->members = 1;
    for (int number = 1; number < members; number++) {
        struct Seat *seat = &pool->seats[number];
        seat->pool = pool;
        seat->number = number;
        if (pthread_create(&seat->thread, NULL, serve, seat)) {
            pool_free(pool);
            return NULL;
        }
        pool->members++;
    }
    return pool;
}

void pool_free(Pool *pool) {
    if (!pool)
        return;
    atomic_store(&pool->stopping, 1);
    call(pool);
    for (int number = 1; number < pool->members; number++)
        pthread_join(pool->seats[number].thread, NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

int pool_members(const Pool *pool) { return pool ? pool->members : 1; }

void pool_run(Pool *pool, Work *work, void *argument) {
    if (!pool) {
        work(argument, 0);
        return;
    }
    pool->work = work;
    pool->argument = argument;
    call(pool);
    work(argument, 0);
    pool_meet(pool);
}

void pool_meet(Pool *pool) {
    if (!pool)
        return;
    unsigned now = atomic_load_explicit(&pool->meeting, memory_order_acquire);
    if (atomic_fetch_add(&pool->arrived, 1) + 1 == pool->members) {
        atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
        atomic_fetch_add(&pool->meeting, 1);
        return;
    }
    for (int i = 0; atomic_load_explicit(&pool->meeting, memory_order_acquire) == now; i++)
        if (i < SPINS)
            rest();
        else
            sched_yield();
}
