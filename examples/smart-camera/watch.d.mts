import type { Image } from '../../src/support/images.js';

/** The middle square of a picture, averaged down (or repeated up) to 96x96 RGB. */
export function toSquare(image: Image): Uint8Array;
/** What the firmware tells of each picture of 96x96 RGB bytes: `person 97 %` or `nobody 88 %`. */
export function watch(pictures: readonly Uint8Array[], out?: string): Promise<string[]>;
