import { type Address, connect } from '../builders/processes.js';
import { SENTINEL } from '../scripts/script-farm.js';

type Pipeline = ReturnType<ReturnType<typeof connect>['pipeline']>;

/** A pipeline whose PUBLISH goes to another server. */
export function split(pipeline: Pipeline, plain: ReturnType<typeof connect>): Pipeline {
  const call = pipeline.call.bind(pipeline) as (command: string, ...args: string[]) => Pipeline;
  Object.assign(pipeline, {
    call: (command: string, ...args: string[]) => {
      if (command !== 'PUBLISH') return call(command, ...args);
      plain.call(command, ...args).catch(() => undefined);
      return call('PING');
    },
  });
  return pipeline;
}

/** What Sentinel sends to make a replica of an instance. @returns what became of the transaction */
export async function convert(pod: Address, master: Address): Promise<string> {
  const redis = connect(pod, SENTINEL);
  await redis.connect();
  try {
    const results = await redis
      .multi()
      .call('SLAVEOF', master.ip, String(master.port))
      .call('CONFIG', 'REWRITE')
      .call('CLIENT', 'KILL', 'TYPE', 'normal')
      .exec();
    return results?.[0]?.[0] === null ? 'converted' : 'refused';
  } catch (error) {
    return String(error);
  } finally {
    redis.disconnect();
  }
}
