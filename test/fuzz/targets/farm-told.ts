import { hear } from '../heard-world.js';
import type { Edit } from '../hostile.js';
import { editor, editsOf } from '../hostile.js';
import { passOver } from '../pass-over.js';
import { Broken, bytes, type FuzzTarget } from '../target.js';
import { tellFarm } from '../told-farm.js';

const edited = editor(tellFarm());

/** @throws Broken when what was planned is unsafe, and whatever would end a pass */
export async function passOverTold(edits: readonly Edit[]): Promise<void> {
  const faults = passOver(await hear(edited(edits)));
  if (faults.length > 0) throw new Broken(faults.join('\n'));
}

export const farmTold: FuzzTarget = {
  name: 'farm-told',
  what: 'Kubernetes objects, INFO, ACL LIST and Sentinel replies with wrong things in them: a pass goes on, and plans nothing unsafe',
  seeds: [bytes('\0\0\0\0'), bytes('\x01\x10\x02\x05\x03\x22\x03\x09')],
  run: (input) => passOverTold(editsOf(input)),
};
