#ifndef TRACE_H
#define TRACE_H

/* AFTER_LAYER of the image that writes every layer. */
#include <stddef.h>

void runner_after_layer(int layer, const void *data, size_t bytes);

#endif
