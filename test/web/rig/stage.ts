import type { Browser } from 'playwright-core';
import { seedFarm } from '../../../src/cli/seed-farm.js';
import type { Farm } from '../../../src/farm/model.js';
import { freeAddress, ProcessRoom } from '../../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../../builders/running-farm.js';
import { BarnWeb } from './barn-web.js';
import { openChromium } from './chromium.js';
import { Visitor, type VisitorOptions } from './visitor.js';

/**
 * What every test of the page stands on: 9 machines in 3 datacenters with real Redis and Sentinel processes, seeded; the built Barn with
 * its page; one browser. Whoever visits is watched, and `faultless` says what went wrong on anybody's page.
 */
export class Stage {
  readonly #visitors: Visitor[] = [];

  private constructor(
    readonly running: RunningFarm,
    readonly barn: BarnWeb,
    readonly browser: Browser,
    /** token of somebody who may change everything */
    readonly changer: string,
    /** and of somebody who may only look */
    readonly reader: string,
  ) {}

  static async open(farm: Farm = smallFarm({ web: { changes: 'all' } })): Promise<Stage> {
    const room = new ProcessRoom();
    const [running, browser] = await Promise.all([runFarm(farm), openChromium()]);
    const barn = new BarnWeb(room, running.embedded.state, freeAddress(9_380));
    const changer = running.embedded.addPerson({ user: 'developer', may: ['read', 'change', 'drain'] });
    const reader = running.embedded.addPerson({ user: 'guest', may: ['read'] });
    const stage = new Stage(running, barn, browser, changer, reader);
    try {
      const { settled } = await seedFarm(running.access, { timeoutMs: 60_000 });
      if (!settled) throw new Error('the farm was not seeded within a minute');
      await barn.start();
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  async visitor(options: VisitorOptions = {}): Promise<Visitor> {
    const visitor = await Visitor.open(this.browser, this.barn.origin, options);
    this.#visitors.push(visitor);
    return visitor;
  }

  /** Closes everybody's pages. @returns what any of them did wrong, a line each */
  async leave(): Promise<readonly string[]> {
    const faults = this.#visitors.flatMap(({ watched }) => watched.faults());
    await Promise.all(this.#visitors.splice(0).map((visitor) => visitor.close()));
    return faults;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.barn.room.stopAll();
    await this.running.stop();
  }
}
