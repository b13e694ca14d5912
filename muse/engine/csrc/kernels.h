/* Products of a few rows of input with one panel of a packed matrix.
 *
 * A panel of floats or halves lies column by column, [column][PANEL]; a panel of bytes four columns
 * at a time, [column / 4][PANEL][4], as the machine's products of bytes want them. All sums stay
 * in registers over the whole length of a row (register blocking, Goto and van de Geijn 2008).
 * `rows` and `depth` are constants wherever these are inlined: every loop over them unrolls.
 */
#ifndef MUSE_KERNELS_H
#define MUSE_KERNELS_H

#include "network.h"

#define UNROLL _Pragma("GCC unroll 16")

/* Tiles by rows of input, and how many columns they take at once: with few rows, several columns
 * keep enough independent sums in flight. */
#define SMALL_TILES(TILE) TILE(1, 4) TILE(2, 2) TILE(3, 2) TILE(4, 1) TILE(6, 1)
#if TALLEST == 12
#define TILES(TILE) SMALL_TILES(TILE) TILE(8, 1) TILE(12, 1)
#else
#define TILES(TILE) SMALL_TILES(TILE)
#endif

/* The most rows of a tile that `left` rows fill. */
INLINE int tile_rows(int left) {
    if (left >= TALLEST)
        return TALLEST;
    return left >= 8 ? 8 : left >= 6 ? 6 : left >= 4 ? 4 : left;
}

/* Weights that few rows share are waited for. Asking for them early carries the machine's own
 * reading ahead over the ends of pages; 4 KiB did as well as 1 or 8, and a tenth to a quarter
 * better than nothing. Beyond the end of the weights it asks for nothing. */
#define AHEAD 4096

INLINE void ask_ahead(const int rows, const char *place, const int bytes) {
    if (rows > 3)
        return;
    UNROLL for (int i = 0; i < bytes; i += 64)
        __builtin_prefetch(place + AHEAD + i);
}

INLINE Floats load_weights(const int halves, const void *panel, size_t place) {
    return halves ? widen((const Half *)panel + place) : load_floats((const float *)panel + place);
}

/* y[row][0..PANEL) = panel * x[row] for `rows` rows of floats. */
INLINE void float_tile(const int rows, const int depth, const int halves, const void *panel,
                       int columns, const float *x, size_t x_stride, float *y, size_t y_stride) {
    Floats sums[TALLEST][VECTORS], deep[4][4][VECTORS];
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < VECTORS; v++)
            sums[r][v] = (Floats){0};
    UNROLL for (int d = 1; d < depth; d++)
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < VECTORS; v++)
                deep[d][r][v] = (Floats){0};
    int column = 0;
    for (; column + depth <= columns; column += depth) {
        UNROLL for (int d = 0; d < depth; d++) {
            const int size = halves ? sizeof(Half) : sizeof(float);
            ask_ahead(rows, (const char *)panel + (size_t)(column + d) * PANEL * size, PANEL * size);
            Floats weights[VECTORS];
            UNROLL for (int v = 0; v < VECTORS; v++)
                weights[v] = load_weights(halves, panel, (size_t)(column + d) * PANEL + v * LANES);
            UNROLL for (int r = 0; r < rows; r++)
                UNROLL for (int v = 0; v < VECTORS; v++) {
                    Floats *sum = d ? &deep[d][r][v] : &sums[r][v];
                    *sum += weights[v] * x[r * x_stride + column + d];
                }
        }
    }
    for (; column < columns; column++)
        UNROLL for (int v = 0; v < VECTORS; v++) {
            Floats weights = load_weights(halves, panel, (size_t)column * PANEL + v * LANES);
            UNROLL for (int r = 0; r < rows; r++)
                sums[r][v] += weights * x[r * x_stride + column];
        }
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < VECTORS; v++) {
            Floats sum = sums[r][v];
            UNROLL for (int d = 1; d < depth; d++)
                sum += deep[d][r][v];
            store_floats(y + r * y_stride + v * LANES, sum);
        }
}

