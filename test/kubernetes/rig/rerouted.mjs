// `cachefarm`, with a network that tests can tear: connections to the addresses in a file lead elsewhere, to a relay of the test.
// The file is `routes-<datacenter>.json` beside the folder of the machines: {"127.0.0.1:6443": {"host": "127.130.0.1", "port": 6443}}.
// A Barn says each pass, so that tests see its first one as leader, and does not start for as long as there is a file `held-<datacenter>`.
import { existsSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const datacenter = process.env.FARM_DATACENTER ?? 'none';
const file = (folder) => join(folder, `routes-${datacenter}.json`);

function routes(folder) {
  try {
    return JSON.parse(readFileSync(file(folder), 'utf8'));
  } catch {
    return {};
  }
}

/** @param program the built command-line program @param folder where the files are */
export async function runRerouted(program, folder) {
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function reroute(...args) {
    // net.connect and tls.connect hand in [options, callback] with a mark on the array; TLS checks the name in options of its own.
    const packed = Array.isArray(args[0]);
    const options = packed ? args[0][0] : args[0];
    const to = options && typeof options === 'object' ? routes(folder)[`${options.host}:${options.port}`] : undefined;
    if (!to) return connect.apply(this, args);
    const changed = { ...options, ...to };
    if (!packed) return connect.call(this, changed, ...args.slice(1));
    const copy = Object.assign([...args[0]], { 0: changed });
    for (const mark of Object.getOwnPropertySymbols(args[0])) copy[mark] = args[0][mark];
    return connect.call(this, copy);
  };
  if (process.argv.includes('barn')) {
    process.argv.push('--level', 'debug');
    while (existsSync(join(folder, `held-${datacenter}`))) await delay(50);
  }
  await import(program);
}
