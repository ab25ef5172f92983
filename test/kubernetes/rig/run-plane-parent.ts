/** A control plane in a process of its own, to be killed: our TypeScript, stripped of its types, in a temporary folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';

const ROOT = join(import.meta.dirname, '../../..');
const FOLDERS = ['src/local', 'test/kubernetes/rig'];
const MAIN = `
import { startControlPlane } from './test/kubernetes/rig/control-plane.js';
await startControlPlane({ datacenter: 'a', folder: process.argv[2], processes: ['etcd', 'kube-apiserver'] });
process.stdout.write('ready\\n');
`;

function compile(folder: string): string {
  for (const from of FOLDERS) {
    mkdirSync(join(folder, from), { recursive: true });
    for (const file of readdirSync(join(ROOT, from)).filter((name) => name.endsWith('.ts'))) {
      const { code } = transformSync(readFileSync(join(ROOT, from, file), 'utf8'), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      });
      writeFileSync(join(folder, from, file.replace(/\.ts$/, '.js')), code);
    }
  }
  for (const name of ['node_modules', 'tools']) symlinkSync(join(ROOT, name), join(folder, name));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'main.js'), MAIN);
  return join(folder, 'main.js');
}

/**
 * @param code folder it is compiled to
 * @param folder of the control plane
 */
export async function runPlaneParent(code: string, folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [compile(code), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (status) => reject(new Error(`the parent ended with ${status} before its plane was ready`)));
  });
  return child;
}
