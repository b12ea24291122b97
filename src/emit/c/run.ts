import { shapeText, type Tensor, tensorBytes } from '../../ir/graph.js';
import type { Call, Plan, Ref, Step, Stream } from '../../plan/plan.js';
import { rowsOf } from '../../plan/stream.js';
import { cType } from './ports.js';

/** Address of an offset of the arena, or of the state, as a pointer to the element type. */
function address({ offset, state }: { offset: number; state?: boolean }, t: Tensor, constant: boolean): string {
  const at = `${state ? 's' : 'a'} + ${offset}`;
  const type = cType(t);
  return type === 'int8_t' ? at : `(${constant ? 'const ' : ''}${type} *)(void *)(${at})`;
}

const pair = ([h, w]: readonly [number, number]): string => `${h}x${w}`;

/** Window, stride, padding and activation in words. */
function details(call: Call): string {
  const { node, add } = call.site;
  const words: string[] = [];
  const attr = node.attr as Partial<Record<string, unknown>>;
  const weights = node.op === 'conv2d' || node.op === 'depthwise_conv2d' ? call.site.inputs[1] : undefined;
  if (weights) words.push(pair([weights.shape[1]!, weights.shape[2]!]));
  if ('filter' in attr) words.push(pair(attr.filter as [number, number]));
  if ('stride' in attr) words.push(`stride ${pair(attr.stride as [number, number])}`);
  if (weights && 'pad' in attr && (attr.pad as number[]).some((p) => p > 0))
    words.push(`pad ${(attr.pad as number[]).join(',')}`);
  if ('act' in attr && attr.act !== 'none') words.push(String(attr.act));
  if (add) words.push(`+ skip${add.attr.act === 'none' ? '' : `, ${add.attr.act}`}`);
  return words.join(', ');
}

/** `conv2d_1 (conv2d): 49x10x1 -> 25x5x64, 10x4, stride 2x2, relu` */
export function callTitle(call: Call): string {
  const { node, add, graph, output } = call.site;
  const op = node.name.startsWith(node.op) ? '' : ` (${node.op})`;
  const name = `${node.name}${op}${add ? ` + ${add.name}` : ''}`;
  const shapes = `${shapeText(graph.tensors[node.in[0]!]!.shape)} -> ${shapeText(output.shape)}`;
  return [`${name}: ${shapes}`, details(call)].filter(Boolean).join(', ');
}

/** Name of the constant description of a call's layer. */
export const layerName = (call: Call): string => `${call.site.prefix}_layer`;

const argument = (ref: Ref, t: Tensor, constant = true): string =>
  'array' in ref ? ref.array.name : address(ref, t, constant);

/** Is the argument a state that the call updates where it lies? */
const isUpdated = (plan: Plan, call: Call, ref: Ref): boolean =>
  call.site.node.out.length > 1 && (plan.graph.states ?? []).some((s) => s.before === ref.tensor);

const tensorOf = (plan: Plan, ref: Ref): Tensor => plan.graph.tensors[ref.tensor!]!;

function callText(plan: Plan, call: Call): string {
  const args = [
    `&${layerName(call)}`,
    ...call.inputs.map((ref) => argument(ref, tensorOf(plan, ref), !isUpdated(plan, call, ref))),
    address(call.output, call.site.output, false),
    ...(call.scratch ? [`a + ${call.scratch.offset}`] : []),
  ];
  return `${call.kernel.symbol}(${args.join(', ')});`;
}

/** After the last row the consumer's output is complete; the producer's never exists as a whole. */
function streamText(plan: Plan, step: Stream): string[] {
  const { producer, consumer, window } = step;
  const rows = (tensor: Tensor) => tensor.shape[1]!;
  const scratch = (c: Call) => (c.scratch ? `, a + ${c.scratch.offset}` : '');
  const middle = producer.site.output;
  const out = consumer.site.output;
  const below = rowsOf(plan.graph, consumer.site.node)!;
  const outRow = tensorBytes(out) / rows(out);
  return [
    '{',
    `    int32_t row, first = 0, end = 0; /* the window holds rows [first, end) */`,
    `    for (row = 0; row < ${rows(out)}; ++row) {`,
    `        const int32_t need = nn_window_slide(a + ${window.offset}, ${window.rowBytes}, row * ${below.stride} - ${below.pad}, ${below.kernel}, ${rows(middle)}, &first, &end);`,
    `        ${producer.kernel.symbol}_rows(&${layerName(producer)}, ${argument(producer.inputs[0]!, producer.site.inputs[0]!)}, 0,`,
    `            ${cast(`a + ${window.offset} + (end - first) * ${window.rowBytes}`, middle, false)}, end, need - end${scratch(producer)});`,
    '        end = need;',
    `        ${consumer.kernel.symbol}_rows(&${layerName(consumer)}, ${cast(`a + ${window.offset}`, middle, true)}, first,`,
    `            ${cast(`a + ${consumer.output.offset} + row * ${outRow}`, out, false)}, row, 1${scratch(consumer)});`,
    '    }',
    '}',
  ];
}

function cast(expression: string, t: Tensor, constant: boolean): string {
  const type = cType(t);
  return type === 'int8_t' ? expression : `(${constant ? 'const ' : ''}${type} *)(void *)(${expression})`;
}

const afterLayer = (plan: Plan, index: number, call: Call): string =>
  `${plan.name.toUpperCase()}_AFTER_LAYER(${index}, ${call.output.state ? 's' : 'a'} + ${call.output.offset}, ${tensorBytes(call.site.output)});`;

/** The node that computed a tensor, which is shorter than the tensor's own name. */
const writerName = (plan: Plan, id: number): string =>
  plan.graph.nodes.find((n) => n.out.includes(id))?.name ?? plan.graph.tensors[id]!.name;

function stepText(plan: Plan, step: Step, index: number): string[] {
  if (step.kind === 'move')
    return step.from === step.to
      ? []
      : [
          `/* ${writerName(plan, step.tensor)} moves, to make room for what follows */`,
          `(void)memmove(a + ${step.to}, a + ${step.from}, ${step.bytes});`,
        ];
  const last = step.kind === 'call' ? step : step.consumer;
  const title =
    step.kind === 'call'
      ? [`/* ${index}: ${callTitle(step)} */`]
      : [`/* ${index}: ${callTitle(step.producer)}`, `   in rows, as needed by ${callTitle(last)} */`];
  const body = step.kind === 'call' ? [callText(plan, step)] : streamText(plan, step);
  return [...title, ...body, afterLayer(plan, index, last)];
}

/** The calls whose outputs exist as whole tensors, numbered as AFTER_LAYER numbers them. */
export const tracedCalls = (plan: Plan): Call[] =>
  plan.steps.flatMap((s) => (s.kind === 'call' ? [s] : s.kind === 'stream' ? [s.consumer] : []));

/** Body of NAME_run: a line or two per layer. */
export function runText(plan: Plan): string {
  let index = 0;
  const lines = plan.steps.flatMap((step) => {
    const text = stepText(plan, step, index);
    if (step.kind !== 'move') index++;
    return text.length ? ['', ...text] : [];
  });
  const copies = plan.state.copies.map(({ from, to, bytes }) => `(void)memcpy(s + ${to}, a + ${from}, ${bytes});`);
  const end = copies.length ? ['', '/* what the next run begins with */', ...copies] : [];
  const state = plan.state.bytes ? ['int8_t *const s = (int8_t *)state;'] : [];
  return ['int8_t *const a = (int8_t *)arena;', ...state, ...lines, ...end]
    .map((line) => (line ? `    ${line}` : ''))
    .join('\n');
}
