import { type PlotOptions, plot } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeHtml, type SafeHtml, trusted } from './html.js';

export interface ChartText {
  /** Unique on the page: letters, digits and hyphens. */
  readonly id: string;
  /** What a reader who does not see the chart is told it shows. */
  readonly alternative: string;
}

/** Charts are drawn at the size they have on a phone held upright, nearly; a wider card makes them larger. */
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
