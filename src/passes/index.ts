import { sweep } from '../ir/edit.js';
import type { Graph, Pass } from '../ir/graph.js';
import { removeChannels } from './channels/index.js';
import { foldConstants, ownConstants } from './fold-constants.js';
import { foldPad } from './fold-pad.js';
import { fuseActivation } from './fuse-activation.js';
import { removeIdentity } from './remove-identity.js';
import { splitConcatenations } from './split-concatenations.js';
import { widenDepthwise } from './widen-depthwise.js';

/**
 * The exact simplifications in order: none changes a bit of any output. A new one is a file and a row; `always` = done with
 * --no-simplify too. */
export const passes: readonly { readonly name: string; readonly pass: Pass; readonly always?: boolean }[] = [
  { name: 'fold-constants', pass: foldConstants, always: true },
  { name: 'own-constants', pass: ownConstants, always: true },
  { name: 'remove-identity', pass: removeIdentity },
  { name: 'fuse-activation', pass: fuseActivation },
  { name: 'fold-pad', pass: foldPad },
  { name: 'widen-depthwise', pass: widenDepthwise },
  { name: 'remove-channels', pass: removeChannels },
  { name: 'split-concatenations', pass: splitConcatenations, always: true },
  { name: 'sweep', pass: sweep, always: true },
];

/** Runs every simplification once, in order. */
export const simplify = (graph: Graph): Graph => passes.reduce((g, { pass }) => pass(g), graph);
