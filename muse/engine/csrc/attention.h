/* Grouped-query attention over the cache (Ainslie et al. 2023).
 *
 * Keys and values lie in the cache as packed matrices: a panel of keys holds PANEL places, its
 * columns are the dimensions of a head; a panel of values holds PANEL dimensions, its columns are
 * places. So scores and mixtures are products of the same kernels that multiply weights, and the
 * query heads of a group are the rows of one tile.
 */
#ifndef MUSE_ATTENTION_H
#define MUSE_ATTENTION_H

#include "product.h"

/* What the attention of one layer reads and writes. */
typedef struct {
    const Network *network;
    const Call *call;
    const Layer *layer;
    int number;
    float *qkv; /* (rows, stride): queries, keys and values of each head in turn */
    size_t stride;
    float *attended; /* (rows, attended_stride) */
    size_t attended_stride;
    float *queries, *scores, *mixed; /* the member's own */
    size_t scores_stride;
} Attending;

INLINE int head_panels(const Network *network) {
    return (network->head_dim + PANEL - 1) / PANEL;
}

/* Tokens whose queries of one group fill a tile. */
INLINE int tile_tokens(const Network *network) {
    int shared = network->heads / network->groups;
    return shared < TALLEST ? TALLEST / shared : 1;
}

INLINE void *cache_of(const Attending *a, void *base, int row, int group, int width) {
    const Network *network = a->network;
    size_t heads = ((size_t)a->number * a->call->batch + row) * network->groups + group;
    size_t size = network->precision == SINGLE ? sizeof(float) : sizeof(Half);
    return (char *)base + heads * (size_t)a->call->capacity * (size_t)width * size;
}

INLINE void *keys_of(const Attending *a, int row, int group) {
    return cache_of(a, a->call->keys, row, group, a->network->head_dim);
}

INLINE void *values_of(const Attending *a, int row, int group) {
    return cache_of(a, a->call->values, row, group, head_panels(a->network) * PANEL);
}

INLINE void put(int precision, void *base, size_t place, float value) {
    if (precision == SINGLE)
        ((float *)base)[place] = value;
    else
        ((Half *)base)[place] = narrow(value);
}

INLINE void norm_head(float *head, const float *weight, int count, float eps) {
    float factor = rms_factor(head, count, eps);
    for (int i = 0; i < count; i++)
        head[i] *= factor * weight[i];
}

/* Turn a head by its position's angles; dimension i pairs with i + half. */
INLINE void rotate(float *head, const float *cosines, const float *sines, int half) {
    for (int i = 0; i < half; i++) {
        float first = head[i], second = head[i + half];
        head[i] = first * cosines[i] - second * sines[i];
        head[i + half] = second * cosines[i] + first * sines[i];
    }
}

static void turn_head(const Attending *a, float *head, const float *norm, int place) {
    int half = a->network->head_dim / 2;
    if (norm)
        norm_head(head, norm, 2 * half, a->network->eps);
    rotate(head, a->call->cosines + (size_t)place * half, a->call->sines + (size_t)place * half,
           half);
}

/* Norm and turn the queries and the key of one group of one row, and put key and value in the
 * cache. */
static void enter(const Attending *a, int row, int group, int token) {
    const Network *network = a->network;
    int dim = network->head_dim, shared = network->heads / network->groups;
    int place = a->call->start + token, capacity = a->call->capacity;
    float *own = a->qkv + ((size_t)row * a->call->length + token) * a->stride;
    float *key = own + (size_t)(network->heads + group) * dim;
    const float *value = key + (size_t)network->groups * dim;
    for (int head = group * shared; head < (group + 1) * shared; head++)
        turn_head(a, own + (size_t)head * dim, a->layer->q_norm, place);
    turn_head(a, key, a->layer->k_norm, place);
    void *keys = keys_of(a, row, group), *values = values_of(a, row, group);
    size_t column = (size_t)(place / PANEL) * dim * PANEL + place % PANEL;
    for (int i = 0; i < dim; i++) {
        put(network->precision, keys, column + (size_t)i * PANEL, key[i]);
        size_t at = ((size_t)(i / PANEL) * capacity + place) * PANEL + i % PANEL;
        put(network->precision, values, at, value[i]);
    }
}

/* Queries of `tokens` tokens of one group into rows, scaled for the softmax. */
static int gather(const Attending *a, int row, int group, int token, int tokens) {
    const Network *network = a->network;
    int dim = network->head_dim, shared = network->heads / network->groups, rows = 0;
    float scale = 1.0f / sqrtf((float)dim);
    for (int t = token; t < token + tokens; t++) {
        const float *from = a->qkv + ((size_t)row * a->call->length + t) * a->stride +
                            (size_t)group * shared * dim;
        for (int i = 0; i < shared * dim; i++)
            a->queries[(size_t)rows * dim + i] = from[i] * scale;
        rows += shared;
    }
    return rows;
}

