/** Own quantisation: ranges, equalisation, bias correction, what stays float; each where the outputs come out better. */
import type { Graph, Node } from '../ir/graph.js';
import { type Calibration, samplesAt } from '../ops/float/calibration.js';
import type { Linear } from '../support/linear.js';
import { corrected } from './correct.js';
import { equalised } from './equalise.js';
import { Judge } from './judge.js';
import { moves, type StoredType } from './parameters.js';
import { quantiseBy } from './quantise.js';
import { type RangeRule, type Ranges, rangeRules, rangesBy, rangesOf } from './ranges.js';
import { staysReal } from './real.js';

/** How a float model becomes a stored one, every question answered. */
export interface QuantiseSettings {
  /** mixed: int8, with the layers of `real` in float */
  readonly precision: 'int8' | 'int16x8' | 'mixed';
  readonly ranges: RangeRule;
  readonly equalise: boolean;
  readonly correctBias: boolean;
  /** names of layers that stay float */
  readonly real: readonly string[];
}

/** Settings with the signal over noise that the outputs had on the samples that judged, in dB; null = nothing is lost. */
export type Settled = QuantiseSettings & { readonly sqnr: number | null };

/** What is done where nobody asks. */
export const plainSettings: QuantiseSettings = {
  precision: 'int8',
  ranges: 'minmax',
  equalise: false,
  correctBias: false,
  real: [],
};

/** The same with questions open: what is not said is tried, and the better way taken. */
export type QuantiseRequest = Partial<Omit<QuantiseSettings, 'ranges' | 'real'>> & {
  readonly ranges?: RangeRule | 'auto';
  /** mixed: layers become float until the outputs (before a last softmax) have this signal over noise, in dB; default 30 */
  readonly sqnr?: number;
};

/** A float graph, equalised or not, and the same stored. */
export interface Quantised {
  readonly float: Graph;
  readonly stored: Graph;
}

const typeOf = ({ precision }: Pick<QuantiseSettings, 'precision'>): StoredType =>
  precision === 'int16x8' ? 's16' : 's8';

/** Quantises a float graph as the settings say. */
export function quantiseAs(linear: Linear, graph: Graph, calibration: Calibration, s: QuantiseSettings): Quantised {
  const float = s.equalise ? equalised(linear, graph, calibration).graph : graph;
  const ranges = rangesOf(linear, float, calibration, s.ranges);
  const stored = quantiseBy(float, ranges, { type: typeOf(s), real: new Set(s.real) });
  return { float, stored: s.correctBias ? corrected(linear, float, stored, calibration) : stored };
}

/** Every second sample; or the others. */
const half = (calibration: Calibration, isJudge: boolean): Calibration =>
  samplesAt(
    calibration,
    Array.from({ length: calibration.count }, (_, i) => i).filter((i) => (i % 2 === 1) === isJudge),
  );

/** A float graph with the ranges of its tensors. */
interface Ranged {
  readonly float: Graph;
  readonly ranges: Ranges;
}

/** A change of the model (1.25 dB), and another rule than the first, must make so much less of the loss: less may be chance. */
const worthwhile = { change: 0.75, rule: 0.9 };

/** Ops that only move values round nothing themselves. */
const rounds = (node: Node): boolean => !moves.includes(node.op);

/** Answers open questions one after the other, on samples that ranges and biases are not made from. */
class Search {
  private readonly made: Calibration;
  private readonly judge: Judge;
  private readonly type: StoredType;
  constructor(
    private readonly linear: Linear,
    private readonly graph: Graph,
    calibration: Calibration,
    private readonly request: QuantiseRequest,
  ) {
    this.made = half(calibration, false);
    this.judge = new Judge(linear, graph, half(calibration, true));
    this.type = typeOf({ precision: request.precision ?? 'int8' });
  }

  settings(): Settled {
    const { precision = 'int8', correctBias } = this.request;
    const plain = this.best(this.graph);
    const even = this.equal();
    const taken = even && (this.request.equalise || even.loss < worthwhile.change * plain.loss) ? even : plain;
    const real = precision === 'mixed' ? this.realLayers(taken) : [];
    const isCorrected = correctBias ?? this.helpsCorrection(taken, real);
    const stored = this.store(taken, real);
    const { sqnr } = this.judge.of(isCorrected ? corrected(this.linear, taken.float, stored, this.made) : stored);
    return {
      ...{ precision, ranges: taken.rule, equalise: taken === even, correctBias: isCorrected, real },
      sqnr: Number.isFinite(sqnr) ? sqnr : null,
    };
  }

  private store = ({ float, ranges }: Ranged, real: readonly string[] = []): Graph =>
    quantiseBy(float, ranges, { type: this.type, real: new Set(real) });

  /** The rule whose ranges suit a graph best. */
  private best(float: Graph) {
    const { ranges = 'auto' } = this.request;
    const rules = ranges === 'auto' ? rangeRules : [ranges];
    const found = rangesBy(this.linear, float, this.made, rules);
    const tried = rules.map((rule) => {
      const ranged = { float, ranges: found[rule] };
      return { ...ranged, rule, loss: this.judge.of(this.store(ranged)).loss };
    });
    return tried.reduce((a, b) => (b.loss < worthwhile.rule * a.loss ? b : a));
  }

  /** The same for the equalised graph, where that is another one. */
  private equal() {
    if (this.request.equalise === false) return undefined;
    const { graph, pairs } = equalised(this.linear, this.graph, this.made);
    return pairs ? this.best(graph) : undefined;
  }

  private helpsCorrection(ranged: Ranged & { readonly loss: number }, real: readonly string[]): boolean {
    const stored = this.store(ranged, real);
    const moved = corrected(this.linear, ranged.float, stored, this.made);
    return this.judge.of(moved).loss < worthwhile.change * this.judge.of(stored).loss;
  }

  /** Layers in float, those first that the outputs gain most from, until the noise is low enough. */
  private realLayers(ranged: Ranged): string[] {
    const goal = this.request.sqnr ?? defaultSqnr;
    const own = this.graph.nodes.filter((n) => rounds(n) && !staysReal(n, this.type));
    const gain = ({ name }: Node) => ({ name, noise: this.judge.of(this.store(ranged, [name])).sqnr });
    const order = own.map(gain).sort((a, b) => b.noise - a.noise);
    const real: string[] = [];
    while (real.length < order.length && this.judge.of(this.store(ranged, real)).sqnr < goal)
      real.push(order[real.length]!.name);
    return real;
  }
}

const defaultSqnr = 30;

/**
 * Settles how a float graph is best stored. Deterministic.
 * @param calibration half of the samples judge
 */
export function chooseSettings(
  linear: Linear,
  graph: Graph,
  calibration: Calibration,
  request: QuantiseRequest = {},
): Settled {
  return new Search(linear, graph, calibration, request).settings();
}
