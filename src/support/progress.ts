/** What long work reports: a stage, and within it how far it is. The command line draws it; a library user may listen. */
export interface Progress {
  /** a named stage begins */
  stage(name: string): void;
  /** share of the stage that is done, 0 to 1 */
  share(done: number, detail?: string): void;
}

/** Says nothing. */
export const silent: Progress = { stage: () => undefined, share: () => undefined };
