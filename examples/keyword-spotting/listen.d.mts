/** The samples of a WAV file: 16 kHz, one channel, 16 bits; cut or filled with silence to one second. */
export function readWav(path: string): Buffer;
/** Prepares the firmware's sources in a folder; returns the C files. */
export function firmwareSources(folder: string): string[];
/** The word that the firmware hears in each second of audio. */
export function listen(audio: readonly Uint8Array[], out?: string): Promise<string[]>;
