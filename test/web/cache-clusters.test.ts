import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../builders/processes.js';
import { writeThroughSentinel } from './rig/application.js';
import { ClusterForm } from './rig/cluster-form.js';
import { tellFigure } from './rig/figures.js';
import { lookAt } from './rig/look-at.js';
import { ownByGit } from './rig/own-by-git.js';
import { say } from './rig/say.js';
import { Stage } from './rig/stage.js';
import { Visitor } from './rig/visitor.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
}, 90_000);
afterAll(() => stage.close());
afterEach(async () => {
  expect(await stage.leave()).toEqual([]);
});

const sizeOf = async (clusterName: string): Promise<number | undefined> =>
  (await stage.running.look()).farm.cacheClusters.find((cluster) => cluster.clusterName === clusterName)?.clusterSize;

const declaredSize = (clusterName: string, size: number | undefined): Promise<unknown> =>
  until(`${clusterName} to have the size ${size}`, async () => (await sizeOf(clusterName)) === size, 10_000);

const formOf = async (visitor: Visitor, path: string): Promise<ClusterForm> => {
  await visitor.open(path);
  return new ClusterForm(visitor.page);
};

/** Writes that were sent, dry runs left out. */
const written = (visitor: Visitor): readonly string[] =>
  visitor.watched.responses
    .filter((response) => response.request().method() !== 'GET' && !response.url().includes('dryRun=true'))
    .map((response) => `${response.request().method()} ${new URL(response.url()).pathname}`)
    .filter((line) => !line.endsWith('/v1/session'));

describe('a cache cluster, from its birth to its end', () => {
  test('is created on the page and written to through Sentinel', async () => {
    const visitor = await stage.visitor({ token: stage.changer });
    const form = await formOf(visitor, '/clusters');
    await visitor.page.getByRole('link', { name: say('clusters.new') }).click();
    await visitor.shown();
    await form.fill({ clusterName: 'Cart.items', tier: 'M1', clusterSize: '2' });
    await form.preview();
    await lookAt(visitor, 'preview');
    expect(written(visitor)).toEqual([]);
    const started = performance.now();
    await form.apply();
    await form.done('Cart.items');
    tellFigure(`a cache cluster of 2: ${Math.round(performance.now() - started)} ms from Apply to done on the page`);
    await lookAt(visitor, 'progress');
    for (const index of [0, 1])
      expect(await writeThroughSentinel(stage.running, 'Cart.items', index, `hello ${index}`)).toBe(`hello ${index}`);
  }, 60_000);

  test('is resized: the plan says before how many keys move, and the new partition serves', async () => {
    const visitor = await stage.visitor({ token: stage.changer });
    const form = await formOf(visitor, '/clusters/Cart.items/edit');
    await form.fill({ clusterSize: '3' });
    await form.preview();
    // jump hash, 2 -> 3: a third of the keys
    await visitor.page
      .getByText(/33(\.\d+)? ?%/)
      .first()
      .waitFor();
    await form.apply();
    await form.done('Cart.items');
    expect(await sizeOf('Cart.items')).toBe(3);
    expect(await writeThroughSentinel(stage.running, 'Cart.items', 2, 'third')).toBe('third');

    await form.undoButton.click();
    await declaredSize('Cart.items', 2);
  }, 60_000);

  test('is deleted only by who types its name', async () => {
    const visitor = await stage.visitor({ token: stage.changer });
    await visitor.open('/clusters/Cart.items');
    const { page } = visitor;
    await page
      .getByRole('button', { name: say('clusters.delete.button'), exact: true })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    const typed = dialog.getByLabel(say('clusters.delete.type', { name: 'Cart.items' }));
    const confirm = dialog.getByRole('button', { name: say('clusters.delete.confirm') });
    await typed.fill('cart.items');
    expect(await confirm.isEnabled()).toBe(false);
    await lookAt(visitor, 'delete');
    await typed.fill('Cart.items');
    await confirm.click();
    await declaredSize('Cart.items', undefined);
    await new ClusterForm(page).done('Cart.items', 'gone');
  }, 60_000);
});

