import { Command } from 'commander';
import type { CliRuntime } from '../context.js';

export function doctorCommand(_runtime: CliRuntime): Command {
  return new Command('doctor');
}
