import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { tellFigure } from './rig/figures.js';
import { firstLoad } from './rig/first-load.js';
import { lookAt } from './rig/look-at.js';
import { say } from './rig/say.js';
import { picture } from './rig/screenshots.js';
import { Stage } from './rig/stage.js';
import { VIEWS } from './rig/views.js';

const MOST_KB = 150;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
}, 90_000);
afterAll(() => stage.close());
afterEach(async () => {
  expect(await stage.leave()).toEqual([]);
});

describe('every view', () => {
  test('has an address of its own that a reload comes back to', async () => {
    const visitor = await stage.visitor();
    for (const { path } of VIEWS) {
      await visitor.open(path);
      const seen = { url: visitor.page.url(), heading: await visitor.heading(), title: await visitor.page.title() };
      await visitor.page.reload();
      await visitor.shown();
      expect({ path, url: visitor.page.url(), heading: await visitor.heading() }).toEqual({
        path,
        url: seen.url,
        heading: seen.heading,
      });
      expect(seen.title).not.toBe('');
    }
  }, 60_000);

  test.each(['light', 'dark'] as const)(
    'in %s: axe finds nothing serious',
    async (colorScheme) => {
      const visitor = await stage.visitor({ colorScheme });
      for (const { name, path } of VIEWS) {
        await visitor.open(path);
        await lookAt(visitor, colorScheme === 'dark' ? `${name}-dark` : name);
      }
    },
    90_000,
  );

  test('360 px wide: nothing has to be scrolled sideways, and axe finds nothing serious', async () => {
    const visitor = await stage.visitor({ viewport: { width: 360, height: 740 } });
    for (const { name, path } of VIEWS) {
      await visitor.open(path);
      await lookAt(visitor, `${name}-narrow`);
    }
  }, 90_000);

  test('in Korean: the page says so, and no heading is left in English', async () => {
    const english = await stage.visitor();
    const korean = await stage.visitor({ locale: 'ko-KR' });
    for (const { name, path } of VIEWS) {
      await Promise.all([english.open(path), korean.open(path)]);
      expect([name, await korean.page.locator('html').getAttribute('lang')]).toEqual([name, 'ko']);
      // The name of a cache cluster is the same in every language.
      if (!['cluster', 'partition'].includes(name)) expect(await korean.heading()).not.toBe(await english.heading());
      await picture(korean.page, `${name}-korean`);
    }
  }, 90_000);
});

describe('the address', () => {
  test.each([
    ['/map?colour=cluster', 'what the map is coloured by', { role: 'button', name: say('map.colour.cluster') }],
    ['/map?machine=a-m1', 'a machine that is chosen', { role: 'heading', name: say('map.loss.machine') }],
    ['/map?datacenter=b', 'a datacenter that is chosen', { role: 'heading', name: say('map.loss.datacenter') }],
  ] as const)('%s keeps %s', async (path, _, { role, name }) => {
    const visitor = await stage.visitor();
    await visitor.open(path);
    const found = visitor.page.getByRole('main').getByRole(role, { name, exact: true });
    await found.waitFor();
    if (role === 'button') expect(await found.getAttribute('aria-pressed')).toBe('true');
    await visitor.page.reload();
    await found.waitFor();
    expect(new URL(visitor.page.url()).search).toBe(new URL(path, stage.barn.origin).search);
  });

  test('leads back: the back button shows the view before, with its place in the header', async () => {
    const visitor = await stage.visitor();
    const { page } = visitor;
    await visitor.open('/clusters');
    await page.getByRole('main').getByRole('link', { name: 'User.id', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'User.id' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: say('clusters.title') }).waitFor();
    expect(
      await page.getByRole('link', { name: say('shell.nav.clusters'), exact: true }).getAttribute('aria-current'),
    ).toBe('page');
  });

  test('that nobody has is told as such, and a name that is not there too', async () => {
    const visitor = await stage.visitor();
    visitor.watched.expect(/^404 GET .*\/v1\/(clusters\/Nobody|partitions\/Nobody)/);
    await visitor.open('/nowhere');
    expect(await visitor.heading()).toBe(say('shell.notfound'));
    await visitor.open('/clusters/Nobody');
    await visitor.page.getByText(say('clusters.unknown', { name: 'Nobody' })).waitFor();
    await visitor.open('/partitions/Nobody::0');
    await visitor.page.getByText(say('partition.unknown', { name: 'Nobody::0' })).waitFor();
  });

  test('with a token logs in once: it is gone from the address, and Log out forgets it', async () => {
    const visitor = await stage.visitor();
    const { page } = visitor;
    await visitor.open(`/clusters#token=${stage.changer}`);
    await page
      .getByText(/developer$/)
      .first()
      .waitFor();
    expect(page.url()).toBe(`${stage.barn.origin}/clusters`);
    await page.reload();
    await page
      .getByText(/developer$/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: say('shell.logout') }).click();
    await page
      .getByRole('link', { name: say('shell.login') })
      .first()
      .waitFor();
    expect(await visitor.context.cookies()).toEqual([]);
  });
});

describe('with the keyboard alone', () => {
  test('the first Tab offers to skip the header', async () => {
    const visitor = await stage.visitor();
    const { page } = visitor;
    await visitor.open('/clusters');
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: say('shell.skip') });
    await visitor.tabTo(skip);
    expect(await visitor.focusIsSeen()).toBe(true);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    // What has the focus now is in the view, not in the header.
    expect(await page.evaluate("document.querySelector('main').contains(document.activeElement)")).toBe(true);
  });

  test('a pod is found on the map and chosen', async () => {
    const visitor = await stage.visitor();
    const { page } = visitor;
    await visitor.open('/map');
    await visitor.tabTo(page.getByRole('grid').first());
    for (const key of ['Home', 'ArrowDown', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('heading', { name: say('map.loss.pod') }).waitFor();
    expect(new URL(page.url()).searchParams.get('pod')).toMatch(/^a\/redis-/);
  });
});

describe('the documentation of the API', () => {
  test('is a page of this server too, with every route', async () => {
    const visitor = await stage.visitor();
    const { page } = visitor;
    await page.goto('/docs');
    for (const path of ['/v1/clusters', '/cluster/nodes'])
      await page.getByText(path, { exact: true }).first().waitFor();
    await picture(page, 'api');
  });
});

describe('the first load', () => {
  test(`is below ${MOST_KB} kB as it comes over the wire, and everything comes from this server`, async () => {
    const visitor = await stage.visitor();
    await visitor.open('/');
    const { bytes, lines } = await firstLoad(visitor.watched.responses);
    tellFigure(`first load ${(bytes / 1_000).toFixed(1)} kB (at most ${MOST_KB}): ${lines.join(', ')}`);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(MOST_KB * 1_000);
  });
});
