export declare const usual: string;
export declare const classes: readonly string[];
export declare function prepare(
  source?: string,
  out?: string,
): Promise<{ readonly train: readonly number[]; readonly test: readonly number[] } | undefined>;
