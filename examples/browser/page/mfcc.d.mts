/** Real features of one second of audio: 16,000 samples at 16 kHz, any scale; [49][10]. */
export function mfcc(audio: Int16Array | Float32Array): Float32Array;
/** Features as the model stores them; truncated toward zero. */
export function quantised(features: Float32Array, input: { scale: number; zeroPoint: number }): Int8Array;
