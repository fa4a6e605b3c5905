import { Command } from 'commander';
import type { CliRuntime } from '../context.js';

export function benchCommand(_runtime: CliRuntime): Command {
  return new Command('bench');
}
