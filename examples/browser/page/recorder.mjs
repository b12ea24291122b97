// Runs beside the page: hands the microphone's samples over as they come.
class Recorder extends AudioWorkletProcessor {
  process([input]) {
    if (input[0]) this.port.postMessage(input[0].slice());
    return true;
  }
}
registerProcessor('recorder', Recorder);
