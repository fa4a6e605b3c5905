import { html, type SafeHtml } from './html.js';

export interface TableContent {
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell of a row is its heading. */
  readonly rows: readonly (readonly (string | SafeHtml)[])[];
}

/**
 * A table that scrolls by itself where it is wider than the page, with the keyboard too. Its caption stands outside, where it
 * is broken at the page's width and not at the table's; inside it is there for those who hear it.
 */
export function htmlTable({ caption, head, rows }: TableContent): SafeHtml {
  return html`<p class="caption" aria-hidden="true">${caption}</p>
<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption class="spoken">${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(rowHtml)}</tbody>
</table></div>`;
}

function rowHtml([heading = '', ...cells]: readonly (string | SafeHtml)[]): SafeHtml {
  return html`<tr><th scope="row">${heading}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`;
}
