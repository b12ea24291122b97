/**
 * How far before its input an output must start when it is written over it. A kernel tells in which order its C code reads
 * and writes; the least safe distance follows.
 *
 * A byte w of the output and a byte r of the input share an address when the output starts w - r before the input. So if w
 * is written before r is read, distance w - r is wrong; every distance above the greatest such difference is right.
 */
export class AccessOrder {
  private written = Number.NEGATIVE_INFINITY;
  private least = 0;

  /** Next, bytes from offset `at` of the input on are read. */
  read(at: number): void {
    this.least = Math.max(this.least, this.written - at);
  }

  /** Next, bytes of the output are written, all below offset `end`. */
  write(end: number): void {
    this.written = Math.max(this.written, end);
  }

  /** Bytes by which the output must start before the input, at least. */
  get distance(): number {
    return this.least;
  }
}

/** A kernel that reads element i, then writes element i, for all i; sizes in bytes per element. */
export function elementwiseDistance(count: number, inBytes: number, outBytes: number): number {
  const order = new AccessOrder();
  for (let i = 0; i < count; i++) {
    order.read(i * inBytes);
    order.write((i + 1) * outBytes);
  }
  return order.distance;
}
