import { axpy } from './dense';

// Element (i, j) of the symmetric h, of which only the lower triangle is kept up to date.
// @ts-ignore: decorator
@inline
function at(h: usize, n: i32, i: i32, j: i32): usize {
  return i >= j ? h + (<usize>(i * n + j) << 3) : h + (<usize>(j * n + i) << 3);
}

// @ts-ignore: decorator
@inline
function int(list: usize, i: i32): i32 {
  return load<i32>(list + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
function setInt(list: usize, i: i32, value: i32): void {
  store<i32>(list + (<usize>i << 2), value);
}

/**
 * Loss of removing `count` columns at places p[...] at once: sum over the rows of w_B' (h_BB)^-1 w_B.
 * @param work f64[count * count + count]
 */
function score(h: usize, n: i32, w: usize, rows: i32, p: usize, count: i32, work: usize): f64 {
  if (count == 1) {
    const place = int(p, 0);
    let sum: f64 = 0;
    for (let r: i32 = 0; r < rows; r++) {
      const value = f64.load(w + (<usize>(r * n + place) << 3));
      sum += value * value;
    }
    return sum / f64.load(at(h, n, place, place));
  }
  for (let i: i32 = 0; i < count; i++)
    for (let j: i32 = 0; j <= i; j++) {
      let s = f64.load(at(h, n, int(p, i), int(p, j)));
      for (let k: i32 = 0; k < j; k++)
        s -= f64.load(work + (<usize>(i * count + k) << 3)) * f64.load(work + (<usize>(j * count + k) << 3));
      f64.store(work + (<usize>(i * count + j) << 3), i == j ? Math.sqrt(Math.max(s, 1e-300)) : s / f64.load(work + (<usize>(j * count + j) << 3)));
    }
  const z = work + (<usize>(count * count) << 3);
  let sum: f64 = 0;
  for (let r: i32 = 0; r < rows; r++)
    for (let i: i32 = 0; i < count; i++) {
      let s = f64.load(w + (<usize>(r * n + int(p, i)) << 3));
      for (let k: i32 = 0; k < i; k++) s -= f64.load(work + (<usize>(i * count + k) << 3)) * f64.load(z + (<usize>k << 3));
      s /= f64.load(work + (<usize>(i * count + i) << 3));
      f64.store(z + (<usize>i << 3), s);
      sum += s * s;
    }
  return sum;
}

/** Removes place p of m places: h and w become those of the others; the last place moves to p. */
function removePlace(h: usize, n: i32, m: i32, w: usize, rows: i32, p: i32, column: usize): void {
  for (let i: i32 = 0; i < m; i++) f64.store(column + (<usize>i << 3), f64.load(at(h, n, i, p)));
  const pivot = 1 / f64.load(column + (<usize>p << 3));
  for (let r: i32 = 0; r < rows; r++) {
    const wr = w + (<usize>(r * n) << 3);
    axpy(wr, column, -f64.load(wr + (<usize>p << 3)) * pivot, m);
  }
  for (let i: i32 = 0; i < m; i++)
    if (i != p) axpy(h + (<usize>(i * n) << 3), column, -f64.load(column + (<usize>i << 3)) * pivot, i + 1);
  const last = m - 1;
  if (p == last) return;
  for (let j: i32 = 0; j < p; j++) f64.store(at(h, n, p, j), f64.load(at(h, n, last, j)));
  for (let i: i32 = p + 1; i < last; i++) f64.store(at(h, n, i, p), f64.load(at(h, n, last, i)));
  f64.store(at(h, n, p, p), f64.load(at(h, n, last, last)));
  for (let r: i32 = 0; r < rows; r++) {
    const wr = w + (<usize>(r * n) << 3);
    f64.store(wr + (<usize>p << 3), f64.load(wr + (<usize>last << 3)));
  }
}

/**
 * Optimal brain surgeon: removes blocks of columns from `rows` weight rows that share their support, cheapest first, each
 * time correcting the columns that stay.
 * @param h inverse Hessian [n, n], lower triangle; destroyed
 * @param w f64 [rows, n]; destroyed
 * @param width columns of a block; the last one may have fewer
 * @param group, most: of every `group` consecutive columns at most `most` may go (group 0: no such rule; needs width 1)
 * @param steps number of blocks to remove
 * @param order i32[steps]: blocks in order of removal
 * @param loss f64[steps]: what each step adds to the squared error
 * @param work 4 * (2 n + 2 blocks + groups + width) + 8 * (n + width * width + width) bytes
 * @returns number of steps done
 */
export function eliminate(
  h: usize, n: i32, w: usize, rows: i32, width: i32, group: i32, most: i32,
  steps: i32, order: usize, loss: usize, work: usize,
): i32 {
  const blocks = (n + width - 1) / width;
  const column = work;
  const small = column + (<usize>n << 3);
  const place = small + (<usize>(width * width + width) << 3); // of each column
  const holder = place + (<usize>n << 2); // column at each place
  const alive = holder + (<usize>n << 2); // blocks that are left
  const p = alive + (<usize>blocks << 2); // places of one block
  const gone = p + (<usize>width << 2); // removed from each group
  for (let i: i32 = 0; i < n; i++) {
    setInt(place, i, i);
    setInt(holder, i, i);
  }
  for (let b: i32 = 0; b < blocks; b++) setInt(alive, b, b);
  if (group) for (let g: i32 = 0; g * group < n; g++) setInt(gone, g, 0);
  let left = blocks;
  let m = n;
  for (let step: i32 = 0; step < steps; step++) {
    let best: f64 = Infinity;
    let choice: i32 = -1;
    for (let k: i32 = 0; k < left; k++) {
      const b = int(alive, k);
      if (group) {
        // A last group with fewer columns keeps as many as the others.
        const g = b / group;
        const size = min(group, n - g * group);
        if (int(gone, g) >= size - (group - most)) continue;
      }
      const count = min(width, n - b * width);
      for (let i: i32 = 0; i < count; i++) setInt(p, i, int(place, b * width + i));
      const s = score(h, n, w, rows, p, count, small);
      if (s < best || (s == best && choice >= 0 && b < int(alive, choice))) {
        best = s;
        choice = k;
      }
    }
    if (choice < 0) return step;
    const b = int(alive, choice);
    setInt(order, step, b);
    f64.store(loss + (<usize>step << 3), best);
    setInt(alive, choice, int(alive, left - 1));
    left--;
    if (group) setInt(gone, b / group, int(gone, b / group) + 1);
    const count = min(width, n - b * width);
    for (let i: i32 = 0; i < count; i++) {
      const c = b * width + i;
      const from = int(place, c);
      removePlace(h, n, m, w, rows, from, column);
      m--;
      const moved = int(holder, m);
      setInt(holder, from, moved);
      setInt(place, moved, from);
    }
  }
  return steps;
}
