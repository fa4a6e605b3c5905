import { type PlotOptions, plot } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { formatCount } from '../format-number.js';
import { escapeHtml, html, htmlTable, type SafeHtml, type TableContent, trusted } from './html.js';

interface ChartCardOptions {
  readonly title: string;
  /** What the chart shows and how it was measured, in a sentence or two. */
  readonly note: string;
  readonly legend?: SafeHtml;
  readonly chart: SafeHtml;
  /** The figures behind the chart, for readers who want or need them. */
  readonly table: TableContent;
}

/** A chart with its title, note and legend, and the same figures as a table that opens on demand. */
export function chartCard({ title, note, legend = html``, chart, table }: ChartCardOptions): SafeHtml {
  return html`<figure class="card">
<figcaption><h3>${title}</h3><p>${note}</p></figcaption>
${legend}${chart}
<details><summary>The figures</summary>${htmlTable(table)}</details>
</figure>`;
}

interface ChartText {
  /** Unique on the page: letters, digits and hyphens. */
  readonly id: string;
  /** What the chart shows, for readers who do not see it. */
  readonly alternative: string;
}

/** About the width of a phone held upright; a wider card scales the chart up. */
const WIDTH = 400;

/**
 * A static SVG in the page's own colours (`currentColor` and CSS variables), so that it follows the theme. Its parts
 * are hidden from screen readers: they get the alternative, and the table below the chart.
 */
export function drawChart({ id, alternative }: ChartText, options: PlotOptions): SafeHtml {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const chart = plot({
    width: WIDTH,
    height: 260,
    marginTop: 30,
    marginLeft: 54,
    marginBottom: 42,
    style: { background: 'none', fontSize: '13px' },
    ...options,
    document,
  });
  const svg = chart.outerHTML
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/ aria-(?:label|hidden|description)="[^"]*"/g, '')
    .replace(/(-?\d+\.\d{2})\d+/g, '$1');
  const head = `<svg role="img" aria-labelledby="${id}-text" `;
  return trusted(svg.replace('<svg ', head).replace('>', `><title id="${id}-text">${escapeHtml(alternative)}</title>`));
}

/** How one series is drawn: it has a colour, a symbol, and its name in the legend. */
interface SeriesStyle {
  readonly color: string;
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond' | 'star' | 'cross';
}

const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross'] as const;

/** The style of a series by its place; after six the styles repeat. */
export function seriesStyle(index: number): SeriesStyle {
  const place = index % SYMBOLS.length;
  return { color: `var(--series-${place + 1})`, symbol: SYMBOLS[place] ?? 'circle' };
}

/** The names of the series with their symbols. */
export function legend(names: readonly string[]): SafeHtml {
  const items = names.map((name, index) => {
    const { color, symbol } = seriesStyle(index);
    return html`<li><svg viewBox="-8 -8 16 16" width="14" height="14" aria-hidden="true" style="color:${color}"><path fill="currentColor" d="${outlines[symbol]}"/></svg>${name}</li>`;
  });
  return html`<ul class="legend">${items}</ul>`;
}

/** The names of the parts of a bar with squares of their colours: parts have no symbols. */
export function swatchLegend(names: readonly string[]): SafeHtml {
  const items = names.map((name, index) => {
    return html`<li><span class="swatch" style="background:var(--part-${index + 1})"></span>${name}</li>`;
  });
  return html`<ul class="legend">${items}</ul>`;
}

const outlines: Readonly<Record<SeriesStyle['symbol'], string>> = {
  circle: 'M-6,0a6,6 0 1,0 12,0a6,6 0 1,0 -12,0',
  square: 'M-5.5,-5.5h11v11h-11z',
  triangle: 'M0,-6.5L6.5,5H-6.5z',
  diamond: 'M0,-7.5L5,0L0,7.5L-5,0z',
  star: 'M0,-7.5L1.8,-2.4L7.1,-2.3L2.9,0.9L4.4,6L0,3L-4.4,6L-2.9,0.9L-7.1,-2.3L-1.8,-2.4z',
  cross: 'M-2.2,-6.5h4.4v4.3h4.3v4.4h-4.3v4.3h-4.4v-4.3h-4.3v-4.4h4.3z',
};

/** `2,500` → `2.5k`, for an axis. */
export function thousands(value: number): string {
  return value >= 1000
    ? `${(value / 1000).toLocaleString('en-US', { maximumFractionDigits: 1 })}k`
    : formatCount(value);
}
