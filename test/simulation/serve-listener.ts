/** A listener of the simulation over TCP, for programs that speak RESP: redis-cli, ioredis. */
import { createServer, type Server, type Socket } from 'node:net';
import { splitAddress } from '../../src/farm/words.js';
import type { Command, Listener, Reply, ServerSide } from './parts.js';

function encode(reply: Reply): string {
  if (reply === null) return '$-1\r\n';
  if (reply instanceof Error) return `-${reply.message}\r\n`;
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  return `*${reply.length}\r\n${reply.map(encode).join('')}`;
}

/** @returns the commands that are whole, and what is left */
function parse(text: string): { readonly commands: readonly Command[]; readonly rest: string } {
  const commands: Command[] = [];
  let rest = text;
  for (;;) {
    const lines = rest.split('\r\n');
    const count = Number(lines[0]?.slice(1));
    const needed = 2 * count + 1;
    if (!rest.startsWith('*') || lines.length <= needed) return { commands, rest };
    commands.push(lines.slice(1, needed).filter((_, i) => i % 2 === 1));
    rest = lines.slice(needed).join('\r\n');
  }
}

let ids = 0;
function take(socket: Socket, listener: Listener): void {
  const side: ServerSide = {
    id: ++ids,
    from: '127.0.0.1',
    user: undefined,
    name: '',
    push: () => undefined,
    close: () => socket.destroy(),
  };
  let text = '';
  socket.on('error', () => socket.destroy());
  socket.on('close', () => listener.closed(side));
  listener.accepted(side);
  socket.on('data', (data) => {
    const parsed = parse(text + data.toString());
    text = parsed.rest;
    for (const command of parsed.commands) {
      if (listener.holds?.(side, command, () => undefined) === true) return;
      const reply = listener.execute(side, command);
      if (!socket.destroyed) socket.write(encode(reply));
    }
  });
}

/** @returns the server, listening */
export async function serveListener(listener: Listener): Promise<Server> {
  const { host, port } = splitAddress(listener.address);
  const server = createServer((socket) => take(socket, listener));
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return server;
}