describe('wrong input', () => {
  let visitor: Visitor;
  let form: ClusterForm;
  beforeAll(async () => {
    visitor = await Visitor.open(stage.browser, stage.barn.origin, { token: stage.changer });
    form = await formOf(visitor, '/clusters/new');
  });
  afterAll(async () => {
    expect(visitor.watched.faults()).toEqual([]);
    await visitor.close();
  });

  test.each([
    ['a name that begins with a digit', { clusterName: '1st' }, 'clusterName', say('clusters.check.name')],
    ['a name with a space', { clusterName: 'User id' }, 'clusterName', say('clusters.check.name')],
    [
      'a name that exists',
      { clusterName: 'User.id' },
      'clusterName',
      say('clusters.check.nameTaken', { name: 'User.id' }),
    ],
    [
      'a name that Kubernetes takes for another',
      { clusterName: 'user.ID' },
      'clusterName',
      say('clusters.check.nameTwin', { name: 'User.id' }),
    ],
    ['no name', { clusterName: '' }, 'clusterName', say('clusters.check.required')],
    ['a size of nothing', { clusterSize: '0' }, 'clusterSize', '1'],
    ['half a partition', { clusterSize: '1.5' }, 'clusterSize', '1'],
    ['a size beyond all bounds', { clusterSize: '99999999' }, 'clusterSize', '1'],
    ['a size in words', { clusterSize: 'many' }, 'clusterSize', '1'],
  ] as const)('%s: a message at the field, and nothing is sent', async (_, wrong, field, message) => {
    await form.fill({ clusterName: 'Fine.name', tier: 'M1', clusterSize: '2', ...wrong });
    // Who presses it all the same, by mouse or Enter, is told at the field.
    await form.previewButton.click({ force: true });
    await until('the field says that it is wrong', () => form.isWrong(field));
    expect(await form.messageAt(field)).toContain(message);
    expect(await form.wrongFields()).toEqual([field]);
    expect(visitor.watched.responses.filter((response) => response.url().includes('/v1/clusters?'))).toEqual([]);
    expect(written(visitor)).toEqual([]);
    expect(await sizeOf('Fine.name')).toBeUndefined();
  });
});

describe('more than there is', () => {
  test('what only the server knows is said at its field too, and nothing is written', async () => {
    const visitor = await stage.visitor({ token: stage.changer });
    visitor.watched.expect(/^422 POST .*dryRun=true$/);
    const form = await formOf(visitor, '/clusters/new');
    await form.fill({ clusterName: 'Too.large', tier: 'M1', clusterSize: '50' });
    await form.previewButton.click();
    await until('the field says that it is wrong', () => form.isWrong('clusterSize'));
    expect(await form.messageAt('clusterSize')).toMatch(/53 pods/);
    await lookAt(visitor, 'too-large');
    expect(await form.applyButton.count()).toBe(0);
    expect(await sizeOf('Too.large')).toBeUndefined();
  });
});

describe('who may', () => {
  test('nobody is logged in: the form says where to log in, and sends nothing', async () => {
    const visitor = await stage.visitor();
    await visitor.open('/clusters/new');
    await visitor.page.getByText(say('clusters.form.login')).waitFor();
    await visitor.page
      .getByRole('main')
      .getByRole('link', { name: say('clusters.form.loginLink') })
      .click();
    await visitor.page.getByLabel(say('shell.login.token')).waitFor();
    expect(written(visitor)).toEqual([]);
  });

  test('a wrong token is refused at its field; a right one leads back to where one was', async () => {
    const visitor = await stage.visitor();
    visitor.watched.expect(/^40[13] POST .*\/v1\/session$/);
    const { page } = visitor;
    await visitor.open('/clusters/new');
    await page
      .getByRole('main')
      .getByRole('link', { name: say('clusters.form.loginLink') })
      .click();
    const token = page.getByLabel(say('shell.login.token'));
    const button = page.getByRole('main').getByRole('button', { name: say('shell.login') });
    await token.fill('nobody');
    await button.click();
    await page.getByText(say('shell.login.wrong')).waitFor();
    await token.fill(stage.changer);
    await button.click();
    await page.getByRole('heading', { name: say('clusters.form.newTitle') }).waitFor();
    await new ClusterForm(page).previewButton.waitFor();
  });

  test('a reader sees everything and is told what he lacks', async () => {
    const visitor = await stage.visitor({ token: stage.reader });
    await visitor.open('/clusters/User.id/edit');
    const [, what = ''] = say('clusters.form.forbidden', { user: '\n' }).split('\n');
    await visitor.page.getByText(what.trim()).waitFor();
    await lookAt(visitor, 'reader');
    expect(written(visitor)).toEqual([]);
  });
});

