import type { PluginContext, ViolatingResource } from './cdk8s-contract.js';
import { checkManifests, type RuleOptions, selectRules, type Violation } from './check-manifests.js';
import { type ConstructMetadata, readConstructMetadata, removeConstructMetadata } from './construct-metadata.js';
import { type KubeClusterOptions, kubeClustersOf } from './kube-clusters.js';
import { type Manifest, manifestOf } from './manifest.js';
import type { Finding, Severity } from './rule.js';

/** `properties` of the entry in cdk8s.yaml. */
export interface FarmValidationProps extends KubeClusterOptions, RuleOptions {
  /**
   * The least severity that makes `cdk8s synth` end with status 2.
   * @default error
   */
  readonly failOn?: Severity | 'never';
  /**
   * Leave cdk8s' construct-metadata.json files in the output.
   * @default false they are removed once read: an Argo CD directory source would take them for manifests
   */
  readonly keepConstructMetadata?: boolean;
}

/**
 * Validation plugin for cdk8s (`validations:` in cdk8s.yaml): what makes Redis pods on host ports fail on real machines.
 *
 * @throws Error from the constructor when the properties name an unknown rule or severity
 */
export class FarmValidation {
  constructor(private readonly props: FarmValidationProps = {}) {
    selectRules(props);
  }

  /** Called by `cdk8s synth` after all Apps have written their manifests. */
  async validate(context: PluginContext): Promise<void> {
    const manifests = readManifests(context, this.props);
    const metadata = readConstructMetadata(manifests);
    const violations = checkManifests(manifests, this.props);
    for (const violation of violations) context.report.addViolation(reported(violation, metadata, context));
    if (this.props.keepConstructMetadata !== true) removeConstructMetadata(metadata);
    context.report.submit(fails(violations, this.props.failOn ?? 'error') ? 'failure' : 'success', {
      Manifests: String(new Set(manifests.map(({ file }) => file)).size),
      Errors: String(count(violations, 'error')),
      Warnings: String(count(violations, 'warning')),
    });
  }
}

function readManifests(context: PluginContext, props: FarmValidationProps): readonly Manifest[] {
  const kubeClusters = kubeClustersOf(context.manifests, props);
  return context.manifests.flatMap((file) => {
    const documents = context.parseManifest(file);
    return (kubeClusters.get(file) ?? ['']).flatMap((kubeCluster) =>
      documents.flatMap((document) => manifestOf(file, kubeCluster, document) ?? []),
    );
  });
}

function reported({ rule, severity, findings }: Violation, metadata: ConstructMetadata, context: PluginContext) {
  const resources = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.manifest.file} ${finding.manifest.kind} ${finding.manifest.name}`;
    resources.set(key, [...(resources.get(key) ?? []), finding]);
  }
  return {
    ruleName: rule.name,
    recommendation: `[${severity}] ${rule.recommendation}`,
    fix: rule.fix,
    violatingResources: [...resources.values()].map((own) => resourceOf(own, metadata, context)),
  };
}

function resourceOf(
  findings: readonly Finding[],
  metadata: ConstructMetadata,
  context: PluginContext,
): ViolatingResource {
  const { file, kind, name } = (findings[0] as Finding).manifest;
  const path = metadata.pathOf(file, name);
  // the report knows the constructs of one App only; what it does not know is said among the locations
  const known = path === undefined || context.metadata[name] !== undefined ? [] : [`construct: ${path}`];
  return {
    resourceName: name,
    manifestPath: file,
    locations: [...known, ...new Set(findings.map(({ location }) => `${kind} ${location}`))],
  };
}

const count = (violations: readonly Violation[], severity: Severity): number =>
  violations
    .filter((violation) => violation.severity === severity)
    .reduce((sum, { findings }) => sum + findings.length, 0);

const fails = (violations: readonly Violation[], failOn: Severity | 'never'): boolean =>
  failOn !== 'never' && violations.some(({ severity }) => severity === 'error' || failOn === 'warning');
