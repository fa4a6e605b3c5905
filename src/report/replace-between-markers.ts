import { UsageError } from '../errors/index.js';

/**
 * A page with what lies between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->` replaced; the markers stay.
 *
 * @throws UsageError when the page does not have both markers, in this order.
 */
export function replaceBetweenMarkers(page: string, name: string, content: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) {
    throw new UsageError('docs.no_markers', `the page has no ${begin} with ${end} behind it`);
  }
  return `${page.slice(0, from + begin.length)}\n\n${content.trim()}\n\n${page.slice(to)}`;
}
