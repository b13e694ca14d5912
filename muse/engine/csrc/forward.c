/* One call of the network: ids in, cache filled, logits out. Every member of the team runs all of
 * it, each on its share of every product, and they meet where one needs what another made. */
#include "attention.h"
#include "exports.h"

/* The caller's scratch, carved up. Strides lie off powers of two: rows a multiple of 4 KiB apart
 * would all want the same few places of the nearest cache. */
typedef struct {
    float *stream, *qkv, *attended, *inner;
    size_t stream_stride, qkv_stride, attended_stride, inner_stride;
    Prepared prepared;
    float *queries, *scores, *mixed; /* one after another for each member */
    size_t queries_size, scores_size, mixed_size, scores_stride;
} Scratch;

static size_t stride_of(int count) { return round_up((size_t)count, PANEL) + 16; }

static void *carve(char *base, size_t *used, size_t bytes) {
    char *place = base ? base + *used : NULL;
    *used += round_up(bytes, 64);
    return place;
}

static float *carve_floats(char *base, size_t *used, size_t count) {
    return carve(base, used, count * sizeof(float));
}

static int most(int a, int b) { return a > b ? a : b; }

/* Lay out the scratch at `base`, or nowhere if that is null; returns its size in bytes. */
static size_t lay_out(const Network *n, int rows, int capacity, int members, char *base,
                      Scratch *s) {
    size_t used = 0, all = (size_t)rows;
    int wide = n->heads * n->head_dim, shared = n->heads / n->groups;
    int tile = most(shared, TALLEST), longest = most(most(n->size, n->inner), wide);
    size_t prepared_rows = all + (size_t)members * PRIVATE_ROWS;
    s->stream_stride = stride_of(n->size);
    s->qkv_stride = stride_of(wide + 2 * n->groups * n->head_dim);
    s->attended_stride = stride_of(wide);
    s->inner_stride = stride_of(n->inner);
    s->scores_stride = stride_of(capacity);
    s->stream = carve_floats(base, &used, all * s->stream_stride);
    s->qkv = carve_floats(base, &used, all * s->qkv_stride);
    s->attended = carve_floats(base, &used, all * s->attended_stride);
    s->inner = carve_floats(base, &used, all * s->inner_stride);
    s->prepared.rows = rows;
    s->prepared.byte_stride = round_up((size_t)longest, 64) + 64;
    s->prepared.bytes = carve(base, &used, prepared_rows * s->prepared.byte_stride);
    s->prepared.factors = carve_floats(base, &used, prepared_rows);
    s->queries_size = round_up((size_t)tile * n->head_dim, 16);
    s->scores_size = (size_t)tile * s->scores_stride;
    s->mixed_size = (size_t)TALLEST * head_panels(n) * PANEL;
    s->queries = carve_floats(base, &used, members * s->queries_size);
    s->scores = carve_floats(base, &used, members * s->scores_size);
    s->mixed = carve_floats(base, &used, members * s->mixed_size);
    return used;
}

EXPORT int64_t muse_scratch_bytes(const Network *network, int32_t rows, int32_t capacity,
                                  int32_t members) {
    Scratch scratch;
    return (int64_t)lay_out(network, rows, capacity, members, NULL, &scratch);
}

static void embed(const Network *network, int64_t id, float *to) {
    size_t place = (size_t)id * network->size;
    for (int i = 0; i < network->size; i++)
        to[i] = network->precision == SINGLE ? ((const float *)network->embedding)[place + i]
                                             : widen_one(((const Half *)network->embedding)[place + i]);
}

