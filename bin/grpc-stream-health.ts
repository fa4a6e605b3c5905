#!/usr/bin/env node

// Lines of grpc-js about a connection that fails, and Node's remark about TLS to an IP address, say less than the answer.
process.env.GRPC_VERBOSITY ??= 'NONE';
process.noDeprecation = true;
const { healthCommand } = await import('../src/server/health-command.js');
const { code, text } = await healthCommand(process.argv.slice(2), process.env);
process.stderr.write(`${text}\n`);
process.exitCode = code;
