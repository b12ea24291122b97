/** Some rows of data [rows, size]. */
export function pickRows(data: Float32Array, rows: readonly number[], size: number): Float32Array {
  const out = new Float32Array(rows.length * size);
  rows.forEach((r, i) => {
    out.set(data.subarray(r * size, (r + 1) * size), i * size);
  });
  return out;
}
