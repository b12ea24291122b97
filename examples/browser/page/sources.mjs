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

/** Opens a device and sets it to work; where that fails it is closed again. @param onLost it went away by itself */
async function use(what, constraints, work, onLost) {
  const stream = await open(what, constraints);
  for (const track of stream.getTracks()) track.addEventListener('ended', onLost);
  try {
    const end = await work(stream);
    return () => {
      end();
      stopTracks(stream);
    };
  } catch (error) {
    stopTracks(stream);
    throw new Error(`The ${what} does not start: ${error.message}`);
  }
}

/** Shows the camera in a video element, calls `onFrame` ten times a second; returns what stops it. */
export function startCamera(video, onFrame, onLost) {
  const work = async (stream) => {
    video.srcObject = stream;
    await video.play();
    const timer = setInterval(() => video.videoWidth && onFrame(video, video.videoWidth, video.videoHeight), 100);
    return () => {
      clearInterval(timer);
      video.srcObject = null;
    };
  };
  return use('camera', { video: { facingMode: 'user', width: 640, height: 480 } }, work, onLost);
}

/** Calls `onSecond` with the last second of sound, four times a second; returns what stops it. */
export function startMicrophone(onSecond, onLost) {
  const work = async (stream) => {
    const context = new AudioContext();
    await context.audioWorklet.addModule(new URL('./recorder.mjs', import.meta.url));
    void context.resume();
    const second = new Float32Array(context.sampleRate);
    let heard = 0;
    const recorder = new AudioWorkletNode(context, 'recorder');
    recorder.port.onmessage = ({ data }) => {
      second.copyWithin(0, data.length);
      second.set(data, second.length - data.length);
      heard += data.length;
    };
    context.createMediaStreamSource(stream).connect(recorder);
    const timer = setInterval(() => heard >= second.length && onSecond(second, context.sampleRate), 250);
    return () => {
      clearInterval(timer);
      void context.close();
    };
  };
  return use('microphone', { audio: { channelCount: 1 } }, work, onLost);
}
