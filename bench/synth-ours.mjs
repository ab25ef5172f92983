// node bench/synth-ours.mjs <farm> <outdir>: the farm through our constructs.
import { synthesizeFarm } from '../lib/constructs/synthesize-farm.js';
import { FARMS } from './farms.mjs';
import { reportUsage } from './usage.mjs';

const [name, outdir] = process.argv.slice(2);
synthesizeFarm(await FARMS[name](), outdir);
reportUsage();
