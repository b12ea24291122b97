#ifndef MATH_H
#define MATH_H

/* For toolchains without a C library: what libc.c has. */
float expf(float x);
float tanhf(float x);

#endif
