import type { Locator, Page } from 'playwright-core';
import { say } from './say.js';

const FIELDS = ['clusterName', 'clusterSize', 'tier', 'partitionSize'] as const;
type Field = (typeof FIELDS)[number];

/** The form of a cache cluster as somebody fills it in: new, or of an existing one. */
export class ClusterForm {
  constructor(readonly page: Page) {}

  field(name: Field): Locator {
    return this.page.getByLabel(say(`clusters.field.${name}`), { exact: true });
  }

  get previewButton(): Locator {
    return this.page.getByRole('button', { name: say('clusters.form.preview'), exact: true });
  }

  get applyButton(): Locator {
    return this.page.getByRole('button', { name: say('clusters.preview.apply'), exact: true });
  }

  get undoButton(): Locator {
    return this.page.getByRole('button', { name: say('clusters.progress.undo'), exact: true });
  }

  /** What is said at the field, for eyes and screen readers alike: the element that the field is described by. */
  async messageAt(name: Field): Promise<string> {
    const ids = (await this.field(name).getAttribute('aria-describedby')) ?? '';
    const texts = ids
      .split(' ')
      .filter(Boolean)
      .map((id) => this.page.locator(`[id="${id}"]`).textContent());
    return (await Promise.all(texts)).join(' ');
  }

  isWrong(name: Field): Promise<boolean> {
    return this.field(name)
      .getAttribute('aria-invalid')
      .then((value) => value === 'true');
  }

  async wrongFields(): Promise<readonly Field[]> {
    const wrong = await Promise.all(FIELDS.map((name) => this.isWrong(name)));
    return FIELDS.filter((_, index) => wrong[index]);
  }

  async fill(values: { readonly clusterName?: string; readonly clusterSize?: string; readonly tier?: string }) {
    if (values.clusterName !== undefined) await this.field('clusterName').fill(values.clusterName);
    if (values.tier !== undefined) await this.field('tier').selectOption(values.tier);
    if (values.clusterSize !== undefined) await this.field('clusterSize').fill(values.clusterSize);
  }

  async preview(): Promise<void> {
    await this.previewButton.click();
    await this.page.getByRole('heading', { name: say('clusters.preview.title') }).waitFor();
  }

  async apply(): Promise<void> {
    await this.applyButton.click();
    await this.page.getByRole('heading', { name: say('clusters.progress.title') }).waitFor();
  }

  /** Its progress says that the farm is as asked for. @param more for a deletion: `gone` */
  async done(clusterName: string, more: 'changed' | 'gone' = 'changed'): Promise<void> {
    const key = more === 'gone' ? 'clusters.progress.doneDeleted' : 'clusters.progress.done';
    const [before = '', after = ''] = say(key, { name: clusterName, time: '\n' }).split('\n');
    await this.page
      .getByText(new RegExp(`${escapeText(before)}.*${escapeText(after)}`))
      .first()
      .waitFor({ timeout: 30_000 });
  }
}

const escapeText = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
