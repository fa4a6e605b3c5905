import { besideAnotherWay } from './ways-to-read.js';

export const offset = besideAnotherWay('offset', 'What is gained over reading page by page with skip and take?');
