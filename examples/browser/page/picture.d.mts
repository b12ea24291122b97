/** The middle square of RGBA bytes as 96x96x3 int8 values. */
export function toInput(image: { width: number; height: number; data: ArrayLike<number> }): Int8Array;
/** The input as RGBA pixels again. */
export function toPixels(input: Int8Array): Uint8ClampedArray;
