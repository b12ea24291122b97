/**
 * Tiles of a matrix: rectangles of `height` rows and `width` columns. Those that hold a weight other than 0 are kept, row
 * of tiles by row of tiles, each with the column where it begins.
 */

/** What tiles look like and where they may begin. */
export interface TileShape {
  readonly height: number;
  readonly width: number;
  /** they begin at multiples of it; a divisor of `width` */
  readonly step: number;
}

export interface Tile {
  /** first column */
  readonly at: number;
  /** [height][width]; 0 beyond the matrix */
  readonly values: readonly number[];
}

/** Kept tiles of each row of tiles, from left to right, none of them overlapping. */
export type TileRows = readonly (readonly Tile[])[];

/** Is any weight of a column other than 0, in rows [first, first + height)? */
function isUsed(weights: ArrayLike<number>, columns: number, first: number, height: number, column: number): boolean {
  for (let row = first; row < first + height; row++) {
    const at = row * columns + column;
    if (at < weights.length && weights[at] !== 0) return true;
  }
  return false;
}

function tileRow(
  weights: ArrayLike<number>,
  columns: number,
  first: number,
  { height, width, step }: TileShape,
): Tile[] {
  const tiles: Tile[] = [];
  for (let column = 0; column < columns; ) {
    if (!isUsed(weights, columns, first, height, column)) {
      column += 1;
      continue;
    }
    const at = column - (column % step);
    const values: number[] = [];
    for (let row = first; row < first + height; row++)
      for (let k = at; k < at + width; k++) values.push(k < columns ? (weights[row * columns + k] ?? 0) : 0);
    tiles.push({ at, values });
    column = at + width;
  }
  return tiles;
}

/**
 * The tiles that cover all weights other than 0.
 * @param weights [rows][columns]
 */
export function packTiles(weights: ArrayLike<number>, columns: number, shape: TileShape): TileRows {
  const rows = weights.length / columns;
  return Array.from({ length: Math.ceil(rows / shape.height) }, (_, r) =>
    tileRow(weights, columns, r * shape.height, shape),
  );
}

/** The matrix [rows][columns] again. */
export function unpackTiles(tiles: TileRows, rows: number, columns: number, { height, width }: TileShape): number[] {
  const weights = new Array<number>(rows * columns).fill(0);
  tiles.forEach((row, r) => {
    for (const { at, values } of row)
      values.forEach((w, i) => {
        const [y, x] = [r * height + Math.floor(i / width), at + (i % width)];
        if (y < rows && x < columns) weights[y * columns + x] = w;
      });
  });
  return weights;
}
