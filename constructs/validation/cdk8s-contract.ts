/**
 * What cdk8s' command line hands to a validation plugin and expects back (cdk8s-cli 2.x, `lib/plugins/validation.d.ts`).
 * Spelled out here because the command line is a development tool: whoever installs the constructs need not install it.
 * A test compiles FarmValidation against the original interface.
 */

export interface ViolatingResource {
  /** the report looks the construct path up under this word, so it is `metadata.name` and nothing else */
  readonly resourceName: string;
  readonly locations: readonly string[];
  readonly manifestPath: string;
}

export interface ReportedViolation {
  readonly ruleName: string;
  readonly recommendation: string;
  readonly fix: string;
  readonly violatingResources: readonly ViolatingResource[];
}

export interface PluginContext {
  /** paths of all `*.yaml` files below the output folder, sub-folders included */
  readonly manifests: readonly string[];
  /** resource name -> construct, of the one App that wrote directly into the output folder; else empty */
  readonly metadata: { readonly [resourceName: string]: { readonly path: string } };
  readonly report: {
    addViolation(violation: ReportedViolation): void;
    submit(status: 'success' | 'failure', metadata?: { readonly [key: string]: string }): void;
  };
  /** one parsed object a document */
  parseManifest(manifestPath: string): unknown[];
}
