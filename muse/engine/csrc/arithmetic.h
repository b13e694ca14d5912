/* Functions of rows of numbers: norms, exponentials, quantisation. */
#ifndef MUSE_ARITHMETIC_H
#define MUSE_ARITHMETIC_H

#include <math.h>

#include "simd.h"

/* Adding 1.5 * 2^23 leaves no bits for a fraction: the sum is rounded, and its low bits are the
 * whole number in two's complement. */
#define ROUNDER 12582912.0f

INLINE float total(Floats parts) {
    float sum = 0;
    for (int lane = 0; lane < LANES; lane++)
        sum += parts[lane];
    return sum;
}

INLINE float sum_of_squares(const float *x, int count) {
    Floats parts = {0};
    int i = 0;
    for (; i + LANES <= count; i += LANES) {
        Floats values = load_floats(x + i);
        parts += values * values;
    }
    float sum = total(parts);
    for (; i < count; i++)
        sum += x[i] * x[i];
    return sum;
}

INLINE float rms_factor(const float *x, int count, float eps) {
    return 1.0f / sqrtf(sum_of_squares(x, count) / (float)count + eps);
}

INLINE float largest_of(Floats parts) {
    float most = parts[0];
    for (int lane = 1; lane < LANES; lane++)
        most = parts[lane] > most ? parts[lane] : most;
    return most;
}

INLINE float largest(const float *x, int count) {
    float most = x[0];
    int i = 0;
    if (count >= LANES) {
        Floats parts = load_floats(x);
        for (i = LANES; i + LANES <= count; i += LANES)
            parts = greater_of(load_floats(x + i), parts);
        most = largest_of(parts);
    }
    for (; i < count; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

INLINE float largest_size(const float *x, int count) {
    Floats parts = {0};
    int i = 0;
    for (; i + LANES <= count; i += LANES) {
        Floats values = load_floats(x + i);
        parts = greater_of(greater_of(values, -values), parts);
    }
    float most = largest_of(parts);
    for (; i < count; i++)
        most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
    return most;
}

/* e to the x within 2e-7 of it, for x from -87 to 88; beyond them as at them.
 * x = n ln 2 + r with ln 2 in two parts (Cody and Waite 1980), then Cephes' polynomial for e^r. */
INLINE float exponential(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float rounded = x * 1.44269504f + ROUNDER, n = rounded - ROUNDER;
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    return p * float_of_bits((bits_of_float(rounded) + 127u) << 23);
}

/* x becomes e^(x - most); returns the sum. */
INLINE float exponentials(float *x, int count, float most) {
    for (int i = 0; i < count; i++)
        x[i] = exponential(x[i] - most);
    Floats parts = {0};
    int i = 0;
    for (; i + LANES <= count; i += LANES)
        parts += load_floats(x + i);
    float sum = total(parts);
    for (; i < count; i++)
        sum += x[i];
    return sum;
}

INLINE float silu(float x) { return x / (1.0f + exponential(-x)); }

/* The nearest of 127 steps to either side; returns the width of a step. Bytes from `count` to
 * the next multiple of four are zero steps. */
INLINE float quantise(const float *x, int count, uint8_t *bytes) {
    float most = largest_size(x, count), inverse = most > 0 ? 127.0f / most : 0;
    for (int i = 0; i < count; i++)
        bytes[i] = (uint8_t)(bits_of_float(x[i] * inverse + ROUNDER) + INPUT_OFFSET);
    for (int i = count; i % 4; i++)
        bytes[i] = INPUT_OFFSET;
    return most / 127.0f;
}

#endif
