/** Takes every large product through `generate`, `buf lint` and `tsc`: `npm run test:products`, or with the names of some. */
import { largeProducts } from '../schema/large-products/products.js';
import { problemsOf } from './check-products.js';

const wanted = process.argv.slice(2);
const products = largeProducts.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const start = performance.now();
const { generate, again, lint, compile } = await problemsOf(products);
const problems = [...generate, ...again.map((name) => `${name}: the second generation differs`), lint, compile];
const text = problems.filter((problem) => problem !== '').join('\n');
const models = products.reduce((sum, product) => sum + product.models, 0);
const seconds = ((performance.now() - start) / 1000).toFixed(1);
process.stdout.write(`${products.length} schemas with ${models} models in ${seconds} s\n${text || 'no problem'}\n`);
process.exitCode = text === '' ? 0 : 1;
