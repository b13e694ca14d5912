/* Rows of weights as Python has them, put into the order that the kernels read. */
#include "arithmetic.h"
#include "exports.h"

EXPORT int32_t muse_panel(void) { return PANEL; }

static void pack_wide(int precision, const float *row, int columns, int place, char *panel) {
    for (int column = 0; column < columns; column++) {
        size_t at = (size_t)column * PANEL + place;
        if (precision == HALF)
            ((Half *)panel)[at] = narrow(row[column]);
        else
            ((float *)panel)[at] = row[column];
    }
}

/* Symmetric bytes with one step width a row; returns it and counts the row's sum. */
static float pack_bytes(const float *row, int columns, int place, int8_t *panel, int32_t *sum) {
    float most = largest_size(row, columns), inverse = most > 0 ? 127.0f / most : 0;
    *sum = 0;
    for (int column = 0; column < columns; column++) {
        int8_t step = (int8_t)(uint8_t)bits_of_float(row[column] * inverse + ROUNDER);
        panel[(size_t)(column / 4) * PANEL * 4 + place * 4 + column % 4] = step;
        *sum += step;
    }
    return most / 127.0f;
}

/* Pack `rows` rows of `columns` weights. `weights` holds whole panels of zeros before, `scales`
 * and `starts` (of bytes) as many numbers as those panels have rows. */
EXPORT void muse_pack(int32_t precision, const float *source, int32_t rows, int32_t columns,
                      void *weights, float *scales, int32_t *starts) {
    size_t panel_bytes = panel_size((Precision)precision, columns);
    for (int row = 0; row < rows; row++) {
        char *panel = (char *)weights + (size_t)(row / PANEL) * panel_bytes;
        const float *from = source + (size_t)row * columns;
        int32_t sum;
        if (precision == BYTE) {
            scales[row] = pack_bytes(from, columns, row % PANEL, (int8_t *)panel, &sum);
            starts[row] = -INPUT_OFFSET * sum;
        } else {
            pack_wide(precision, from, columns, row % PANEL, panel);
        }
    }
}
