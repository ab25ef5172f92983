/**
 * Loaded into the Node programs of pods. A container would see its token at the path below; here every pod has a folder of its own, which the
 * machine names in KUBELET_SERVICE_ACCOUNT. So reads of the path become reads of the folder.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const folder = process.env.KUBELET_SERVICE_ACCOUNT;

const moved = (path) => (typeof path === 'string' && path.startsWith(PATH) ? folder + path.slice(PATH.length) : path);

function move(owner, names) {
  for (const name of names) {
    const real = owner[name];
    owner[name] = (path, ...rest) => real.call(owner, moved(path), ...rest);
  }
}

if (folder !== undefined && folder !== PATH) {
  const names = ['access', 'open', 'readFile', 'stat'];
  move(fs, [...names, ...names.map((name) => `${name}Sync`), 'existsSync', 'watch']);
  move(fs.promises, names);
  syncBuiltinESMExports();
}
