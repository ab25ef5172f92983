// The browser that tests of the page run in: Chromium or Google Chrome, whichever the machine has. No dependency: set-up runs before there
// are any.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** In order of preference, by their names on the PATH. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** macOS puts no application on the PATH. */
const APPLICATIONS = ['Chromium', 'Google Chrome'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);

/** How each package manager gets it, and letters for Korean, which the page speaks too. */
export const CHROMIUM_MANAGERS = [
  {
    binary: 'apt-get',
    asRoot: true,
    command:
      'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-nanum',
  },
  { binary: 'dnf', asRoot: true, command: 'dnf install -y chromium google-noto-sans-cjk-fonts' },
  { binary: 'apk', asRoot: true, command: 'apk add chromium font-noto-cjk' },
  { binary: 'brew', asRoot: false, command: 'brew install --cask google-chrome' },
];

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @returns its absolute path, or undefined. What CHROMIUM names is it, or there is none: nobody gets another browser than he said. */
export function findChromium(env = process.env) {
  if (env.CHROMIUM) return isProgram(env.CHROMIUM) ? env.CHROMIUM : undefined;
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...APPLICATIONS].find(isProgram);
}

/** `156.0.8078.79`; undefined when it does not say, or does not run */
export function chromiumVersion(program) {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? /\d+(\.\d+)+/.exec(stdout)?.[0] : undefined;
}

/** Why there is none, and the command that gets it. */
export function describeChromium(env = process.env) {
  if (env.CHROMIUM) return `CHROMIUM is ${env.CHROMIUM}, which is no program`;
  return `none of ${NAMES.join(', ')} is on the PATH, and CHROMIUM names none`;
}
