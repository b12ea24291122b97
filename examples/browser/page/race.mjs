// Two models on the same input, in turns, timed.
const keep = 200;

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length % 2
    ? sorted[sorted.length >> 1]
    : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
};

/** A model with the times of its runs. Clocks of pages are coarse, so several runs are timed together. */
export class Runner {
  #times = [];
  #together = 1;
  count = 0;

  constructor(model) {
    this.model = model;
  }

  /** Scores of one input, 0 to 1; untimed. */
  scores(input, { scale, zeroPoint }) {
    return Array.from(this.model.run(input), (v) => scale * (v - zeroPoint));
  }

  /** One timed batch of runs, at least a millisecond long after the first few. */
  lap(input) {
    const started = performance.now();
    for (let i = 0; i < this.#together; i++) this.model.run(input);
    const taken = performance.now() - started;
    if (taken < 1 && this.#together < 1000) {
      this.#together *= 2;
      return;
    }
    this.count += this.#together;
    this.#times.push(taken / this.#together);
    if (this.#times.length > keep) this.#times.shift();
  }

  /** Median time of a run in ms, over the last 200 batches; undefined before the first. */
  get time() {
    return this.#times.length ? median(this.#times) : undefined;
  }
}

/** Laps of all runners in turns, for a time in ms. */
export function race(runners, input, budget) {
  const end = performance.now() + budget;
  do for (const r of runners) r.lap(input);
  while (performance.now() < end || runners.some((r) => r.time === undefined));
}
