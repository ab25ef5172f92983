/** The rules over parsed manifests, without cdk8s: for tests and for anybody's own pipeline. */
import type { Manifest } from './manifest.js';
import type { Finding, Rule, Severity } from './rule.js';
import { RULES } from './rules.js';
import { workloadOf } from './workload.js';

export interface RuleOptions {
  /** another severity for a rule, or `off`, by its name */
  readonly rules?: Readonly<Record<string, Severity | 'off'>>;
}

export interface Violation {
  readonly rule: Rule;
  readonly severity: Severity;
  readonly findings: readonly Finding[];
}

/** @throws Error when a rule is named that does not exist, or given no severity */
export function selectRules({
  rules = {},
}: RuleOptions): readonly { readonly rule: Rule; readonly severity: Severity }[] {
  const known = RULES.map(({ name }) => name);
  for (const [name, severity] of Object.entries(rules)) {
    if (!known.includes(name)) throw new Error(`no validation rule is named ${name}; there are ${known.join(', ')}`);
    if (!['off', 'warning', 'error'].includes(severity))
      throw new Error(`validation rule ${name} is set to ${String(severity)}; use error, warning or off`);
  }
  return RULES.flatMap((rule) => {
    const severity = rules[rule.name] ?? rule.severity;
    return severity === 'off' ? [] : [{ rule, severity }];
  });
}

/** An object that goes to several KubeClusters is found in each; one finding is enough. */
function once(findings: readonly Finding[]): readonly Finding[] {
  const key = ({ manifest: { file, kind, namespace, name }, location }: Finding): string =>
    [file, kind, namespace, name, location].join('\u0000');
  return [...new Map(findings.map((finding) => [key(finding), finding])).values()];
}

/**
 * @param manifests an object that goes to several KubeClusters appears once for each
 * @returns the rules that are broken, in their fixed order
 */
export function checkManifests(manifests: readonly Manifest[], options: RuleOptions = {}): readonly Violation[] {
  const workloads = manifests.flatMap((manifest) => workloadOf(manifest) ?? []);
  return selectRules(options)
    .map(({ rule, severity }) => ({ rule, severity, findings: once(rule.check({ manifests, workloads })) }))
    .filter(({ findings }) => findings.length > 0);
}
