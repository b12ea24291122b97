import type { Progress, Report } from 'espalier';

export interface StoryOptions {
  readonly out: string;
  readonly epochs?: number;
  readonly sparsity?: number;
  /** samples to prune by and to learn from at most */
  readonly most?: number;
  /** count under QEMU */
  readonly measure?: boolean;
  readonly progress?: Progress;
}
/** The model as it is, pruned, and pruned and trained again. */
export function story(options: StoryOptions): Promise<Readonly<Record<'dense' | 'pruned' | 'finetuned', Report>>>;
/** Figures of all three side by side, a line each. */
export function table(reports: Readonly<Record<string, Report>>): string[];
