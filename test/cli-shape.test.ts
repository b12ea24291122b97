import { expect, test } from 'vitest';
import { shapesOf } from '../src/cli/shape.js';

test('--shape takes sizes of inputs and of symbolic dimensions', () => {
  expect(shapesOf({})).toEqual({});
  expect(shapesOf({ shape: ['x:0=1,3,224,224', 'batch=2', 'a=b=4x5'] })).toEqual({
    shapes: { 'x:0': [1, 3, 224, 224], batch: [2], 'a=b': [4, 5] },
  });
  for (const wrong of ['x', '=3', 'x=', 'x=0', 'x=1,,2', 'x=-1', 'x=1.5', 'x=1e99'])
    expect(() => shapesOf({ shape: [wrong] }), wrong).toThrow('is no name and sizes');
});
