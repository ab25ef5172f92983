import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Packets that get lost, until `end`. */
export interface PacketLoss {
  /** how many so far */
  dropped(): Promise<number>;
  end(): Promise<void>;
}

/** As tc takes classic BPF: `<instructions>,<code> <jump if true> <jump if false> <operand>,...` */
function program(share: number): string {
  const threshold = Math.round(share * 2 ** 32);
  const instructions = [
    // A random word: SKF_AD_OFF + SKF_AD_RANDOM of linux/filter.h.
    `32 0 0 ${0xffff_f000 + 56}`,
    // At or above the threshold it goes on (TC_ACT_UNSPEC), below it is dropped (TC_ACT_SHOT).
    `53 1 0 ${threshold}`,
    '6 0 0 2',
    `6 0 0 ${0xffff_ffff}`,
  ];
  return `${instructions.length},${instructions.join(',')}`;
}

const qdisc = async (): Promise<string> => (await run('tc', ['-s', 'qdisc', 'show', 'dev', 'lo'])).stdout;

/**
 * A share of all packets of the loopback network of the harness's own network namespace is lost, by a classic BPF program: kernels without netem
 * have that. @param share 0..1
 */
export async function lose(share: number): Promise<PacketLoss> {
  await run('tc', ['qdisc', 'add', 'dev', 'lo', 'clsact']);
  const filter = ['filter', 'add', 'dev', 'lo', 'ingress', 'bpf', 'direct-action', 'bytecode', program(share)];
  await run('tc', filter);
  return {
    dropped: async () => Number(/qdisc clsact[\s\S]*?dropped (\d+)/.exec(await qdisc())?.[1] ?? 0),
    end: async () => void (await run('tc', ['qdisc', 'del', 'dev', 'lo', 'clsact'])),
  };
}
