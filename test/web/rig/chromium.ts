import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

const ROOT = join(import.meta.dirname, '../../..');

interface ChromiumProgram {
  readonly CHROMIUM_MANAGERS: readonly { readonly binary: string; readonly command: string }[];
  findChromium(): string | undefined;
  describeChromium(): string;
}

const readTools = (): Promise<ChromiumProgram> =>
  import(pathToFileURL(join(ROOT, 'tools/chromium-program.mjs')).href) as Promise<ChromiumProgram>;

/**
 * The machine's own browser, without a window.
 * @param args more of its switches
 * @throws Error with the commands that get one, where there is none
 */
export async function openChromium(args: readonly string[] = []): Promise<Browser> {
  const { findChromium, describeChromium, CHROMIUM_MANAGERS } = await readTools();
  const executablePath = findChromium();
  if (executablePath === undefined) {
    const ways = CHROMIUM_MANAGERS.map(({ command }) => `  ${command}`);
    throw new Error(
      [
        `no browser for the tests of the page: ${describeChromium()}. \`npm run setup\` installs one, or:`,
        ...ways,
      ].join('\n'),
    );
  }
  // Tests run as root in containers, where Chromium's sandbox cannot; it only ever opens pages of ours.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--force-prefers-reduced-motion', ...args] });
}
