import { basename } from 'node:path';
import { readModel } from '../compile.js';
import { importModel } from '../importers/index.js';
import type { Graph } from '../ir/graph.js';

/** Reads and imports a model file. */
export const importFile = (path: string): Promise<Graph> => importModel(readModel(path), basename(path));
