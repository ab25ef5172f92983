import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { LABEL } from '../src/farm/words.js';

export interface FarmMonitoringProps {
  /** name of the farm */
  readonly farm: string;
  readonly namespace: string;
  /** labels by which your Prometheus finds PodMonitors, e.g. `{release: 'prometheus'}`; @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /** seconds; @default 15 */
  readonly intervalSeconds?: number;
}

/**
 * A PodMonitor (prometheus-operator) for all exporters and Barn of a farm. Where Prometheus reads prometheus.io annotations, the
 * pods have them already and this is not needed: two scrapers of one pod count everything twice.
 */
export class FarmMonitoring extends Construct {
  readonly podMonitor: ApiObject;

  constructor(scope: Construct, id: string, props: FarmMonitoringProps) {
    super(scope, id);
    const { intervalSeconds = 15 } = props;
    const endpoint = (port: string) => ({ port, path: '/metrics', interval: `${intervalSeconds}s` });
    this.podMonitor = new ApiObject(this, 'Default', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: {
        name: `cachefarm-${props.farm}`,
        namespace: props.namespace,
        labels: { [LABEL.farm]: props.farm, ...props.labels },
      },
      spec: {
        selector: { matchLabels: { [LABEL.farm]: props.farm } },
        podTargetLabels: [LABEL.datacenter, LABEL.tier, LABEL.port],
        // `metrics`: the exporters; `http`: Barn. A pod without such a port is no target.
        podMetricsEndpoints: [endpoint('metrics'), endpoint('http')],
      },
    });
    this.node.addValidation({
      validate: () =>
        Number.isInteger(intervalSeconds) && intervalSeconds > 0
          ? []
          : [`intervalSeconds is ${intervalSeconds}, need a whole number from 1`],
    });
  }
}
