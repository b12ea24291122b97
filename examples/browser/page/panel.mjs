// One half of the page: a row per network, a line that tells what was found, a button and a file chooser.
import { Runner, race } from './race.mjs';

const number = (value, digits) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const milliseconds = (ms) => `${number(ms, ms < 1 ? 3 : 2)} ms`;
const percent = (share) => `${Math.round(100 * share)} %`;

function element(tag, text, attributes = {}) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.textContent = text;
  return made;
}

/** A network as the page runs it: its loader is imported, its row made. */
async function contender(about) {
  const loader = await import(new URL(about.loader, import.meta.url));
  const row = element('tr', '');
  row.dataset.network = about.kind;
  const name = element('th', about.title, { scope: 'row' });
  const cells = ['–', '–', '0', `${number(about.gzip / 1000, 1)} KB`].map((text) => element('td', text));
  row.append(name, ...cells);
  return { ...about, runner: new Runner(await loader.load()), ports: loader, row, cells };
}

export class Panel {
  #contenders = [];
  #stop;
  #said;
  #starting = false;
  #turn = 0;

  /** @param start opens the device and gives a function that stops it */
  constructor(section, { labels, what, start, read }) {
    this.section = section;
    this.labels = labels;
    this.what = what;
    [this.status, this.button, this.file, this.body, this.compare, this.about] = [
      '.status',
      'button',
      'input',
      'tbody',
      '.compare',
      '.about',
    ].map((s) => section.querySelector(s));
    this.button.addEventListener('click', () => this.#toggle(start));
    this.file.addEventListener('change', () => this.#choose(read));
  }

  /** Loads the networks, then lets the user in. */
  async load(entry) {
    try {
      this.#contenders = await Promise.all(entry.networks.map(contender));
    } catch (error) {
      this.say(`The models cannot be loaded: ${error.message}`, true);
      return;
    }
    this.body.append(...this.#contenders.map((c) => c.row));
    this.about.textContent = entry.about;
    this.button.disabled = this.file.disabled = false;
    this.say(`Ready. Start the ${this.what} or choose a file.`);
  }

  /** What the model takes: scale and zero point of its input. */
  get input() {
    return this.#contenders[0].ports.inputs[0];
  }

  /** Tells something, once. */
  say(text, bad = false) {
    if (text === this.#said) return;
    this.#said = this.status.textContent = text;
    this.status.classList.toggle('bad', bad);
  }

  /** Runs both networks on an input, shows results and times. @param budget time for the race, in ms */
  show(input, budget) {
    const found = this.#contenders.map(({ runner, ports }) => runner.scores(input, ports.outputs[0]));
    race(
      this.#contenders.map((c) => c.runner),
      input,
      budget,
    );
    this.section.querySelector('canvas').hidden = false;
    this.section.querySelector('.empty')?.remove();
    const slowest = Math.max(...this.#contenders.map((c) => c.runner.time));
    this.#contenders.forEach(({ runner, cells: [result, time, runs] }, i) => {
      const best = found[i].indexOf(Math.max(...found[i]));
      result.textContent = `${this.labels[best]} ${percent(found[i][best])}`;
      result.dataset.scores = JSON.stringify(found[i]);
      time.replaceChildren(milliseconds(runner.time), element('span', '', { className: 'bar' }));
      time.lastChild.style.width = `${(100 * runner.time) / slowest}%`;
      runs.textContent = number(runner.count, 0);
    });
    const [dense, pruned] = this.#contenders;
    const [time, bytes] = [pruned.runner.time / dense.runner.time, pruned.gzip / dense.gzip];
    this.compare.textContent = `Pruned takes ${percent(time)} of the time and ${percent(bytes)} of the bytes of dense.`;
    this.#tell(found.map((scores) => this.labels[scores.indexOf(Math.max(...scores))]));
  }

  #tell(words) {
    const names = this.#contenders.map((c) => c.title.toLowerCase());
    this.say(
      words[0] === words[1]
        ? `Both networks: ${words[0]}.`
        : `The networks differ: ${words.map((w, i) => `${names[i]} ${w}`).join(', ')}.`,
    );
  }

  /** The button is not disabled while the device starts: it would lose the focus. */
  async #toggle(start) {
    if (this.#starting) return;
    const wasOn = this.#stop;
    this.#end();
    if (wasOn) return this.say(`The ${this.what} is off.`);
    this.#starting = true;
    const turn = ++this.#turn;
    const isCurrent = () => turn === this.#turn;
    this.say(`Starting the ${this.what} …`);
    try {
      const stop = await start(this);
      if (!isCurrent()) return stop();
      this.#stop = stop;
      this.#press(true);
      this.say(`The ${this.what} is on.`);
    } catch (error) {
      if (isCurrent()) this.say(error.message, true);
    }
    if (isCurrent()) this.#starting = false;
  }

  /** The device went away, or was taken from the page, while it was on. */
  lost() {
    this.#end();
    this.say(`The ${this.what} has stopped. Start it again, or choose a file.`, true);
  }

  #end() {
    this.#stop?.();
    this.#stop = undefined;
    this.#press(false);
  }

  #press(on) {
    this.button.textContent = `${on ? 'Stop' : 'Start'} ${this.what}`;
  }

  async #choose(read) {
    const file = this.file.files[0];
    if (!file) return;
    this.#turn++; // a device that is still starting is not wanted any more
    this.#starting = false;
    this.#end();
    this.say(`Reading ${file.name} …`);
    try {
      await read(this, file);
    } catch (error) {
      this.say(error.message, true);
    }
    this.file.value = '';
  }
}