static void run_layer(const Member *member, const Network *network, const Call *call,
                      const Scratch *s, int number) {
    const Layer *layer = &network->layers[number];
    int rows = call->batch * call->length;
    Input input = prepare(member, &layer->qkv, &s->prepared, s->stream, s->stream_stride, rows,
                          network->eps);
    multiply(member, &layer->qkv, &input, &(Output){s->qkv, s->qkv_stride, STORE, 0});
    pool_meet(member->pool);

    Attending attending = {
        network, call, layer, number, s->qkv, s->qkv_stride, s->attended, s->attended_stride,
        s->queries + member->number * s->queries_size, s->scores + member->number * s->scores_size,
        s->mixed + member->number * s->mixed_size, s->scores_stride};
    attend(member, &attending);
    pool_meet(member->pool);

    Output stream = {s->stream, s->stream_stride, ADD, 0};
    input = prepare(member, &layer->out, &s->prepared, s->attended, s->attended_stride, rows, -1);
    multiply(member, &layer->out, &input, &stream);
    pool_meet(member->pool);

    input = prepare(member, &layer->gate_up, &s->prepared, s->stream, s->stream_stride, rows,
                    network->eps);
    multiply(member, &layer->gate_up, &input, &(Output){s->inner, s->inner_stride, GATE, 0});
    pool_meet(member->pool);

    input = prepare(member, &layer->down, &s->prepared, s->inner, s->inner_stride, rows, -1);
    multiply(member, &layer->down, &input, &stream);
    pool_meet(member->pool);
}

/* Logits of the last token of each row, or of all tokens. */
static void run_head(const Member *member, const Network *network, const Call *call,
                     const Scratch *s) {
    int last = call->wanted == LAST, rows = last ? call->batch : call->batch * call->length;
    size_t stride = s->stream_stride * (last ? call->length : 1);
    const float *from = s->stream + (last ? (call->length - 1) * s->stream_stride : 0);
    Input input = prepare(member, &network->head, &s->prepared, from, stride, rows, network->eps);
    multiply(member, &network->head, &input,
             &(Output){call->logits, (size_t)network->head.rows, STORE, 1});
}

typedef struct {
    const Network *network;
    const Call *call;
    Scratch scratch;
} Job;

static void run(void *argument, int number) {
    const Job *job = argument;
    const Network *network = job->network;
    const Call *call = job->call;
    Member member = {call->pool, number, pool_members(call->pool)};
    int from, to;
    share(&member, call->batch * call->length, &from, &to);
    for (int row = from; row < to; row++)
        embed(network, call->ids[row], job->scratch.stream + row * job->scratch.stream_stride);
    pool_meet(member.pool);
    for (int layer = 0; layer < network->layer_count; layer++)
        run_layer(&member, network, call, &job->scratch, layer);
    if (call->wanted != NOTHING)
        run_head(&member, network, call, &job->scratch);
}

EXPORT void muse_forward(const Network *network, const Call *call) {
    Job job = {.network = network, .call = call};
    lay_out(network, call->batch * call->length, call->capacity, pool_members(call->pool),
            call->scratch, &job.scratch);
    pool_run(call->pool, run, &job);
}

EXPORT void muse_nats(const float *logits, int32_t rows, int32_t vocabulary,
                      const int64_t *targets, float *nats) {
    for (int row = 0; row < rows; row++) {
        const float *x = logits + (size_t)row * vocabulary;
        float most_likely = largest(x, vocabulary);
        double sum = 0;
        for (int i = 0; i < vocabulary; i++)
            sum += exponential(x[i] - most_likely);
        nats[row] = (float)log(sum) - (x[targets[row]] - most_likely);
    }
}

EXPORT Pool *muse_pool_new(int32_t members) { return pool_new(members); }
EXPORT void muse_pool_free(Pool *pool) { pool_free(pool); }

EXPORT int32_t muse_structure_bytes(int32_t which) {
    const int32_t bytes[] = {sizeof(Matrix), sizeof(Layer), sizeof(Network), sizeof(Call)};
    return which >= 0 && which < 4 ? bytes[which] : -1;
}

EXPORT int32_t muse_machine(void) {
    int32_t found = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        found |= 1; /* every such machine has F16C */
#if !defined(__clang__) && __GNUC__ >= 12
    if (__builtin_cpu_supports("avxvnni"))
        found |= 2;
#endif
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vnni"))
        found |= 4;
#endif
    return found;
}
