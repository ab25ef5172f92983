/** The cdk8s app that `npx cdk8s synth` runs (cdk8s.yaml). */
import { synthFarm } from './synth-farm.js';

process.exitCode = await synthFarm({ env: process.env, stderr: process.stderr });
