import type { Page } from 'playwright-core';

/** What reaches out of the window to the right: elements by a short name, when the page as a whole can be scrolled sideways. */
export const sidewaysOverflow = (page: Page): Promise<readonly string[]> =>
  page.evaluate<readonly string[]>(`(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const name = (element) => element.tagName.toLowerCase() + [...element.classList].map((word) => '.' + word).join('');
    const out = [...document.body.querySelectorAll('*')].filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
    const first = out.filter((element) => !out.some((other) => other !== element && other.contains(element))).slice(0, 3);
    return ['is ' + scrollWidth + ' px wide in a window of ' + clientWidth + ': ' + first.map(name).join(', ')];
  })()`);
