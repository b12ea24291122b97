// The same network for pictures turned by half a circle, with borders of one width on both sides.
//
// TensorFlow's SAME puts the one pixel of border that stride 2 needs behind an even picture. XNNPACK runs sparse weights only
// where a window of 3x3 has a border of 1 on every side. Turned by 180 degrees, the border comes first, and a pixel behind
// the picture is never read: the function and the weights stay what they are.

/** Height and width of a kernel [channels, height, width, depth] in reverse. */
function turnedKernel(t) {
  const [channels, height, width, depth] = t.shape;
  const data = t.data.slice();
  for (let c = 0; c < channels; c++)
    for (let k = 0; k < height * width; k++) {
      const [from, to] = [c * height * width + k, (c + 1) * height * width - 1 - k].map((i) => i * depth);
      data.set(t.data.subarray(from, from + depth), to);
    }
  return { ...t, data };
}

/** As much border after as before, where the windows do not reach what is added. */
function evenPad([top, bottom, left, right], stride) {
  const [rows, columns] = [Math.max(top, bottom), Math.max(left, right)];
  const isUnread = top === rows && left === columns && rows - bottom < stride[0] && columns - right < stride[1];
  return isUnread ? [rows, rows, columns, columns] : [top, bottom, left, right];
}

/** @throws Error where an op knows a picture's directions, and is none that is turned here */
export function turned(graph) {
  const tensors = [...graph.tensors];
  const isPicture = (id) => tensors[id].shape.length === 4 && tensors[id].shape[1] * tensors[id].shape[2] > 1;
  const nodes = graph.nodes.map((node) => {
    if (!node.in.some(isPicture)) return node;
    if (node.op === 'add') return node;
    const { pad, stride, filter } = node.attr;
    if (
      node.op === 'mean' ||
      (filter && pad.every((n) => n === 0) && `${filter}` === `${tensors[node.in[0]].shape.slice(1, 3)}`)
    )
      return node;
    if (node.op !== 'conv2d' && node.op !== 'depthwise_conv2d') throw new Error(`${node.name} is not turned`);
    tensors[node.in[1]] = turnedKernel(tensors[node.in[1]]);
    const [top, bottom, left, right] = pad;
    return { ...node, attr: { ...node.attr, pad: evenPad([bottom, top, right, left], stride) } };
  });
  return { ...graph, tensors, nodes };
}

/** A picture [height, width, channels] turned by half a circle. */
export function turnedPicture(data, channels) {
  const out = data.slice();
  const pixels = data.length / channels;
  for (let i = 0; i < pixels; i++)
    out.set(data.subarray(i * channels, (i + 1) * channels), (pixels - 1 - i) * channels);
  return out;
}
