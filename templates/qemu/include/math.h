#ifndef MATH_H
#define MATH_H

/* For toolchains without a C library. libc.c has expf and tanhf; of the others a program that calls one does not link. */
float expf(float x);
float tanhf(float x);
float fabsf(float x);
float logf(float x);
float log1pf(float x);
float expm1f(float x);
float sqrtf(float x);
float floorf(float x);
float ceilf(float x);
float truncf(float x);
float rintf(float x);
float sinf(float x);
float cosf(float x);
float tanf(float x);
float asinf(float x);
float acosf(float x);
float atanf(float x);
float sinhf(float x);
float coshf(float x);
float asinhf(float x);
float acoshf(float x);
float atanhf(float x);
float erff(float x);
float powf(float x, float y);
float fmodf(float x, float y);
float atan2f(float y, float x);

#define isnan(x) ((x) != (x))
#define isinf(x) ((x) > 3.40282347e+38f || (x) < -3.40282347e+38f)

#endif
