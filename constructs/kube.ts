import { createRequire } from 'node:module';
import type { k8s } from 'cdk8s-plus-28';

/**
 * The generated Kubernetes classes of cdk8s-plus-28 without the rest of that package, loaded by `require`: an imported CommonJS package
 * is first parsed whole for the names of its exports, which takes longer than to run it (90 of 200 ms of a synth, and 9 MB).
 */
export const kube: typeof k8s = createRequire(import.meta.url)('cdk8s-plus-28/lib/imports/k8s');
