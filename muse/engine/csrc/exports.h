/* What Python may call; everything else stays inside the library. */
#ifndef MUSE_EXPORTS_H
#define MUSE_EXPORTS_H

#include "network.h"

#define EXPORT __attribute__((visibility("default")))

/* Rows of a panel: what the sizes of packed weights and caches are rounded up to. */
EXPORT int32_t muse_panel(void);

/* Bytes of the structures 0 Matrix, 1 Layer, 2 Network, 3 Call: Python's must be as large. */
EXPORT int32_t muse_structure_bytes(int32_t which);

/* Bits of the instruction sets that this machine has, whichever this library was compiled for:
 * 1 AVX2 with FMA and F16C, 2 AVX-VNNI beside it, 4 AVX-512 with VNNI. */
EXPORT int32_t muse_machine(void);

EXPORT void muse_pack(int32_t precision, const float *source, int32_t rows, int32_t columns,
                      void *weights, float *scales, int32_t *starts);

/* Bytes that muse_forward works in, for `rows` ids at once, a cache of `capacity` and as many
 * members as the pool has. */
EXPORT int64_t muse_scratch_bytes(const Network *network, int32_t rows, int32_t capacity,
                                  int32_t members);

EXPORT void muse_forward(const Network *network, const Call *call);

/* -ln of the probability that row i of logits (rows, vocabulary) gives to targets[i]. */
EXPORT void muse_nats(const float *logits, int32_t rows, int32_t vocabulary,
                      const int64_t *targets, float *nats);

EXPORT Pool *muse_pool_new(int32_t members);
EXPORT void muse_pool_free(Pool *pool);

#endif
