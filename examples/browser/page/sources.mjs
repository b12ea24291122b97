// Camera and microphone, and what to say when there is none.
const reasons = {
  NotAllowedError: (what) =>
    `The ${what} was not allowed. Allow it in the browser's settings of this page, or choose a file.`,
  NotFoundError: (what) => `There is no ${what} here. Choose a file instead.`,
  NotReadableError: (what) => `The ${what} is in use elsewhere. Close what uses it, or choose a file.`,
};

/** A stream of a device. @throws Error in words for the user */
async function open(what, constraints) {
  if (!navigator.mediaDevices?.getUserMedia)
    throw new Error(`This page may not use the ${what}: open it over https or on localhost, or choose a file.`);
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (error) {
    throw new Error(reasons[error.name]?.(what) ?? `The ${what} does not start: ${error.message}`);
  }
}

const stopTracks = (stream) => {
  for (const track of stream.getTracks()) track.stop();
};

/** Shows the camera in a video element, calls `onFrame` ten times a second; returns what stops it. */
export async function startCamera(video, onFrame) {
  const stream = await open('camera', { video: { facingMode: 'user', width: 640, height: 480 } });
  video.srcObject = stream;
  await video.play();
  const timer = setInterval(() => video.videoWidth && onFrame(video, video.videoWidth, video.videoHeight), 100);
  return () => {
    clearInterval(timer);
    stopTracks(stream);
    video.srcObject = null;
  };
}

/** Calls `onSecond` with the last second of sound, four times a second; returns what stops it. */
export async function startMicrophone(onSecond) {
  const stream = await open('microphone', { audio: { channelCount: 1 } });
  const context = new AudioContext();
  await context.audioWorklet.addModule(new URL('./recorder.mjs', import.meta.url));
  const recorder = new AudioWorkletNode(context, 'recorder');
  const second = new Float32Array(context.sampleRate);
  let heard = 0;
  recorder.port.onmessage = ({ data }) => {
    second.copyWithin(0, data.length);
    second.set(data, second.length - data.length);
    heard += data.length;
  };
  context.createMediaStreamSource(stream).connect(recorder);
  const timer = setInterval(() => heard >= second.length && onSecond(second, context.sampleRate), 250);
  return () => {
    clearInterval(timer);
    stopTracks(stream);
    void context.close();
  };
}
