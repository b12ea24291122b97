/*
 * The few library functions that emitted code calls, for toolchains that come without a C library. Linked last: a
 * library's own take their place where there is one.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef uint32_t __attribute__((may_alias)) word;

#define ALIGNED(a, b) ((((uintptr_t)(a) | (uintptr_t)(b)) & 3u) == 0u)

void *memcpy(void *to, const void *from, size_t bytes)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if (ALIGNED(t, f)) {
        for (; bytes >= 16; bytes -= 16, t += 16, f += 16) {
            const word a = ((const word *)f)[0], b = ((const word *)f)[1], c = ((const word *)f)[2], d = ((const word *)f)[3];
            ((word *)t)[0] = a;
            ((word *)t)[1] = b;
            ((word *)t)[2] = c;
            ((word *)t)[3] = d;
        }
        for (; bytes >= 4; bytes -= 4, t += 4, f += 4) {
            *(word *)t = *(const word *)f;
        }
    }
    for (; bytes > 0; --bytes) {
        *t++ = *f++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= bytes) {
        return memcpy(to, from, bytes); /* copies upwards, so an overlap with `to` below does no harm */
    }
    if (ALIGNED(t + bytes, f + bytes)) {
        for (; bytes >= 4; bytes -= 4) {
            *(word *)(t + bytes - 4) = *(const word *)(f + bytes - 4);
        }
    }
    for (; bytes > 0; --bytes) {
        t[bytes - 1] = f[bytes - 1];
    }
    return to;
}

void *memset(void *to, int value, size_t bytes)
{
    uint8_t *t = to;
    const word pattern = (uint8_t)value * 0x01010101u;
    for (; bytes > 0 && ((uintptr_t)t & 3u) != 0u; --bytes) {
        *t++ = (uint8_t)value;
    }
    for (; bytes >= 4; bytes -= 4, t += 4) {
        *(word *)t = pattern;
    }
    for (; bytes > 0; --bytes) {
        *t++ = (uint8_t)value;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const uint8_t *p = a;
    const uint8_t *q = b;
    for (; bytes > 0; --bytes, ++p, ++q) {
        if (*p != *q) {
            return *p < *q ? -1 : 1;
        }
    }
    return 0;
}

/* 2^n * e^r with |r| <= ln(2)/2; the polynomial is that of Cephes' expf, 1 unit in the last place. */
float expf(float x)
{
    union {
        uint32_t bits;
        float value;
    } scale;
    int32_t n;
    float r;
    float y;
    if (!(x < 88.722839f)) {
        return x + x > x ? 1.0f / 0.0f : x; /* overflow, infinity, not a number */
    }
    if (x < -87.336548f) {
        return 0.0f; /* subnormal results are flushed */
    }
    n = (int32_t)(x * 1.44269504f + (x < 0.0f ? -0.5f : 0.5f));
    r = x - (float)n * 0.693359375f + (float)n * 2.12194440e-4f;
    y = 1.9875691500e-4f;
    y = y * r + 1.3981999507e-3f;
    y = y * r + 8.3334519073e-3f;
    y = y * r + 4.1665795894e-2f;
    y = y * r + 1.6666665459e-1f;
    y = y * r + 5.0000001201e-1f;
    y = y * r * r + r + 1.0f;
    scale.bits = (uint32_t)(n > 127 ? 254 : n + 127) << 23;
    return n > 127 ? y * 2.0f * scale.value : y * scale.value;
}

float tanhf(float x)
{
    const float a = x < 0.0f ? -x : x;
    const float square = x * x;
    float t;
    if (a < 0.1f) {
        return x - x * square * (0.333333333f - square * (0.133333333f - square * 0.053968254f));
    }
    t = a > 9.1f ? 1.0f : 1.0f - 2.0f / (expf(2.0f * a) + 1.0f);
    return x < 0.0f ? -t : t;
}
