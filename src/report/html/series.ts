import { html, type SafeHtml } from './html.js';

/** How one series is drawn: told apart by colour, by symbol, and by its name in the legend. */
export interface SeriesStyle {
  readonly color: string;
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond' | 'star' | 'cross';
}

const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross'] as const;

/** The style of the so-manieth series; after six they come round again. */
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

/** Filled a swatch's square: `stack` colours have no symbols. */
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
