import { addLinear } from './add-linear.js';
import { binary } from './binary.js';
import { conv2dCoded, conv2dCodedAdd, depthwiseConv2dCoded, fullyConnectedCoded } from './coded.js';
import { conv2d, conv2dAdd } from './conv2d.js';
import { conv2d1x1, conv2d1x1Add } from './conv2d-1x1.js';
import { convolutionF32 } from './convolution-f32.js';
import { curve16 } from './curve16.js';
import { depthwiseConv2d, depthwiseConv2dAdd } from './depthwise-conv2d.js';
import { addDsp } from './dsp-add.js';
import { conv2dDsp } from './dsp-conv2d.js';
import { conv2d1x1Dsp } from './dsp-conv2d-1x1.js';
import { depthwiseConv2d3x3Dsp } from './dsp-depthwise.js';
import { fullyConnectedBlocksDsp, fullyConnectedDsp } from './dsp-fully-connected.js';
import { conv2dLanes, conv2dLanesAdd } from './dsp-lanes.js';
import { fullyConnected } from './fully-connected.js';
import { functionRows } from './functions.js';
import { indexed } from './indexed.js';
import type { Kernel, Target } from './kernel.js';
import { lut } from './lut.js';
import { matrixF32List } from './matrix-f32-list.js';
import { mean } from './mean.js';
import { move } from './move.js';
import { addMve } from './mve-add.js';
import { conv2dAddMve, conv2dMve } from './mve-conv2d.js';
import { conv2d1x1Mve } from './mve-conv2d-1x1.js';
import { conv2dTilesAddMve, conv2dTilesMve } from './mve-conv2d-tiles.js';
import { depthwiseConv2dMve } from './mve-depthwise.js';
import { depthwiseConv2d3x3Mve } from './mve-depthwise-3x3.js';
import { fullyConnectedMve, fullyConnectedTilesMve } from './mve-fully-connected.js';
import { fullyConnectedBlocksPacked } from './packed-blocks.js';
import { conv2dAddPacked, conv2dPacked } from './packed-conv2d.js';
import { conv2d1x1Packed } from './packed-conv2d-1x1.js';
import { depthwiseConv2dPacked } from './packed-depthwise.js';
import { conv2dFoursAddPacked, conv2dFoursPacked } from './packed-fours.js';
import { fullyConnectedListDsp, fullyConnectedListPacked, fullyConnectedPacked } from './packed-fully-connected.js';
import { conv2dListAddPacked, conv2dListPacked } from './packed-list.js';
import { pairs } from './pairs.js';
import { pool2d } from './pool2d.js';
import { products } from './products.js';
import { quantize } from './quantize.js';
import { recurrent } from './recurrent.js';
import { reduce } from './reduce.js';
import { rescale } from './rescale.js';
import { resizeBilinear } from './resize-bilinear.js';
import { signal } from './signal.js';
import { softmax } from './softmax.js';
import { sparseKernels } from './sparse.js';
import { stridedRows } from './strided.js';
import { svdf } from './svdf.js';
import { unaryF32 } from './unary-f32.js';
import { wasmKernels } from './wasm/index.js';
import { wide } from './wide.js';

/** Every C function that can be emitted. Where costs are equal the first that fits is taken. */
export const kernels: readonly Kernel[] = [
  conv2d,
  conv2dAdd,
  conv2d1x1,
  conv2d1x1Add,
  depthwiseConv2d,
  depthwiseConv2dAdd,
  fullyConnected,
  ...conv2d1x1Dsp,
  ...conv2dDsp,
  depthwiseConv2d3x3Dsp,
  fullyConnectedDsp,
  ...fullyConnectedBlocksDsp,
  conv2dLanes,
  conv2dLanesAdd,
  conv2dCoded,
  conv2dCodedAdd,
  depthwiseConv2dCoded,
  fullyConnectedCoded,
  ...sparseKernels,
  conv2d1x1Packed,
  conv2dPacked,
  conv2dAddPacked,
  conv2dListPacked,
  conv2dListAddPacked,
  conv2dFoursPacked,
  conv2dFoursAddPacked,
  depthwiseConv2dPacked,
  fullyConnectedPacked,
  fullyConnectedListPacked,
  fullyConnectedBlocksPacked,
  fullyConnectedListDsp,
  ...addDsp,
  conv2d1x1Mve,
  conv2dMve,
  conv2dAddMve,
  depthwiseConv2d3x3Mve,
  depthwiseConv2dMve,
  fullyConnectedMve,
  conv2dTilesMve,
  conv2dTilesAddMve,
  fullyConnectedTilesMve,
  ...addMve,
  ...addLinear,
  ...convolutionF32,
  ...matrixF32List,
  ...binary,
  ...pool2d,
  ...mean,
  ...softmax,
  ...lut,
  ...unaryF32,
  ...quantize,
  ...move,
  ...recurrent,
  ...svdf,
  ...signal,
  ...resizeBilinear,
  ...functionRows,
  ...pairs,
  ...reduce,
  ...indexed,
  ...stridedRows,
  ...products,
  ...wide,
  ...rescale,
  ...curve16,
];

/** Every function that can be emitted for a target; which of them fit, their `needs` say. */
export const kernelsFor = ({ backend }: Target): readonly Kernel[] => (backend === 'wasm' ? wasmKernels : kernels);
