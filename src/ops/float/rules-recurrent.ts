/** Gradients of recurrent cells, backwards through time (Werbos 1990), sample by sample in double precision. */
import type { NodeOf } from '../../ir/graph.js';
import { gateOf, product, sizesOf } from '../recurrent/cells.js';
import type { BatchData } from './batch.js';
import type { Slope } from './slope.js';

type CellSlope = Slope<'lstm'> | Slope<'gru'>;

/** The derivative of a gate, given its value. */
const gateSlope =
  (hard: number) =>
  (v: number): number =>
    hard ? (v > 0 && v < 1 ? hard : 0) : v * (1 - v);

/** What both cells work on: values, and the gradients that are added up. */
class Cell {
  readonly units: number;
  readonly inputs: number;
  readonly steps: number;
  readonly x: BatchData;
  readonly w: BatchData;
  readonly r: BatchData;
  readonly b: BatchData;
  readonly dx: Float32Array;
  readonly dw: Float64Array;
  readonly dr: Float64Array;
  readonly db: Float64Array;

  constructor(readonly s: CellSlope) {
    const { units, inputs, steps } = sizesOf(s.node.in.map((id) => s.graph.tensors[id]!));
    [this.units, this.inputs, this.steps] = [units, inputs, steps];
    [this.x, this.w, this.r, this.b] = s.inputs as [BatchData, BatchData, BatchData, BatchData];
    this.dx = new Float32Array(this.x.length);
    [this.dw, this.dr, this.db] = [this.w, this.r, this.b].map((t) => new Float64Array(t.length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
  }

  get samples(): number {
    return this.x.length / (this.steps * this.inputs);
  }

  private attr = (): NodeOf<'lstm'>['attr'] | NodeOf<'gru'>['attr'] => this.s.node.attr;

  /** Position in time of step `i`. */
  time = (i: number): number => (this.attr().reverse ? this.steps - 1 - i : i);

  /** Gradient of what step `i` of a sample gave, for unit `u`. */
  given(n: number, i: number, u: number): number {
    const { last } = this.attr();
    if (last) return i === this.steps - 1 ? this.s.g[n * this.units + u]! : 0;
    return this.s.g[(n * this.steps + this.time(i)) * this.units + u]!;
  }

  row = (n: number, i: number): number => (n * this.steps + this.time(i)) * this.inputs;

  /** Row `k` of the input's weights times the input of a step. */
  ofInput = (k: number, row: number): number => product(this.w, k * this.inputs, this.x, row, this.inputs);
  ofState = (k: number, h: Float64Array): number => product(this.r, k * this.units, h, 0, this.units);

  /** `d` is the gradient of row `k` of what the input gives. */
  backInput(k: number, row: number, d: number): void {
    const at = k * this.inputs;
    for (let j = 0; j < this.inputs; j++) {
      this.dw[at + j]! += d * this.x[row + j]!;
      this.dx[row + j]! += d * this.w[at + j]!;
    }
  }

  /** The same of what the state gives; adds to the gradient of the state. */
  backState(k: number, h: Float64Array, d: number, dh: Float64Array): void {
    const at = k * this.units;
    for (let j = 0; j < this.units; j++) {
      this.dr[at + j]! += d * h[j]!;
      dh[j]! += d * this.r[at + j]!;
    }
  }

  gradients = (): BatchData[] => [this.dx, ...[this.dw, this.dr, this.db].map((t) => Float32Array.from(t))];
}

const zeros = (n: number): Float64Array => new Float64Array(n);

/** Gates (input, forget, new value, output) and states of every step of a sample. */
function lstmForward(cell: Cell, n: number, { hardSlope, cellClip }: NodeOf<'lstm'>['attr']) {
  const { units: H, steps } = cell;
  const gate = gateOf(hardSlope);
  const [h, c] = [[zeros(H)], [zeros(H)]];
  const limit = cellClip || Infinity;
  const gates = Array.from({ length: steps }, (_, i) => {
    const row = cell.row(n, i);
    const a = Float64Array.from({ length: 4 * H }, (_, k) => {
      const sum = cell.ofInput(k, row) + cell.ofState(k, h[i]!) + cell.b[k]!;
      return Math.floor(k / H) === 2 ? Math.tanh(sum) : gate(sum);
    });
    const next = c[i]!.map((v, u) => Math.min(limit, Math.max(-limit, a[H + u]! * v + a[u]! * a[2 * H + u]!)));
    c.push(next);
    h.push(next.map((v, u) => a[3 * H + u]! * Math.tanh(v)));
    return a;
  });
  return { h, c, gates, limit };
}

export function lstm(s: Slope<'lstm'>): BatchData[] {
  const cell = new Cell(s);
  const { units: H, steps } = cell;
  const slope = gateSlope(s.node.attr.hardSlope);
  for (let n = 0; n < cell.samples; n++) {
    const { h, c, gates, limit } = lstmForward(cell, n, s.node.attr);
    let [dh, dc] = [zeros(H), zeros(H)];
    for (let i = steps - 1; i >= 0; i--) {
      const [a, past, d] = [gates[i]!, c[i]!, zeros(4 * H)];
      const before = zeros(H);
      for (let u = 0; u < H; u++) {
        const up = dh[u]! + cell.given(n, i, u);
        const [value, out] = [c[i + 1]![u]!, a[3 * H + u]!];
        const bent = Math.tanh(value);
        const down = Math.abs(value) < limit ? dc[u]! + up * out * (1 - bent * bent) : 0;
        d[u] = down * a[2 * H + u]! * slope(a[u]!);
        d[H + u] = down * past[u]! * slope(a[H + u]!);
        d[2 * H + u] = down * a[u]! * (1 - a[2 * H + u]! ** 2);
        d[3 * H + u] = up * bent * slope(out);
        before[u] = down * a[H + u]!;
      }
      dc = before;
      dh = zeros(H);
      for (let k = 0; k < 4 * H; k++) {
        cell.db[k]! += d[k]!;
        cell.backInput(k, cell.row(n, i), d[k]!);
        cell.backState(k, h[i]!, d[k]!, dh);
      }
    }
  }
  return cell.gradients();
}

/** Gates (update, reset, new value), the state's part of the new value, and states of every step of a sample. */
function gruForward(cell: Cell, n: number, { hardSlope, resetAfter }: NodeOf<'gru'>['attr']) {
  const { units: H, steps } = cell;
  const gate = gateOf(hardSlope);
  const h = [zeros(H)];
  const list = Array.from({ length: steps }, (_, i) => {
    const [row, past] = [cell.row(n, i), h[i]!];
    const sum = (k: number, state: Float64Array) =>
      cell.ofInput(k, row) + cell.b[k]! + cell.ofState(k, state) + cell.b[3 * H + k]!;
    const z = past.map((_, u) => gate(sum(u, past)));
    const reset = past.map((_, u) => gate(sum(H + u, past)));
    const masked = resetAfter ? past : past.map((v, u) => v * reset[u]!);
    const part = past.map((_, u) => cell.ofState(2 * H + u, masked) + cell.b[5 * H + u]!);
    const fresh = past.map((_, u) => {
      const own = cell.ofInput(2 * H + u, row) + cell.b[2 * H + u]!;
      return Math.tanh(own + (resetAfter ? reset[u]! * part[u]! : part[u]!));
    });
    h.push(past.map((v, u) => z[u]! * v + (1 - z[u]!) * fresh[u]!));
    return { z, reset, masked, part, fresh };
  });
  return { h, list };
}

export function gru(s: Slope<'gru'>): BatchData[] {
  const cell = new Cell(s);
  const { units: H, steps } = cell;
  const { hardSlope, resetAfter } = s.node.attr;
  const slope = gateSlope(hardSlope);
  for (let n = 0; n < cell.samples; n++) {
    const { h, list } = gruForward(cell, n, s.node.attr);
    let dh = zeros(H);
    for (let i = steps - 1; i >= 0; i--) {
      const { z, reset, masked, part, fresh } = list[i]!;
      const [past, row] = [h[i]!, cell.row(n, i)];
      const up = dh.map((v, u) => v + cell.given(n, i, u));
      const [dNew, dMasked] = [up.map((v, u) => v * (1 - z[u]!) * (1 - fresh[u]! ** 2)), zeros(H)];
      const before = up.map((v, u) => v * z[u]!);
      for (let u = 0; u < H; u++) {
        const dPart = resetAfter ? dNew[u]! * reset[u]! : dNew[u]!;
        cell.db[2 * H + u]! += dNew[u]!;
        cell.db[5 * H + u]! += dPart;
        cell.backInput(2 * H + u, row, dNew[u]!);
        cell.backState(2 * H + u, masked, dPart, resetAfter ? before : dMasked);
      }
      for (let u = 0; u < H; u++) {
        const dReset = resetAfter ? dNew[u]! * part[u]! : dMasked[u]! * past[u]!;
        if (!resetAfter) before[u]! += dMasked[u]! * reset[u]!;
        const gates = [up[u]! * (past[u]! - fresh[u]!) * slope(z[u]!), dReset * slope(reset[u]!)];
        gates.forEach((d, g) => {
          const k = g * H + u;
          cell.db[k]! += d;
          cell.db[3 * H + k]! += d;
          cell.backInput(k, row, d);
          cell.backState(k, past, d, before);
        });
      }
      dh = before;
    }
  }
  return cell.gradients();
}
