import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** The embedded farm has one API server; Barn gets one address of each datacenter for it, in the datacenter's own net, so that cuts hold for it. */
export class KubeRelays {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  /**
   * @param ips one for each datacenter, in their order
   * @param kubeconfig of the farm @param target gets the kubeconfig that leads through the relays
   */
  static async start(
    datacenters: readonly { readonly name: string; readonly ip: string }[],
    kubeconfig: string,
    target: string,
  ): Promise<KubeRelays> {
    const relays = new KubeRelays();
    let text = readFileSync(kubeconfig, 'utf8');
    for (const { name, ip } of datacenters) {
      const [server = '', host = '', port = ''] = new RegExp(`http://([\\d.]+):(\\d+)/${name}"`).exec(text) ?? [];
      if (server === '') throw new Error(`${kubeconfig} does not say where the API server of ${name} is`);
      await relays.#listen(ip, { host, port: Number(port) });
      text = text.replace(server, `http://${ip}:${port}/${name}"`);
    }
    writeFileSync(target, text);
    return relays;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #listen(ip: string, to: { readonly host: string; readonly port: number }): Promise<void> {
    const server = createServer((near) => {
      const far = connect(to);
      this.#keep(near);
      this.#keep(far);
      near.pipe(far).pipe(near);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
    });
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(to.port, ip, resolve);
    });
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }
}
