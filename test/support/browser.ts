import { spawnSync } from 'node:child_process';
import { type Browser, chromium } from 'playwright-core';

const names = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'].filter((n) => n !== undefined);

/** Command of a Chromium that is installed here; undefined where there is none. */
export const chromiumCommand: string | undefined = names
  .map((name) => spawnSync('sh', ['-c', `command -v "${name}"`], { encoding: 'utf8' }).stdout.trim())
  .find((path) => path !== '');

/** What a skipped test says. */
export const noChromium = 'no Chromium here: `apt-get install chromium`, or give one as CHROMIUM';

/** A headless browser. As root it has no sandbox to run in. */
export const launch = (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumCommand!,
    args: [...args, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
