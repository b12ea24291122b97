import type { Server } from 'node:http';
/** A server of a folder's files, on this computer only; port 0: any that is free. */
export function serve(folder?: string, port?: number): Promise<{ server: Server; url: string }>;
