import { Problem } from './problem.js';

/** An image as bytes [height, width, channels], 0 to 255; 1 channel = grey, 3 = RGB. */
export interface Image {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

const mostPixels = 2 ** 24;

interface Frame {
  readonly height: number;
  readonly width: number;
  readonly grey: boolean;
}

const at = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Width, height and colours of the first chunk, IHDR. Source: PNG specification, 11.2.1. */
function pngFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < 33 || bytes[0] !== 0x89 || bytes[1] !== 0x50) return undefined;
  // the decoder inflates interlaced images without a limit
  if (bytes[28] !== 0) return undefined;
  return { width: at(bytes).getUint32(16), height: at(bytes).getUint32(20), grey: bytes[25] === 0 || bytes[25] === 4 };
}

/** The same from the start-of-frame marker. Source: ITU-T T.81, B.2.2. */
function jpegFrame(bytes: Uint8Array): Frame | undefined {
  for (let i = 2; i + 9 < bytes.length && bytes[i] === 0xff; i += 2 + at(bytes).getUint16(i + 2)) {
    const marker = bytes[i + 1]!;
    const start = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (start)
      return { height: at(bytes).getUint16(i + 5), width: at(bytes).getUint16(i + 7), grey: bytes[i + 9] === 1 };
  }
  return undefined;
}

/** RGBA of a file. */
type Decode = (bytes: Uint8Array) => ArrayLike<number>;

interface Format {
  readonly frame: (bytes: Uint8Array) => Frame | undefined;
  readonly load: () => Promise<Decode>;
}

const png: Format = {
  frame: pngFrame,
  load: async () => {
    const { PNG } = await import('pngjs');
    return (bytes) => PNG.sync.read(Buffer.from(bytes)).data;
  },
};
const jpeg: Format = {
  frame: jpegFrame,
  load: async () => {
    const { decode } = await import('jpeg-js');
    return (bytes) => decode(bytes, { useTArray: true, maxMemoryUsageInMB: 512 }).data;
  },
};
const formats = new Map([
  ['png', png],
  ['jpg', jpeg],
  ['jpeg', jpeg],
]);

const formatOf = (name: string): Format | undefined => formats.get(name.replace(/^.*\./, '').toLowerCase());
export const isImage = (name: string): boolean => formatOf(name) !== undefined;

function rgbaOf(decode: Decode, bytes: Uint8Array): ArrayLike<number> | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

function decoded(bytes: Uint8Array, name: string, decoders: ReadonlyMap<Format, Decode>): Image {
  const format = formatOf(name);
  const frame = format?.frame(bytes);
  if (!format || !frame)
    throw new Problem('image-corrupt', 'this is no PNG (interlaced ones are not supported) or JPEG image', name);
  const { width, height, grey } = frame;
  const pixels = width * height;
  if (!pixels || pixels > mostPixels)
    throw new Problem('image-corrupt', `${width}x${height} is empty or too large`, name);
  const channels = grey ? 1 : 3;
  const rgba = rgbaOf(decoders.get(format)!, bytes);
  if (rgba?.length !== 4 * pixels) throw new Problem('image-corrupt', 'the image cannot be decoded', name);
  const data = new Uint8Array(pixels * channels);
  for (let i = 0, at = 0; i < 4 * pixels; i += 4) for (let c = 0; c < channels; c++) data[at++] = rgba[i + c]!;
  return { height, width, channels, data };
}

/**
 * Loads the libraries that files of these names need.
 * @returns as `readImage`, at once
 */
export async function imageDecoder(names: readonly string[]): Promise<(bytes: Uint8Array, name: string) => Image> {
  const needed = [...new Set(names.map(formatOf))].filter((format) => format !== undefined);
  const decoders = new Map(await Promise.all(needed.map(async (f): Promise<[Format, Decode]> => [f, await f.load()])));
  return (bytes, name) => decoded(bytes, name, decoders);
}

/**
 * Decodes a PNG or JPEG file; an alpha channel is dropped.
 * @param name decides the format by its extension
 * @throws Problem `image-corrupt`
 */
export async function readImage(bytes: Uint8Array, name: string): Promise<Image> {
  return (await imageDecoder([name]))(bytes, name);
}