describe('two people at one cache cluster', () => {
  test('the second sees what the first did, and puts his change on top of it', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => stage.visitor({ token: stage.changer })));
    if (!first || !second) throw new Error('nobody is there');
    second.watched.expect(/^412 PATCH /);
    const forms = await Promise.all([first, second].map((visitor) => formOf(visitor, '/clusters/User.id/edit')));
    const [one, other] = forms;
    if (!one || !other) throw new Error('no forms');
    await one.fill({ clusterSize: '8' });
    await other.fill({ clusterSize: '9' });
    await one.preview();
    await other.preview();
    await one.apply();
    await other.applyButton.click();
    await second.page
      .getByText(say('clusters.conflict.title', { name: 'User.id' }))
      .first()
      .waitFor();
    await lookAt(second, 'conflict');
    expect(await sizeOf('User.id')).toBe(8);
    await second.page.getByRole('button', { name: say('clusters.conflict.reapply') }).click();
    expect(await other.field('clusterSize').inputValue()).toBe('9');
    await other.preview();
    await other.apply();
    await declaredSize('User.id', 9);
    await other.done('User.id');
  }, 60_000);
});

describe('a cache cluster that Git owns', () => {
  test('is read-only: the change to make in TypeScript and YAML is shown instead', async () => {
    await ownByGit(stage.running, 'Chat.room', 'farm');
    try {
      const visitor = await stage.visitor({ token: stage.changer });
      const { page } = visitor;
      const form = await formOf(visitor, '/clusters/Chat.room/edit');
      await page.getByText(say('clusters.git.title', { name: 'Chat.room' })).waitFor();
      await form.fill({ clusterSize: '2' });
      await page.getByText(say('clusters.git.typescript')).waitFor();
      await page.getByText(say('clusters.git.yaml')).waitFor();
      await page
        .getByText(/clusterSize: 2/)
        .first()
        .waitFor();
      await lookAt(visitor, 'owned-by-git');
      expect(await form.applyButton.count()).toBe(0);
      expect(written(visitor)).toEqual([]);
      expect(await sizeOf('Chat.room')).toBe(1);
    } finally {
      await ownByGit(stage.running, 'Chat.room', null);
    }
  }, 30_000);
});

describe('with the keyboard alone', () => {
  test('a cache cluster is created', async () => {
    const visitor = await stage.visitor({ token: stage.changer });
    const { page } = visitor;
    const form = await formOf(visitor, '/clusters');
    await visitor.tabTo(page.getByRole('link', { name: say('clusters.new') }));
    await page.keyboard.press('Enter');
    await visitor.shown();
    await visitor.tabTo(form.field('clusterName'));
    await page.keyboard.type('By.keyboard');
    await visitor.tabTo(form.field('clusterSize'));
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('1');
    await visitor.tabTo(form.field('tier'));
    await page.keyboard.type('M1');
    await visitor.tabTo(form.previewButton);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: say('clusters.preview.title') }).waitFor();
    await visitor.tabTo(form.applyButton);
    expect(await visitor.focusIsSeen()).toBe(true);
    await page.keyboard.press('Enter');
    await form.done('By.keyboard');
    expect(await sizeOf('By.keyboard')).toBe(1);
  }, 60_000);
});
