import { splitAddress } from '../farm/words.js';

/** What `net.connect` takes. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Where the `ip:port` that Sentinel and Kubernetes know is reached from here: elsewhere where a tunnel, or a test's network, lies in between. */
export type Route = (address: string) => Endpoint;

export const direct: Route = splitAddress;
