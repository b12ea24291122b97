// The arguments of the two commands here. Espalier itself is loaded only when there is something to compile.
import { parseArgs } from 'node:util';

/** What the user must mend: told in a line, without a stack. */
export class Refused extends Error {}

/** Runs a command; what is wrong is told in a line. @param name before every line */
export async function runCommand(name, main) {
  try {
    await main();
  } catch (error) {
    const isPlain = error instanceof Refused || error.name === 'Problem';
    console.error(isPlain ? `${name}: ${error.line ?? error.message}` : error);
    process.exitCode = 2;
  }
}

/**
 * Words and flags of a command; with --help it prints the usage and ends.
 * @param usage what comes after `node examples/browser/`
 * @param most how many words it takes
 * @param flags names of options without a value
 * @throws Refused for anything else
 */
export function readArguments(usage, most, flags = []) {
  const hint = `usage: node examples/browser/${usage}`;
  const options = Object.fromEntries([...flags, 'help'].map((name) => [name, { type: 'boolean' }]));
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) {
      console.log(hint);
      process.exit(0);
    }
    if (positionals.length > most) throw new Error(`there is one word too many: '${positionals[most]}'`);
    return { values, words: positionals };
  } catch (error) {
    throw new Refused(`${error.message.split('. ')[0]}; ${hint}`);
  }
}
