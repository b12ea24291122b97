import type { TensorProto } from '../../formats/onnx/schema.js';
import { Problem } from '../../support/problem.js';
import type { Beside } from '../beside.js';

function number(text: string | undefined, missing: number, where: string): number {
  if (text === undefined) return missing;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new Problem('onnx-corrupt', `"${text.slice(0, 50)}" is no place in a file`, where);
}

/** Files that a model's tensors name, each read once. */
export class External {
  private readonly files = new Map<string, Uint8Array>();
  constructor(private readonly beside: Beside) {}

  private file(location: string, where: string): Uint8Array {
    const bytes = this.files.get(location) ?? this.beside(location, where);
    this.files.set(location, bytes);
    return bytes;
  }

  /**
   * The bytes of a tensor whose data are in another file.
   * @param wanted as many as its elements take
   * @throws Problem `path-outside`, `file-missing`, `onnx-corrupt`
   */
  read(tensor: TensorProto, wanted: number, where: string): Uint8Array {
    const entry = (key: string) => tensor.externalData.find((e) => e.key === key)?.value;
    const offset = number(entry('offset'), 0, where);
    const length = number(entry('length'), wanted, where);
    if (length !== wanted) throw new Problem('onnx-corrupt', `${length} bytes of data instead of ${wanted}`, where);
    const bytes = this.file(entry('location') ?? '', where);
    if (offset + length > bytes.length)
      throw new Problem('onnx-corrupt', `bytes ${offset} to ${offset + length} of a file with ${bytes.length}`, where);
    return bytes.subarray(offset, offset + length);
  }
}