/* Softmax over the first `visible` of `places` scores; the others become 0. Returns 1 / sum. */
INLINE float weigh(float *scores, int visible, int places) {
    float sum = exponentials(scores, visible, largest(scores, visible));
    for (int i = visible; i < places; i++)
        scores[i] = 0;
    return 1.0f / sum;
}

/* Attention of one group of one row from `token` on, `tokens` tokens. */
static void attend_tile(const Attending *a, int row, int group, int token, int tokens) {
    const Network *network = a->network;
    int dim = network->head_dim, shared = network->heads / network->groups;
    int places = a->call->start + token + tokens, panels = head_panels(network);
    int rows = gather(a, row, group, token, tokens);
    size_t size = network->precision == SINGLE ? sizeof(float) : sizeof(Half);
    size_t mixed_stride = (size_t)panels * PANEL;
    Precision precision = network->precision == SINGLE ? SINGLE : HALF;
    const char *keys = keys_of(a, row, group), *values = values_of(a, row, group);
    for (int place = 0; place < places; place += PANEL)
        float_product(precision, keys + (size_t)place * dim * size, dim, a->queries, dim, rows,
                      a->scores + place, a->scores_stride);
    float inverse[TALLEST];
    for (int first = 0; first < rows; first += TALLEST) {
        int some = rows - first < TALLEST ? rows - first : TALLEST;
        float *scores = a->scores + first * a->scores_stride;
        for (int r = 0; r < some; r++) {
            int visible = a->call->start + token + (first + r) / shared + 1;
            inverse[r] = weigh(scores + r * a->scores_stride, visible, places);
        }
        for (int panel = 0; panel < panels; panel++)
            float_product(precision, values + (size_t)panel * a->call->capacity * PANEL * size,
                          places, scores, a->scores_stride, some, a->mixed + panel * PANEL,
                          mixed_stride);
        for (int r = 0; r < some; r++) {
            size_t from = (size_t)row * a->call->length + token + (first + r) / shared;
            float *to = a->attended + from * a->attended_stride +
                        ((size_t)group * shared + (first + r) % shared) * dim;
            for (int i = 0; i < dim; i++)
                to[i] = a->mixed[r * mixed_stride + i] * inverse[r];
        }
    }
}

/* Ask for the beginnings of what a group of one row will read; many short sequences are many
 * places far apart, and the machine guesses none of them. */
#define ASKED_BYTES 4096

INLINE void ask_for_group(const Attending *a, int row, int group) {
    const char *keys = keys_of(a, row, group), *values = values_of(a, row, group);
    size_t size = a->network->precision == SINGLE ? sizeof(float) : sizeof(Half);
    size_t key_bytes = round_up((size_t)a->call->start + 1, PANEL) * a->network->head_dim * size;
    size_t value_bytes = ((size_t)a->call->start + 1) * PANEL * size;
    for (size_t i = 0; i < key_bytes && i < ASKED_BYTES; i += 64)
        __builtin_prefetch(keys + i);
    for (size_t i = 0; i < value_bytes && i < ASKED_BYTES; i += 64)
        __builtin_prefetch(values + i);
}

/* With one token a row: each group's key is entered and attended to while it is near. */
static void attend_single(const Member *member, const Attending *a) {
    int groups = a->network->groups, from, to;
    share(member, a->call->batch * groups, &from, &to);
    for (int item = from; item < to; item++) {
        if (item + 1 < to)
            ask_for_group(a, (item + 1) / groups, (item + 1) % groups);
        enter(a, item / groups, item % groups, 0);
        attend_tile(a, item / groups, item % groups, 0, 1);
    }
}

/* With more, all keys must have been entered before. */
static void attend_several(const Member *member, const Attending *a) {
    const Call *call = a->call;
    int groups = a->network->groups, step = tile_tokens(a->network), from, to;
    int tiles = (call->length + step - 1) / step;
    share(member, call->batch * groups, &from, &to);
    for (int item = from; item < to; item++)
        for (int token = 0; token < call->length; token++)
            enter(a, item / groups, item % groups, token);
    pool_meet(member->pool);
    share(member, call->batch * groups * tiles, &from, &to);
    for (int item = from; item < to; item++) {
        int pair = item / tiles, token = item % tiles * step;
        int left = call->length - token;
        attend_tile(a, pair / groups, pair % groups, token, left < step ? left : step);
    }
}

/* The member's share of a layer's attention. */
static void attend(const Member *member, const Attending *a) {
    if (a->call->length == 1)
        attend_single(member, a);
    else
        attend_several(member, a);
}

#endif
