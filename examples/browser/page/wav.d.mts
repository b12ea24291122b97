export const rate: number;
/** A WAV file: samples -1 to 1, one channel, and their rate; throws an Error in words for the user. */
export function readWav(buffer: ArrayBuffer): { samples: Float32Array; rate: number };
/** Samples at 16 kHz. */
export function resample(samples: Float32Array, from: number): Float32Array;
/** The loudest second; what is shorter is filled with silence. */
export function loudestSecond(samples: Float32Array): Float32Array;
