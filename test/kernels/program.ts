/** A C program that runs kernels on given data and tells what went wrong. */
import { amalgamate } from '../../src/emit/amalgamate.js';
import { arrayText, layerText } from '../../src/emit/layer.js';
import { type TensorData, tensorBytes } from '../../src/ir/graph.js';
import { geometryOf } from '../../src/kernels/geometry.js';
import type { ConstArray, CType, Layer } from '../../src/kernels/kernel.js';
import type { Job } from './site.js';

/**
 * The part of the program that knows no kernel. Every buffer is exactly as large as it should be, so that the address
 * sanitiser sees a byte too far.
 */
const runner = `
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__GNUC__)
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE
#endif

enum { MAX_INPUTS = 8 };

typedef struct job {
    const char *name;
    const char *symbol;
    void (*call)(const void *const *x, void *y, void *scratch);
    void (*rows)(const void *x, int32_t x_row, void *y, int32_t y_row, int32_t rows, void *scratch);
    int inputs;
    const void *in[MAX_INPUTS];
    const void *after[MAX_INPUTS]; /* what an input is after the call: itself, or a state that goes on */
    size_t in_bytes[MAX_INPUTS];
    long distance[MAX_INPUTS]; /* -1: may not overlap */
    const void *expected;
    size_t out_bytes;
    size_t scratch;
    float tolerance; /* less than 0: bytes must be equal */
    long step;       /* bytes of an element of either side: distances are multiples of it */
    int in_h, out_h, reach, stride, pad;
} job;

static void *copy_of(const void *data, size_t bytes)
{
    void *p = malloc(bytes ? bytes : 1);
    if (p == NULL) {
        exit(2);
    }
    (void)memcpy(p, data, bytes);
    return p;
}

static void *blank(size_t bytes)
{
    void *p = malloc(bytes ? bytes : 1);
    if (p == NULL) {
        exit(2);
    }
    (void)memset(p, 0x5c, bytes);
    return p;
}

static int is_near(const job *j, const void *y, const char *want, size_t bytes)
{
    size_t i;
    if (j->tolerance < 0.0f) {
        return memcmp(y, want, bytes) == 0;
    }
    for (i = 0; i < bytes; i += sizeof(float)) {
        float a, b;
        (void)memcpy(&a, (const char *)y + i, sizeof a);
        (void)memcpy(&b, want + i, sizeof b);
        if (!(fabsf(a - b) <= j->tolerance)) {
            return 0;
        }
    }
    return 1;
}

static int is_right(const job *j, const void *y, size_t from, size_t bytes)
{
    return is_near(j, y, (const char *)j->expected + from, bytes);
}

/* Calls with input \`over\` (-1: none) at \`distance\` bytes after the start of the output. */
static int run(const job *j, int over, long distance)
{
    void *x[MAX_INPUTS];
    void *scratch = blank(j->scratch);
    size_t room = j->out_bytes;
    char *y;
    int i, right;
    if (over >= 0 && (size_t)distance + j->in_bytes[over] > room) {
        room = (size_t)distance + j->in_bytes[over];
    }
    y = (char *)blank(room);
    for (i = 0; i < j->inputs; ++i) {
        x[i] = i == over ? memcpy(y + distance, j->in[i], j->in_bytes[i]) : copy_of(j->in[i], j->in_bytes[i]);
    }
    j->call((const void *const *)x, y, scratch);
    right = is_right(j, y, 0, j->out_bytes);
    for (i = 0; i < j->inputs; ++i) {
        if (i != over) {
            right &= j->after[i] == j->in[i] ? memcmp(x[i], j->in[i], j->in_bytes[i]) == 0
                                             : is_near(j, x[i], (const char *)j->after[i], j->in_bytes[i]);
            free(x[i]);
        }
    }
    free(y);
    free(scratch);
    return right;
}

static int run_rows(const job *j, int count)
{
    const size_t in_row = j->in_bytes[0] / (size_t)j->in_h;
    const size_t out_row = j->out_bytes / (size_t)j->out_h;
    int right = 1;
    int row;
    for (row = 0; row < j->out_h; row += count) {
        const int rows = row + count < j->out_h ? count : j->out_h - row;
        const int top = row * j->stride - j->pad;
        const int first = top > 0 ? top : 0;
        const int bottom = top + (rows - 1) * j->stride + j->reach;
        const int end = bottom < j->in_h ? bottom : j->in_h;
        void *x = copy_of((const char *)j->in[0] + (size_t)first * in_row, (size_t)(end - first) * in_row);
        void *y = blank((size_t)rows * out_row);
        void *scratch = blank(j->scratch);
        j->rows(x, first, y, row, rows, scratch);
        j->rows(x, first, y, row, 0, scratch);
        right &= is_right(j, y, (size_t)row * out_row, (size_t)rows * out_row);
        free(x);
        free(y);
        free(scratch);
    }
    return right;
}

static void report(const job *j, const char *what, int right)
{
    if (!right) {
        (void)printf("FAIL %s, %s: %s\\n", j->symbol, j->name, what);
    }
}

static void check(const job *j)
{
    int i;
    report(j, "plain", run(j, -1, 0));
    for (i = 0; i < j->inputs; ++i) {
        const long d = j->distance[i];
        if (d >= 0) {
            report(j, "overlapping", run(j, i, d));
            report(j, "overlapping, farther", run(j, i, d + 4) && run(j, i, d + 12) && run(j, i, d + 40));
            if (d >= j->step) {
                (void)printf("LEAST %s %d %d\\n", j->symbol, i, !run(j, i, d - j->step));
            }
        }
    }
    if (j->rows != NULL) {
        report(j, "rows by 1", run_rows(j, 1));
        report(j, "rows by 2", run_rows(j, 2));
        report(j, "rows by 3", run_rows(j, 3));
        report(j, "all rows", run_rows(j, j->out_h));
    }
}
`;

