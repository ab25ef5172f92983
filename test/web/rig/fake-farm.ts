import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startApi } from '../../../src/api/server.js';
import { FakeApi, TOKEN } from '../../builders/fake-api-parts.js';
import { Visitor } from './visitor.js';

const PASS_EVERY_MS = 300;

/** The page over a farm in memory, with somebody on it who may everything: for what a whole farm does not do when a test wants it. */
export class FakeFarm {
  private constructor(
    readonly fake: FakeApi,
    readonly visitor: Visitor,
    readonly close: () => Promise<void>,
  ) {}

  static async open(browser: Browser, openReading = true): Promise<FakeFarm> {
    const fake = new FakeApi({ openReading, page: join(import.meta.dirname, '../../../lib/web') });
    const pass = (): void => {
      fake.time = Date.now();
      fake.sight.look();
    };
    pass();
    const passes = setInterval(pass, PASS_EVERY_MS);
    const api = await startApi(fake.parts, { host: '127.0.0.1', port: 0 });
    const visitor = await Visitor.open(browser, `http://${api.address}`, { token: TOKEN.admin });
    return new FakeFarm(fake, visitor, async () => {
      clearInterval(passes);
      await visitor.close();
      await api.close();
    });
  }

  get page(): Page {
    return this.visitor.page;
  }

  /** of one cache cluster that is there */
  get clusterName(): string {
    const [cluster] = this.fake.sight.imaginary.farm.cacheClusters;
    if (!cluster) throw new Error('the farm has no cache cluster');
    return cluster.clusterName;
  }

  /** Somebody else does. */
  async delete(clusterName: string): Promise<void> {
    const { control } = this.fake;
    const expect = control.version(clusterName);
    await control.change({ clusterName, fields: undefined, expect, create: false, dryRun: false });
  }
}
