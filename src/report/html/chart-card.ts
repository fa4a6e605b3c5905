import { html, type SafeHtml } from './html.js';
import { htmlTable, type TableContent } from './html-table.js';

export interface ChartCardOptions {
  readonly title: string;
  /** What is shown and how it was measured, in a sentence or two. */
  readonly note: string;
  readonly legend?: SafeHtml;
  readonly chart: SafeHtml;
  /** The figures behind the chart, for those who want or need to read them. */
  readonly table: TableContent;
}

/** A chart with its words around it, and the same figures as a table that opens on demand. */
export function chartCard({ title, note, legend = html``, chart, table }: ChartCardOptions): SafeHtml {
  return html`<figure class="card">
<figcaption><h3>${title}</h3><p>${note}</p></figcaption>
${legend}${chart}
<details><summary>The figures</summary>${htmlTable(table)}</details>
</figure>`;
}
