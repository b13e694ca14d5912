/* Vectors of the machine at hand: how wide they are, and the few operations that C has no word for.
 *
 * GCC's and Clang's vector types carry the arithmetic, so one source serves SSE2, AVX2, AVX-512 and
 * NEON; only half precision and products of bytes need the machine's own instructions.
 */
#ifndef MUSE_SIMD_H
#define MUSE_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif

/* A panel is as many rows of a matrix as two vectors hold: enough sums in flight to hide the
 * latency of a multiply-add, few enough to stay in registers beside several rows of input. */
#define VECTORS 2
#define PANEL (LANES * VECTORS)

/* Rows of input that one tile takes: rows * VECTORS sums and the weights fit the registers. */
#if defined(__AVX512F__) || defined(__aarch64__)
#define TALLEST 12
#else
#define TALLEST 6
#endif

typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));
typedef int8_t Bytes __attribute__((vector_size(4 * LANES)));
typedef uint16_t Half; /* the bits of an IEEE 754 binary16 */

INLINE size_t round_up(size_t count, size_t step) { return (count + step - 1) / step * step; }

INLINE Floats load_floats(const float *from) {
    Floats values;
    memcpy(&values, from, sizeof values);
    return values;
}

INLINE void store_floats(float *to, Floats values) { memcpy(to, &values, sizeof values); }

INLINE Bytes load_bytes(const int8_t *from) {
    Bytes values;
    memcpy(&values, from, sizeof values);
    return values;
}

INLINE Ints load_ints(const int32_t *from) {
    Ints values;
    memcpy(&values, from, sizeof values);
    return values;
}

INLINE Floats greater_of(Floats a, Floats b) {
    Ints first = a > b;
    return (Floats)((first & (Ints)a) | (~first & (Ints)b));
}

INLINE float float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

INLINE uint32_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* ---- half precision ---- */

#if !defined(__F16C__) && !defined(__aarch64__)
/* Shifting the exponent into place leaves it 112 too small, for subnormal numbers too. */
INLINE float plain_widen(Half half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = (uint32_t)(half & 0x7fff) << 13;
    float value = float_of_bits(rest) * 0x1p112f;
    if (rest >= 0x0f800000u) /* infinity and NaN keep the largest exponent */
        value = float_of_bits(rest | 0x7f800000u);
    return float_of_bits(bits_of_float(value) | sign);
}
#endif

INLINE Floats widen(const Half *from) {
#if defined(__AVX512F__)
    return (Floats)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from));
#elif defined(__F16C__)
    return (Floats)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from));
#elif defined(__aarch64__)
    return (Floats)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from)));
#else
    Floats values;
    for (int lane = 0; lane < LANES; lane++)
        values[lane] = plain_widen(from[lane]);
    return values;
#endif
}

INLINE float widen_one(Half half) {
#if defined(__F16C__)
    return _cvtsh_ss(half);
#elif defined(__aarch64__)
    __fp16 value;
    memcpy(&value, &half, sizeof value);
    return (float)value;
#else
    return plain_widen(half);
#endif
}

/* The nearest half, ties to the even one. */
INLINE Half narrow(float value) {
#if defined(__F16C__)
    return (Half)_cvtss_sh(value, 0);
#elif defined(__aarch64__)
    __fp16 narrowed = (__fp16)value;
    Half half;
    memcpy(&half, &narrowed, sizeof half);
    return half;
#else
    uint32_t bits = bits_of_float(value), sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
    if (size >= 0x47800000u) /* 65536 and more, infinity, NaN */
        return (Half)(sign | (size > 0x7f800000u ? 0x7e00 : 0x7c00));
    if (size < 0x38800000u) /* subnormal: adding 0.5 lines the bits up, and rounds them */
        return (Half)(sign | (bits_of_float(float_of_bits(size) + 0.5f) - 0x3f000000u));
    return (Half)(sign | (size - 0x38000000u + 0xfff + (size >> 13 & 1)) >> 13);
#endif
}

/* ---- products of bytes ---- */

/* Where the machine multiplies unsigned by signed bytes, the input is stored with this added;
 * what that adds to a product is taken off again by the sum that a row starts from. */
#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)
#define INPUT_OFFSET 128
#else
#define INPUT_OFFSET 0
#endif

/* sums[lane] += four weights of that lane's row times the four bytes of input in `four`. */
INLINE Ints add_byte_products(Ints sums, Bytes weights, int32_t four) {
#if defined(__AVX512VNNI__)
    return (Ints)_mm512_dpbusd_epi32((__m512i)sums, _mm512_set1_epi32(four), (__m512i)weights);
#elif defined(__AVXVNNI__)
    return (Ints)_mm256_dpbusd_avx_epi32((__m256i)sums, _mm256_set1_epi32(four), (__m256i)weights);
#elif defined(__AVX2__)
    /* |w| * (x with w's sign): both at most 127, so that pairs fit the 16 bits they are added in. */
    __m256i size = _mm256_abs_epi8((__m256i)weights);
    __m256i input = _mm256_sign_epi8(_mm256_set1_epi32(four), (__m256i)weights);
    __m256i pairs = _mm256_maddubs_epi16(size, input);
    return sums + (Ints)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
#elif defined(__ARM_FEATURE_DOTPROD)
    return (Ints)vdotq_s32((int32x4_t)sums, (int8x16_t)weights, vreinterpretq_s8_s32(vdupq_n_s32(four)));
#elif defined(__aarch64__)
    int8x16_t input = vreinterpretq_s8_s32(vdupq_n_s32(four)), rows = (int8x16_t)weights;
    int16x8_t low = vmull_s8(vget_low_s8(rows), vget_low_s8(input));
    int16x8_t high = vmull_high_s8(rows, input);
    return sums + (Ints)vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high));
#else
    int8_t input[4];
    memcpy(input, &four, sizeof input);
    for (int lane = 0; lane < LANES; lane++)
        for (int i = 0; i < 4; i++)
            sums[lane] += weights[4 * lane + i] * input[i];
    return sums;
#endif
}

#endif
