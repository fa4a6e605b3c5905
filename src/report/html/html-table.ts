import { html, type SafeHtml, trusted } from './html.js';

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

/** Longer headings are broken, so that the figures beside them are seen on a phone. */
const LONG_HEADING = 16;

function rowHtml([heading = '', ...cells]: readonly (string | SafeHtml)[]): SafeHtml {
  const isLong = typeof heading === 'string' && heading.length > LONG_HEADING;
  return html`<tr><th scope="row"${isLong ? trusted(' class="long"') : ''}>${heading}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`;
}
