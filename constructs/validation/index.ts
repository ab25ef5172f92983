/** What `package: ./node_modules/cachefarm/lib/constructs/validation` in a cdk8s.yaml loads, and what the package exports. */
export { checkManifests, type RuleOptions, type Violation } from './check-manifests.js';
export { type Manifest, manifestOf } from './manifest.js';
export { FarmValidation, type FarmValidationProps } from './plugin.js';
export type { Finding, Rule, Severity } from './rule.js';
export { RULES } from './rules.js';
