/* What Python hands over: the network and one call. native_library.py has the same structures.
 *
 * All memory belongs to the caller, who has checked every size; nothing here allocates or checks.
 */
#ifndef MUSE_NETWORK_H
#define MUSE_NETWORK_H

#include "simd.h"
#include "threads.h"

typedef enum { SINGLE = 0, HALF = 1, BYTE = 2 } Precision;

/* Bytes of a packed panel. */
INLINE size_t panel_size(Precision precision, int columns) {
    if (precision == BYTE)
        return round_up((size_t)columns, 4) * PANEL;
    return (size_t)columns * PANEL * (precision == HALF ? sizeof(Half) : sizeof(float));
}

/* A packed matrix; see kernels.h for the order of its weights. */
typedef struct {
    const void *weights;
    const float *scales;   /* (rows up to a panel), of bytes: the width of a step */
    const int32_t *starts; /* (rows up to a panel), of bytes: what undoes INPUT_OFFSET */
    const float *bias;     /* (rows up to a panel), or null */
    int32_t rows, columns, precision, padding;
} Matrix;

/* The weights of the norms before `qkv` and `gate_up` are multiplied into these matrices. */
typedef struct {
    Matrix qkv, out, gate_up, down; /* gate_up: a panel of gate, a panel of up, in turn */
    const float *q_norm, *k_norm;   /* (head_dim), or null */
} Layer;

typedef struct {
    const Layer *layers;
    const void *embedding; /* (vocabulary, size), floats, or halves unless precision is SINGLE */
    Matrix head;           /* the last norm multiplied into it */
    int32_t layer_count, size, inner, heads, groups, head_dim, precision;
    float eps;
} Network;

typedef enum { NOTHING = 0, LAST = 1, ALL = 2 } Wanted;

typedef struct {
    const int64_t *ids;          /* (batch, length) */
    const float *cosines, *sines; /* (start + length or more, head_dim / 2) */
    void *keys;                  /* (layers, batch, groups, capacity / PANEL, head_dim, PANEL) */
    void *values;                /* (layers, batch, groups, head panels, capacity, PANEL) */
    void *scratch;               /* muse_scratch_bytes() of it, at a multiple of 64 */
    float *logits;               /* (batch, vocabulary) or (batch, length, vocabulary) */
    Pool *pool;                  /* null for one thread */
    int32_t batch, length, start, capacity, wanted, padding;
} Call;

#endif
