/* A packed matrix times many rows, shared among the team, and what becomes of the products. */
#ifndef MUSE_PRODUCT_H
#define MUSE_PRODUCT_H

#include "arithmetic.h"
#include "kernels.h"

/* One of the team, and its share of `count` things: [from, to). */
typedef struct {
    Pool *pool;
    int number, members;
} Member;

INLINE void share(const Member *member, int count, int *from, int *to) {
    *from = (int)((int64_t)count * member->number / member->members);
    *to = (int)((int64_t)count * (member->number + 1) / member->members);
}

/* Rows that go into a product: as floats, or as bytes for a matrix of bytes. */
typedef struct {
    const float *values;
    size_t stride;
    const uint8_t *bytes;
    size_t byte_stride;
    const float *factors; /* by which the products of each row are multiplied */
    int count;
} Input;

typedef enum { STORE, ADD, GATE } Finish;

/* Where products go: stored, added to what is there, or gated (silu(gate) * up). */
typedef struct {
    float *values;
    size_t stride;
    Finish finish;
    int exact; /* nothing may be written behind the last row of the matrix */
} Output;

/* Rows so few that each member had better prepare them all than wait for the others' share. */
#define PRIVATE_ROWS 4

/* Room for what `prepare` makes: a shared part, and a part for each member. */
typedef struct {
    uint8_t *bytes;
    size_t byte_stride;
    float *factors;
    int rows; /* of the shared part */
} Prepared;

/* Bring rows of floats into the form that `matrix` takes; with `eps` at 0 or above, as if each had
 * been scaled to a root mean square of 1 (RMSNorm; its weight is in the matrix). */
static Input prepare(const Member *member, const Matrix *matrix, const Prepared *room,
                     const float *values, size_t stride, int count, float eps) {
    int alone = count <= PRIVATE_ROWS, from = 0, to = count;
    size_t offset = alone ? room->rows + (size_t)member->number * PRIVATE_ROWS : 0;
    uint8_t *bytes = room->bytes + offset * room->byte_stride;
    float *factors = room->factors + offset;
    if (!alone)
        share(member, count, &from, &to);
    for (int row = from; row < to; row++) {
        const float *x = values + row * stride;
        factors[row] = eps >= 0 ? rms_factor(x, matrix->columns, eps) : 1.0f;
        if (matrix->precision == BYTE)
            factors[row] *= quantise(x, matrix->columns, bytes + row * room->byte_stride);
    }
    if (!alone)
        pool_meet(member->pool);
    return (Input){values, stride, bytes, room->byte_stride, factors, count};
}

/* tile[row][0..PANEL) = panel number `panel` of the matrix times rows first to first + rows. */
INLINE void panel_product(const Matrix *matrix, int panel, const Input *input, int first, int rows,
                          float *tile) {
    Precision precision = (Precision)matrix->precision;
    int columns = matrix->columns, row = panel * PANEL;
    const char *weights =
        (const char *)matrix->weights + (size_t)panel * panel_size(precision, columns);
    if (precision == BYTE)
        byte_product((const int8_t *)weights, matrix->starts + row, matrix->scales + row,
                     (columns + 3) / 4, input->bytes + first * input->byte_stride,
                     input->byte_stride, rows, tile, PANEL);
    else
        float_product(precision, weights, columns, input->values + first * input->stride,
                      input->stride, rows, tile, PANEL);
}

INLINE void finish_row(const Output *output, float *to, const float *tile, const float *up,
                       const float *bias, float factor, int width) {
    for (int i = 0; i < width; i++) {
        float value = tile[i] * factor;
        if (output->finish == GATE)
            value = silu(value) * (up[i] * factor);
        else if (output->finish == ADD)
            value += to[i];
        else if (bias)
            value += bias[i];
        to[i] = value;
    }
}

/* The member's share of matrix * input, finished into `output`. Meet before others read it. */
static void multiply(const Member *member, const Matrix *matrix, const Input *input,
                     const Output *output) {
    float tiles[2][TALLEST * PANEL];
    int step = output->finish == GATE ? 2 : 1, from, to;
    int panels = (matrix->rows + PANEL - 1) / PANEL;
    share(member, panels / step, &from, &to);
    for (int unit = from; unit < to; unit++) {
        int left = matrix->rows - unit * PANEL;
        int width = output->exact && left < PANEL ? left : PANEL;
        const float *bias = matrix->bias ? matrix->bias + unit * PANEL : NULL;
        for (int first = 0; first < input->count; first += TALLEST) {
            int rows = input->count - first < TALLEST ? input->count - first : TALLEST;
            for (int part = 0; part < step; part++)
                panel_product(matrix, unit * step + part, input, first, rows, tiles[part]);
            for (int row = 0; row < rows; row++)
                finish_row(output, output->values + (first + row) * output->stride + unit * PANEL,
                           tiles[0] + row * PANEL, tiles[1] + row * PANEL, bias,
                           input->factors[first + row], width);
        }
    }
}

#endif
