import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { templates } from '../../emit/template.js';
import type { Target } from '../../kernels/kernel.js';
import { loadTarget } from '../../plan/target.js';
import type { Report } from '../report.js';
import type { Sweep } from '../sweep.js';
import { gauges } from './budget.js';
import { curveView } from './curve.js';
import { count, percent } from './format.js';
import { layerTable } from './layers.js';
import { mapFigures } from './maps.js';
import { memoryView } from './memory.js';
import { notesOf } from './notes.js';
import { stageTable } from './stages.js';

const folder = join(templates, 'report');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** templates/report/page.hbs, compiled: strict, and everything is escaped, for layer names are the user's. */
function compiledPage(): Handlebars.TemplateDelegate {
  const bars = Handlebars.create();
  for (const name of readdirSync(folder).filter((f) => f.endsWith('.hbs')))
    bars.registerPartial(name.slice(0, -'.hbs'.length), read(name));
  return bars.compile('{{> page}}', { strict: true, knownHelpersOnly: true, preventIndent: true });
}

let page: Handlebars.TemplateDelegate | undefined;

/** Compiling the templates takes longer than filling them. */
function fill(values: object): string {
  page ??= compiledPage();
  return page(values);
}

function targetOf(name: string): Target | null {
  try {
    return loadTarget(name);
  } catch {
    return null; // a folder of another version
  }
}

/** Words of the command line that made the result, without what is usual. */
function optionWords({ options, target }: Report): string {
  const { optimize, optimizeRam, simplify, sparsity, pattern, channels, waitStates } = options;
  const words = [
    `--target ${target}`,
    optimize !== 'balanced' && `--optimize ${optimize}`,
    optimizeRam && '--optimize-ram',
    simplify === false && '--no-simplify',
    sparsity != null && `--sparsity ${sparsity}`,
    channels != null && `--channels ${channels}`,
    pattern != null && pattern !== 'auto' && `--pattern ${pattern}`,
    waitStates && `--wait-states ${waitStates}`,
  ];
  return words.filter(Boolean).join(' ');
}

/** The few figures that a reader wants first. */
function headline(report: Report): { name: string; value: string; note: string }[] {
  const { accuracy, pruning, totals } = report;
  const zeros = totals.liveWeights ? 1 - totals.nonzero / totals.liveWeights : 0;
  const change = (accuracy?.compiled ?? 0) - (accuracy?.dense ?? 0);
  const points = change ? `${change > 0 ? '+' : '−'}${Math.abs(change).toFixed(1)} points against` : 'the same as';
  return [
    ...(accuracy && accuracy.compiled !== null
      ? [
          {
            name: 'Accuracy',
            value: `${accuracy.compiled.toFixed(1)} %`,
            note: `${points} the model, ${count(accuracy.samples)} samples`,
          },
        ]
      : []),
    {
      name: 'Zeros',
      value: percent(zeros),
      note: pruning ? `of all weights; ${percent(pruning.sparsity)} where pruned` : 'of all weights, not pruned',
    },
    {
      name: 'MACs',
      value: count(totals.liveMacs),
      note: totals.liveMacs < totals.macs ? `the model has ${count(totals.macs)}` : 'as many as the model has',
    },
  ];
}

/**
 * The page: one file, no network, no font or script of others.
 * @param sweep points for the curve of accuracy
 */
export async function renderReport(report: Report, sweep?: Sweep): Promise<string> {
  const target = targetOf(report.target);
  const script = read('sort.js').trim();
  return fill({
    title: `${report.model.name} for ${report.target}`,
    model: report.model,
    sha: report.model.sha256.slice(0, 12),
    target: { name: report.target, description: target?.description ?? '' },
    version: report.espalier,
    options: optionWords(report),
    headline: headline(report),
    gauges: gauges(report, target),
    stages: stageTable(report),
    layers: layerTable(report),
    maps: await mapFigures(report),
    memory: memoryView(report),
    curve: sweep ? curveView(sweep, report) : null,
    notes: notesOf(report),
    css: read('page.css').trim(),
    script,
    hash: createHash('sha256').update(script).digest('base64'),
  });
}
