import type { Report } from '../../src/report/report.js';

/** The network as C for a Cortex-M0+, pruned for so many bytes of flash; null = as it is. */
export function build(out: string, flash: number | null): Promise<Report>;
/** What the firmware tells of each window of 640 values: the mean squared error in dB^2, as text. */
export function watch(out: string, heard: Int8Array): string[];