/* The same for `count` rows, however many. */
static void float_product(Precision precision, const void *panel, int columns, const float *x,
                          size_t x_stride, int count, float *y, size_t y_stride) {
    while (count > 0) {
        int rows = tile_rows(count);
        switch (precision == HALF ? -rows : rows) {
#define TILE(ROWS, DEPTH)                                                          \
    case ROWS:                                                                     \
        float_tile(ROWS, DEPTH, 0, panel, columns, x, x_stride, y, y_stride);      \
        break;                                                                     \
    case -ROWS:                                                                    \
        float_tile(ROWS, DEPTH, 1, panel, columns, x, x_stride, y, y_stride);      \
        break;
            TILES(TILE)
#undef TILE
        }
        x += rows * x_stride, y += rows * y_stride, count -= rows;
    }
}

INLINE int32_t load_four(const uint8_t *bytes) {
    int32_t four;
    memcpy(&four, bytes, sizeof four);
    return four;
}

/* y[row][0..PANEL) = scales * (panel * x[row]) for `rows` rows of bytes; `quads` columns / 4. */
INLINE void byte_tile(const int rows, const int depth, const int8_t *panel, const int32_t *starts,
                      const float *scales, int quads, const uint8_t *x, size_t x_stride, float *y,
                      size_t y_stride) {
    Ints sums[TALLEST][VECTORS], deep[4][4][VECTORS];
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < VECTORS; v++)
            sums[r][v] = load_ints(starts + v * LANES);
    UNROLL for (int d = 1; d < depth; d++)
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < VECTORS; v++)
                deep[d][r][v] = (Ints){0};
    int quad = 0;
    for (; quad + depth <= quads; quad += depth) {
        UNROLL for (int d = 0; d < depth; d++) {
            const int8_t *place = panel + (size_t)(quad + d) * PANEL * 4;
            ask_ahead(rows, (const char *)place, PANEL * 4);
            Bytes weights[VECTORS];
            UNROLL for (int v = 0; v < VECTORS; v++)
                weights[v] = load_bytes(place + v * LANES * 4);
            UNROLL for (int r = 0; r < rows; r++)
                UNROLL for (int v = 0; v < VECTORS; v++) {
                    Ints *sum = d ? &deep[d][r][v] : &sums[r][v];
                    int32_t four = load_four(x + r * x_stride + 4 * (size_t)(quad + d));
                    *sum = add_byte_products(*sum, weights[v], four);
                }
        }
    }
    for (; quad < quads; quad++)
        UNROLL for (int v = 0; v < VECTORS; v++) {
            Bytes weights = load_bytes(panel + (size_t)quad * PANEL * 4 + v * LANES * 4);
            UNROLL for (int r = 0; r < rows; r++) {
                int32_t four = load_four(x + r * x_stride + 4 * (size_t)quad);
                sums[r][v] = add_byte_products(sums[r][v], weights, four);
            }
        }
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < VECTORS; v++) {
            Ints sum = sums[r][v];
            UNROLL for (int d = 1; d < depth; d++)
                sum += deep[d][r][v];
            Floats scaled = __builtin_convertvector(sum, Floats) * load_floats(scales + v * LANES);
            store_floats(y + r * y_stride + v * LANES, scaled);
        }
}

static void byte_product(const int8_t *panel, const int32_t *starts, const float *scales, int quads,
                         const uint8_t *x, size_t x_stride, int count, float *y, size_t y_stride) {
    while (count > 0) {
        int rows = tile_rows(count);
        switch (rows) {
#define TILE(ROWS, DEPTH)                                                                  \
    case ROWS:                                                                             \
        byte_tile(ROWS, DEPTH, panel, starts, scales, quads, x, x_stride, y, y_stride);    \
        break;
            TILES(TILE)
#undef TILE
        }
        x += rows * x_stride, y += rows * y_stride, count -= rows;
    }
}

#endif
