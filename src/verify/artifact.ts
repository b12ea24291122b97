import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { portsOf } from '../emit/c/ports.js';
import { tracedCalls } from '../emit/c/run.js';
import { elements, newData, type Quant, type Tensor, type TensorData, tensorBytes } from '../ir/graph.js';
import type { Plan } from '../plan/plan.js';
import { Problem } from '../support/problem.js';

/** An input or output of an emitted model. */
export interface PortInfo extends Pick<Tensor, 'name' | 'shape' | 'type'> {
  readonly quant?: Quant;
  /** bytes into the arena */
  readonly offset: number;
}

/** What running an output folder needs to know; stored in its report.json. */
export interface Artifact {
  readonly name: string;
  readonly arena: number;
  /** bytes that are kept from run to run; absent = none */
  readonly state?: number;
  readonly inputs: readonly PortInfo[];
  readonly outputs: readonly PortInfo[];
  /** layers in the order of AFTER_LAYER, with the bytes each leaves */
  readonly traced: readonly { readonly name: string; readonly bytes: number }[];
}

/** The artifact description of a plan. */
export function artifactOf(plan: Plan): Artifact {
  const ports = portsOf(plan).map(({ tensor, offset, output }) => ({
    output,
    info: {
      name: tensor.name,
      shape: tensor.shape,
      type: tensor.type,
      ...(tensor.quant && { quant: tensor.quant }),
      offset,
    },
  }));
  return {
    name: plan.name,
    arena: plan.arena,
    ...(plan.state.bytes && { state: plan.state.bytes }),
    inputs: ports.filter((p) => !p.output).map((p) => p.info),
    outputs: ports.filter((p) => p.output).map((p) => p.info),
    traced: tracedCalls(plan).map((c) => ({
      name: (c.site.add ?? c.site.node).name,
      bytes: tensorBytes(c.site.output),
    })),
  };
}

/**
 * Reads the description of an output folder.
 * @throws Problem `not-an-output` when the folder was not written by `espalier compile`
 */
export function loadArtifact(dir: string): Artifact {
  try {
    const report = JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8'));
    if (report.artifact?.name) return report.artifact as Artifact;
  } catch {
    // told below, with what to do
  }
  throw new Problem(
    'not-an-output',
    'no readable report.json of Espalier in this folder',
    dir,
    'give a folder written by `espalier compile MODEL --out DIR`',
  );
}

/** Bytes of one sample over all ports. */
export const portBytes = (ports: readonly PortInfo[]): number => ports.reduce((n, p) => n + tensorBytes(p), 0);

/** Splits the bytes of one sample into one typed array per port. */
export function splitPorts(ports: readonly PortInfo[], bytes: Uint8Array): TensorData[] {
  let at = 0;
  return ports.map((port) => {
    const data = newData(port.type, elements(port.shape));
    const size = tensorBytes(port);
    new Uint8Array(data.buffer).set(bytes.subarray(at, at + size));
    at += size;
    return data;
  });
}

/** The bytes of typed arrays, back to back. */
export function joinBytes(parts: readonly TensorData[]): Uint8Array {
  return Buffer.concat(parts.map((p) => new Uint8Array(p.buffer, p.byteOffset, p.byteLength)));
}

/**
 * What runs a folder if nobody says: what it was compiled for.
 * @throws as `loadArtifact`
 */
export function usualEngine(dir: string): 'host' | 'wasm' {
  loadArtifact(dir);
  return JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8')).target === 'wasm' ? 'wasm' : 'host';
}
