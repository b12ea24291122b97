import type { Graph } from '../ir/graph.js';
import { foldAffine } from './affine.js';
import { joinQuantised } from './quantised/index.js';
import { sinkTransposes } from './transposes/index.js';

/** What graphs of formats with other layouts and real arithmetic around stored values become. */
export const normalise = (graph: Graph): Graph => joinQuantised(foldAffine(sinkTransposes(graph)));
