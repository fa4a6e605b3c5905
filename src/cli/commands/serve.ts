import { Command } from 'commander';
import type { CliRuntime } from '../context.js';

export function serveCommand(_runtime: CliRuntime): Command {
  return new Command('serve');
}
