import { Socket } from 'node:net';

interface Given {
  port?: unknown;
  path?: unknown;
  localAddress?: string;
}

/** Whether these are options of a TCP connection that name no source yet. */
const isOpen = (options: unknown): options is Given =>
  typeof options === 'object' &&
  options !== null &&
  'port' in options &&
  !(options as Given).path &&
  (options as Given).localAddress === undefined;

/**
 * From now on every TCP connection of this process comes from this loopback address, as it would from a machine of its own: no library lets
 * all its connections be bound. Cuts are made between addresses (namespace-network.ts).
 */
export function speakFrom(address: string): void {
  const connect = Socket.prototype.connect as (...args: unknown[]) => Socket;
  function connectFrom(this: Socket, ...args: unknown[]): Socket {
    const [first] = args;
    // net.connect hands its arguments on as one list: options, callback.
    const options: unknown = Array.isArray(first) ? first[0] : first;
    if (isOpen(options)) options.localAddress = address;
    return connect.apply(this, args);
  }
  Socket.prototype.connect = connectFrom as typeof Socket.prototype.connect;
}
