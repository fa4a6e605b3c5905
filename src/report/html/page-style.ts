/**
 * The page's whole style: one column on a phone, two where there is room; light or dark as the reader's system is. A
 * table that is wider than its card has a shade at the end where more of it is.
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --text: #1b2430; --quiet: #55606e; --line: #dfe3e8; --accent: #1f5fbf;
  --good: #176b3a; --bad: #9a3412; --heat-color: #6ea8ff; --shade: #1b243040;
  --series-1: #2563c9; --series-2: #c2570c; --series-3: #0f7a6c; --series-4: #b3246b; --series-5: #6d3fc4; --series-6: #5b6b0a;
  --part-1: #2563c9; --part-2: #0f8f7c; --part-3: #7a4fd0; --part-4: #d9822b; --part-5: #8a94a3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e131a; --card: #161d27; --text: #e6ebf2; --quiet: #a3afbf; --line: #2a3442; --accent: #82b1ff;
    --good: #6fd39a; --bad: #f5a97f; --heat-color: #2f66c4; --shade: #000000c0;
    --series-1: #6aa5ff; --series-2: #ffa657; --series-3: #3ecfb8; --series-4: #ff7eb6; --series-5: #b79bff; --series-6: #bdd04f;
    --part-1: #5b97f5; --part-2: #35b8a2; --part-3: #a88bf2; --part-4: #f0a04b; --part-5: #6d7888;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 36px; }
h1 { font-size: clamp(1.5rem, 1.1rem + 2vw, 2.2rem); line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 1.3rem; margin: 44px 0 14px; letter-spacing: -0.005em; }
h3 { font-size: 1rem; margin: 0; }
p { margin: 4px 0 0; overflow-wrap: anywhere; }
.quiet, figcaption p, footer { color: var(--quiet); }
figcaption p { font-size: 0.875rem; }
a { color: var(--accent); }
nav { margin: 16px 0 0; }
nav ul, .legend, .tiles { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; }
nav ul { gap: 4px 18px; }
nav a { display: inline-block; padding: 4px 0; }
.tiles { gap: 12px; margin-top: 22px; }
.tiles li { flex: 1 1 150px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 16px; }
.tiles strong { display: block; font-size: 1.5rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--quiet); font-size: 0.85rem; }
.grid { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); align-items: stretch; }
.quiet + .grid { margin-top: 14px; }
.card { margin: 0; min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px; }
.card > svg { display: block; width: 100%; max-width: 500px; height: auto; margin: 12px auto 0; overflow: visible; }
.advice { border-left: 4px solid var(--line); }
.advice.clear { border-left-color: var(--good); }
.advice p { font-size: 0.925rem; }
.advice h3::first-letter, .advice p::first-letter { text-transform: uppercase; }
.tag { display: inline-block; font-size: 0.78rem; font-weight: 600; color: var(--quiet); }
.clear .tag { color: var(--good); }
.legend { gap: 2px 16px; margin-top: 12px; font-size: 0.85rem; }
.legend li { display: flex; align-items: center; gap: 6px; }
.swatch { width: 12px; height: 12px; border-radius: 3px; }
.warning { border-left: 4px solid var(--bad); }
ul.plain { margin: 0; padding-left: 20px; }
details { margin-top: 10px; font-size: 0.9rem; }
summary { cursor: pointer; color: var(--accent); padding: 4px 0; width: fit-content; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.scroll { overflow-x: auto; background:
  linear-gradient(to right, var(--card) 40%, transparent) left / 48px 100% no-repeat local,
  linear-gradient(to left, var(--card) 40%, transparent) right / 48px 100% no-repeat local,
  linear-gradient(to right, var(--shade), transparent) left / 14px 100% no-repeat scroll,
  linear-gradient(to left, var(--shade), transparent) right / 14px 100% no-repeat scroll; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
.caption { margin: 0; padding: 6px 0; font-size: 0.85rem; color: var(--quiet); }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: 6px 8px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
thead th { white-space: normal; vertical-align: bottom; line-height: 1.3; }
th:first-child { text-align: left; }
tbody th { font-weight: 500; }
tbody th.long { white-space: normal; min-width: min(8.5rem, 36vw); }
tbody tr:hover { background: color-mix(in srgb, var(--accent) 7%, transparent); }
.heat td { padding: 3px; }
.heat thead th { text-align: center; }
.heat-cell { display: block; padding: 8px 6px; border-radius: 6px; text-align: center; background: color-mix(in srgb, var(--heat-color) var(--heat), var(--card)); }
code { overflow-wrap: anywhere; font-size: 0.85rem; }
code .word { display: inline-block; max-width: 100%; }
pre { margin: 10px 0 0; padding: 12px 14px; border-radius: 8px; background: var(--page); border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.85rem; }
footer { padding: 40px 16px 56px; font-size: 0.875rem; }
@media (max-width: 480px) { .card { padding: 14px; } }
@media print { body { background: none; } .card, .tiles li { break-inside: avoid; } }
`;
