#!/usr/bin/env node
import { runCli } from '../src/cli/run-cli.js';

// Whoever reads may stop reading: `grpc-stream … | head` is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2));
