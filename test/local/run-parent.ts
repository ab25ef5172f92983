/** A farm in a process of its own, to be killed: our TypeScript, stripped of its types, in a temporary folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const ROOMS = ['local', 'farm', 'world'];

const MAIN = `
import { EmbeddedFarm } from './src/local/embedded-farm.js';
const [dist, state] = process.argv.slice(2);
const farm = await EmbeddedFarm.start({ dist, state, log: (line) => process.stdout.write(line + '\\n') }).catch((error) => {
  process.stdout.write(error.message + '\\n');
  process.exit(1);
});
await farm.ready();
process.stdout.write('ready\\n');
`;

function compile(folder: string): string {
  for (const room of ROOMS) {
    mkdirSync(join(folder, 'src', room), { recursive: true });
    for (const file of readdirSync(join(ROOT, 'src', room)).filter((name) => name.endsWith('.ts'))) {
      const source = readFileSync(join(ROOT, 'src', room, file), 'utf8');
      const { code } = transformSync(source, {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      });
      writeFileSync(join(folder, 'src', room, file.replace(/\.ts$/, '.js')), code);
    }
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'main.js'), MAIN);
  return join(folder, 'main.js');
}

export interface Parent {
  readonly child: ChildProcess;
  readonly output: () => string;
}

/** @param folder where it is compiled to */
export function runParent(folder: string, dist: string, state: string): Parent {
  const child = spawn(process.execPath, [compile(folder), dist, state], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return { child, output: () => output };
}