const cTypes: Readonly<Record<string, CType>> = {
  Float32Array: 'float',
  Int8Array: 'int8_t',
  Uint8Array: 'uint8_t',
  Int16Array: 'int16_t',
  Int32Array: 'int32_t',
};

const dataArray = (name: string, data: TensorData): ConstArray => ({
  name,
  type: cTypes[data.constructor.name]!,
  values: data,
  layout: name,
});

const arraysOf = (layer: Layer): ConstArray[] => [
  ...new Set(layer.fields.flatMap((f) => f.values.filter((v): v is ConstArray => typeof v === 'object' && v !== null))),
];

const isFloat = (data: TensorData): boolean => data instanceof Float32Array;

/** Can its rows be computed one by one? */
const hasRows = ({ kernel, site }: Job): boolean => kernel.rows === true && site.output.shape[0] === 1;

/** `in_h, out_h, reach, stride, pad` of the vertical axis. */
function verticals(job: Job): readonly number[] {
  if (!hasRows(job)) return [1, 1, 1, 1, 0];
  const g = geometryOf(job.site);
  return [g.inH, g.outH, (g.kernel[0] - 1) * g.dilation[0] + 1, g.stride[0], g.pad[0]];
}

function entry(job: Job, prefix: string): string {
  const { kernel, site, inputs, expected, tolerance } = job;
  const list = (values: readonly (string | number)[]) => `{${values.join(', ')}}`;
  const widths = [...inputs, expected].map((d) => d.BYTES_PER_ELEMENT);
  return `    ${list([
    JSON.stringify(job.name),
    JSON.stringify(kernel.symbol),
    `call_${prefix}`,
    hasRows(job) ? `rows_${prefix}` : 'NULL',
    inputs.length,
    list(inputs.map((_, i) => `${prefix}_in${i}`)),
    list(inputs.map((_, i) => `${prefix}_${job.after[i] ? 'after' : 'in'}${i}`)),
    list(inputs.map((d) => d.byteLength)),
    list(inputs.map((_, i) => kernel.overlap?.(site, i) ?? -1)),
    `${prefix}_expected`,
    tensorBytes(site.output),
    kernel.scratch?.(site) ?? 0,
    isFloat(expected) ? `${tolerance.toExponential()}f` : '-1.0f',
    Math.max(...widths),
    ...verticals(job),
  ])}`;
}

/** Constants, layer and calls of one job. */
function jobText(job: Job): string {
  const { kernel, site, inputs, expected } = job;
  const { prefix } = site;
  const layer = kernel.layer(site);
  const after = job.after.flatMap((d, i) => (d ? [dataArray(`${prefix}_after${i}`, d)] : []));
  const given = inputs.map((d, i) => dataArray(`${prefix}_in${i}`, d));
  const data = [...given, ...after, dataArray(`${prefix}_expected`, expected)];
  const scratch = kernel.scratch ? ', (int8_t *)scratch' : '';
  // States are updated where they lie.
  const x = inputs
    .map((d, i) => (job.after[i] ? `(${cTypes[d.constructor.name]} *)(size_t)x[${i}]` : `x[${i}]`))
    .join(', ');
  const rows = `static NOINLINE void rows_${prefix}(const void *x, int32_t x_row, void *y, int32_t y_row, int32_t rows, void *scratch)
{
    (void)scratch;
    ${kernel.symbol}_rows(&${prefix}_layer, x, x_row, y, y_row, rows${scratch});
}`;
  return [
    ...[...arraysOf(layer), ...data].map(arrayText),
    layerText(layer, `${prefix}_layer`),
    `static NOINLINE void call_${prefix}(const void *const *x, void *y, void *scratch)
{
    (void)scratch;
    ${kernel.symbol}(&${prefix}_layer, ${x}, y${scratch});
}`,
    ...(hasRows(job) ? [rows] : []),
  ].join('\n');
}

/** The whole program: prints a line per failure, and for each overlap whether less distance breaks something. */
export function programText(jobs: readonly Job[]): string {
  const { system, text } = amalgamate([...new Set(jobs.map((j) => j.kernel.file))]);
  return [
    ...system.map((h) => `#include <${h}>`),
    text,
    runner,
    ...jobs.map(jobText),
    `static const job jobs[] = {\n${jobs.map((j) => entry(j, j.site.prefix)).join(',\n')}\n};`,
    `int main(void)
{
    size_t i;
    for (i = 0; i < sizeof jobs / sizeof jobs[0]; ++i) {
        check(&jobs[i]);
    }
    return 0;
}
`,
  ].join('\n\n');
}
